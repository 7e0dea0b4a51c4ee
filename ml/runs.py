"""The pipeline's runs, as its lock and its marks in the models bucket: one at a time, and when the last ones were."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ml.store import Bucket
from ml.wiring import Wiring

RUNNING, STARTED, ENDED = "runs/running.json", "runs/started.json", "runs/ended.json"
STALE = timedelta(hours=24)
"""A lock this old is of a run that was killed: the stack stops runs sooner (`training.maxHours`)."""
TRIES = 3


class AlreadyRunningError(Exception):
    """Another run of the pipeline holds the lock."""


@dataclass(frozen=True)
class State:
    """When the pipeline last started, when the last run that came to a result started, and whether one is running."""

    started: datetime | None
    ended: datetime | None
    running: bool


def state(wiring: Wiring) -> State:
    """What the runs so far left in the models bucket."""
    models = Bucket(wiring.models_bucket)
    started, ended = (models.get_json(key) for key in (STARTED, ENDED))
    return State(
        started=datetime.fromisoformat(started["until"]) if started else None,
        ended=datetime.fromisoformat(ended["until"]) if ended else None,
        running=_holds(models.get_json(RUNNING)),
    )


def begin(wiring: Wiring, *, run: str, until: datetime, reason: str, decision: str | None = None) -> None:
    """Takes the lock for a run, and marks its start; a run that has it already goes on.

    Raises AlreadyRunningError where another run has not ended, or where the decision has started one before.
    """
    models = Bucket(wiring.models_bucket)
    before = models.get_json(STARTED) or {}
    if decision and before.get("decision") == decision and before.get("run") != run:
        raise AlreadyRunningError(f"the decision {decision} has started run {before.get('run')} already")
    lock = {"since": _now().isoformat(), "reason": reason, "run": run}
    _take(models, json.dumps(lock).encode(), run)
    mark = {"until": until.isoformat(), "reason": reason, "outcome": "started", "run": run, "decision": decision}
    models.put(STARTED, json.dumps(mark).encode())


def end(wiring: Wiring, *, run: str, until: datetime, reason: str, outcome: str) -> None:
    """Marks the end of a run that came to a result, and gives its lock back."""
    mark = {"until": until.isoformat(), "reason": reason, "outcome": outcome, "run": run}
    Bucket(wiring.models_bucket).put(ENDED, json.dumps(mark).encode())
    release(wiring, run=run)


def release(wiring: Wiring, *, run: str) -> None:
    """Gives the lock back, if the run has it: one that took too long may have lost it to another."""
    models = Bucket(wiring.models_bucket)
    if _is_of(models.get(RUNNING), run):
        models.delete(RUNNING)


def _take(models: Bucket, lock: bytes, run: str) -> None:
    for _ in range(TRIES):
        if models.put_new(RUNNING, lock):
            return
        content = models.get(RUNNING)
        if content is None:
            continue
        if _is_of(content, run):
            return
        held = json.loads(content)
        if _holds(held):
            free = datetime.fromisoformat(held["since"]) + STALE
            raise AlreadyRunningError(
                f"a run started at {held['since']} ({held['reason']}) has not ended. If it was killed, delete "
                f"{models.url(RUNNING)}, or wait until {free:%Y-%m-%d %H:%M}: then the next run takes over"
            )
        # Of two runs that find the same stale lock, one gets it.
        if models.put_over(RUNNING, lock, known=content):
            return
    raise AlreadyRunningError(f"another run takes {models.url(RUNNING)} at the same time")


def _is_of(lock: bytes | None, run: str) -> bool:
    return lock is not None and json.loads(lock).get("run") == run


def _holds(lock: Any) -> bool:
    return bool(lock) and _now() - datetime.fromisoformat(lock["since"]) < STALE


def _now() -> datetime:
    return datetime.now().astimezone()
