"""The loop over a stretch of the past: what `make demo` shows."""

from pathlib import Path
from typing import Any

from rich.console import Console

from ml.replay.acting import Acting, Started
from ml.replay.console import ReplayConsole
from ml.replay.loop import Replay
from ml.replay.plan import Plan
from ml.replay.record import Record
from ml.serving.endpoint import LocalEndpoint
from ml.serving.policy import RolloutPolicy
from ml.wiring import Wiring


def run(folder: Path, *, console: Console, acting: Acting, started: Started, fast: bool = False) -> dict[str, Any]:
    """Replays the period on the stack that the environment names, shown on a console; returns the record."""
    wiring, plan, shown = Wiring.from_env(), Plan.of(fast=fast), ReplayConsole(console)
    policy = RolloutPolicy.from_json(wiring.rollout)
    serving = LocalEndpoint(wiring.endpoint_name, policy, folder / "endpoint", capture=wiring.capture_form)
    with serving as endpoint, shown.bar(plan.weeks):
        replay = Replay(wiring, endpoint, folder / "runs", Record(shown.event), acting, started)
        return replay.run(plan, shown.week)
