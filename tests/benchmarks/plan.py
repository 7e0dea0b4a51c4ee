"""The plan: its time against that of as many bare resources, and from a cold start."""

import gc
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pulumi
import pulumi_aws
from pulumi._types import resource_pulumi_to_py_names

from infra import notes, offline
from infra.offline import Resource
from infra.plan import masked
from infra.source import ROOT
from tests.benchmarks.figures import Figure

BARE = "from tests.benchmarks import plan\n\nfor make in plan.bare:\n    make()\n"
bare: list[partial[pulumi.Resource]] = []
"""What makes the resources of the bare program."""


def measure(*, env: str = "prod", rounds: int = 9, cold: int = 3, root: Path = ROOT) -> list[Figure]:
    """Both programs run in this process in turns, after one run of each that imports what they need."""
    with tempfile.TemporaryDirectory() as name:
        planned = offline.run(root, env).resources
        bare[:] = [constructor(entry) for entry in planned]
        project = bare_project(Path(name))
        if (found := _asked(offline.run(project, "dev").resources)) != (expected := _asked(planned)):
            raise RuntimeError(f"the bare program registers other things than {env}: {found ^ expected}")
        components = sum(not entry.custom for entry in planned)
        pairs = [
            (_cpu_seconds(lambda: offline.run(root, env)), _cpu_seconds(lambda: offline.run(project, "dev")))
            for _ in range(rounds)
        ]
    command = [sys.executable, "-m", "infra.offline", env, "--json", "--root", str(root)]
    starts = [_seconds(lambda: subprocess.run(command, cwd=ROOT, check=True, capture_output=True)) for _ in range(cold)]
    return [
        Figure.of(
            [ours / theirs for ours, theirs in pairs],
            what=f"plan of {env}, against as many bare resources",
            unit="x",
            goal=1.3,
            note=f"{notes.size(len(bare) - components, components)}; "
            f"{1000 * min(ours for ours, _ in pairs):.0f} ms against "
            f"{1000 * min(other for _, other in pairs):.0f} ms",
        ),
        Figure.of(starts, what=f"plan of {env} from a fresh process", unit=" s", goal=3),
    ]


def bare_project(folder: Path) -> Path:
    """A Pulumi project whose program is `bare`: no component's code, no settings, nothing waits for another."""
    (folder / "Pulumi.yaml").write_text("name: bare\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    (folder / "__main__.py").write_text(BARE)
    return folder


def constructor(entry: Resource) -> partial[pulumi.Resource]:
    """Makes the same resource with the same inputs, by the constructor of its own class where Pulumi has one."""
    if not entry.custom:
        return partial(Component, entry.type, entry.name)
    package, module, kind = entry.type.split(":")
    if package != "aws":
        return partial(Custom, entry.type, entry.name, dict(entry.inputs))
    class_ = getattr(getattr(pulumi_aws, module.split("/")[0]), kind)
    names = resource_pulumi_to_py_names(class_)
    return partial(class_, entry.name, **{names[key]: value for key, value in entry.inputs.items()})


class Component(pulumi.ComponentResource):
    """Has a constructor of its own, as every class has: Pulumi looks for its caller on the stack."""

    def __init__(self, type_: str, name: str) -> None:
        super().__init__(type_, name)


class Custom(pulumi.CustomResource):
    """The same for a resource of no class that is known here."""

    def __init__(self, type_: str, name: str, inputs: dict) -> None:
        super().__init__(type_, name, inputs)


def _asked(resources: list[Resource]) -> set[tuple[str, str, str]]:
    """Type, name and inputs of each: what is no JSON, such as an archive, by its kind."""
    return {(entry.type, entry.name, json.dumps(masked(entry.inputs), sort_keys=True)) for entry in resources}


def _cpu_seconds(run: Callable[[], object]) -> float:
    """CPU time of all threads, without the garbage collector as in `make plan`; neither program waits for anything."""
    gc.collect()
    gc.disable()
    try:
        started = time.process_time()
        run()
        return time.process_time() - started
    finally:
        gc.enable()


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started
