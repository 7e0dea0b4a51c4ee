"""The pipeline's runs, as its lock and its marks in the models bucket: one at a time, and when the last ones were."""

import json
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
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


@contextmanager
def recorded(wiring: Wiring, *, until: datetime, reason: str) -> Generator[Callable[[str], None]]:
    """Holds the lock, and marks the start; calling the result with an outcome marks the end.

    Raises AlreadyRunningError where another run has not ended.
    """
    models = Bucket(wiring.models_bucket)
    # The token tells this run's lock from that of another which started in the same microsecond.
    lock = json.dumps({"since": _now().isoformat(), "reason": reason, "token": os.urandom(8).hex()}).encode()

    def mark(key: str, outcome: str) -> None:
        models.put(key, json.dumps({"until": until.isoformat(), "reason": reason, "outcome": outcome}).encode())

    _take(models, lock)
    try:
        mark(STARTED, "started")
        yield lambda outcome: mark(ENDED, outcome)
    finally:
        # A run that took too long may have lost the lock to another.
        if models.get(RUNNING) == lock:
            models.delete(RUNNING)


def _take(models: Bucket, lock: bytes) -> None:
    for _ in range(TRIES):
        if models.put_new(RUNNING, lock):
            return
        content = models.get(RUNNING)
        if content is None:
            continue
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


def _holds(lock: Any) -> bool:
    return bool(lock) and _now() - datetime.fromisoformat(lock["since"]) < STALE


def _now() -> datetime:
    return datetime.now().astimezone()
