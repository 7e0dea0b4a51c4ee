"""The plan: its time against that of as many bare resources, and from a cold start."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from infra import offline
from infra.offline import ROOT
from tests.benchmarks.figures import Figure

BARE = """import pulumi

for number in range({count}):
    pulumi.CustomResource("bench:index:Bare", f"bare-{{number}}", {{}})
"""


def measure(*, env: str = "prod", rounds: int = 9, cold: int = 3) -> list[Figure]:
    """Both programs run in this process in turns, after one run of each that imports what they need."""
    with tempfile.TemporaryDirectory() as name:
        count = len(offline.run(ROOT, env).resources)
        bare = bare_project(Path(name), count)
        offline.run(bare, env)
        pairs = [(_seconds(lambda: offline.run(ROOT, env)), _seconds(lambda: offline.run(bare, env))) for _ in range(rounds)]
    command = [sys.executable, "-m", "infra.offline", env, "--json"]
    starts = [_seconds(lambda: subprocess.run(command, cwd=ROOT, check=True, capture_output=True)) for _ in range(cold)]
    return [
        Figure.of(
            [ours / theirs for ours, theirs in pairs],
            what=f"plan of {env}, against as many bare resources",
            unit="x",
            goal=1.3,
            note=f"{count} resources, {1000 * min(ours for ours, _ in pairs):.0f} ms against "
            f"{1000 * min(other for _, other in pairs):.0f} ms",
        ),
        Figure.of(starts, what=f"plan of {env} from a fresh process", unit=" s", goal=3),
    ]


def bare_project(folder: Path, count: int) -> Path:
    """A Pulumi project that registers so many resources without an input."""
    (folder / "Pulumi.yaml").write_text("name: bare\nruntime: python\n")
    for env in ("dev", "prod"):
        (folder / f"Pulumi.{env}.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    (folder / "__main__.py").write_text(BARE.format(count=count))
    return folder


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started
