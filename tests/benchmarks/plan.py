"""The plan: its time against that of as many bare resources, and from a cold start."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pulumi
import pulumi_aws

from infra import notes, offline
from infra.offline import ROOT, Resource
from tests.benchmarks.figures import Figure

BARE = "from tests.benchmarks import plan\n\nplan.register()\n"
registered: list[Resource] = []
"""What the bare program registers."""


def measure(*, env: str = "prod", rounds: int = 9, cold: int = 3) -> list[Figure]:
    """Both programs run in this process in turns, after one run of each that imports what they need."""
    with tempfile.TemporaryDirectory() as name:
        registered[:] = offline.run(ROOT, env).resources
        bare = bare_project(Path(name))
        if (count := len(offline.run(bare, "dev").resources)) != len(registered):
            raise RuntimeError(f"{count} bare resources against {len(registered)} of {env}")
        components = sum(not entry.custom for entry in registered)
        pairs = [
            (_seconds(lambda: offline.run(ROOT, env)), _seconds(lambda: offline.run(bare, "dev")))
            for _ in range(rounds)
        ]
    command = [sys.executable, "-m", "infra.offline", env, "--json"]
    starts = [_seconds(lambda: subprocess.run(command, cwd=ROOT, check=True, capture_output=True)) for _ in range(cold)]
    return [
        Figure.of(
            [ours / theirs for ours, theirs in pairs],
            what=f"plan of {env}, against as many bare resources",
            unit="x",
            goal=1.3,
            note=f"{notes.size(count - components, components)}; "
            f"{1000 * min(ours for ours, _ in pairs):.0f} ms against "
            f"{1000 * min(other for _, other in pairs):.0f} ms",
        ),
        Figure.of(starts, what=f"plan of {env} from a fresh process", unit=" s", goal=3),
    ]


def bare_project(folder: Path) -> Path:
    """A Pulumi project whose program is `register`."""
    (folder / "Pulumi.yaml").write_text("name: bare\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    (folder / "__main__.py").write_text(BARE)
    return folder


def register() -> None:
    """The same resources with the same inputs, bare: no component's code, no settings, nothing waits for another."""
    for entry in registered:
        if not entry.custom:
            pulumi.ComponentResource(entry.type, entry.name)
            continue
        package, module, kind = entry.type.split(":")
        known = getattr(pulumi_aws, module.split("/")[0], None) if package == "aws" else None
        class_ = getattr(known, kind, pulumi.CustomResource)
        # The class's own __init__ takes other names of the same inputs.
        pulumi.CustomResource.__init__(class_.__new__(class_), entry.type, entry.name, dict(entry.inputs))


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started
