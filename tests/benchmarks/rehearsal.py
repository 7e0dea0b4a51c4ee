"""A rehearsal: the program of an environment applied to the mock AWS, and destroyed."""

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from infra.rehearsal.rehearse import rehearse
from infra.source import ROOT
from tests.benchmarks.figures import Figure

GOALS = {"dev": 30, "prod": 60}
"""Seconds."""


def measure(*, goals: Mapping[str, int] = GOALS, root: Path = ROOT) -> list[Figure]:
    """Servers up, everything made, everything deleted, and the look for what is left, in each environment."""
    return [_rehearsed(env, root, goal) for env, goal in goals.items()]


def _rehearsed(env: str, root: Path, goal: int) -> Figure:
    with tempfile.TemporaryDirectory() as name:
        started = time.perf_counter()
        with rehearse(root, env, Path(name)) as rehearsal:
            applied = time.perf_counter() - started
            leftovers = rehearsal.destroy()
        seconds = time.perf_counter() - started
    if leftovers:
        raise RuntimeError(f"the rehearsal left something behind: {leftovers}")
    note = f"{len(rehearsal.resources)} resources, {applied:.1f} s until they stand; without waiting for MLflow"
    return Figure(what=f"rehearsing {env}, apply and destroy", measured=seconds, unit=" s", goal=goal, note=note)
