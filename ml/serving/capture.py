"""Predictions kept for the monitor: one JSON line a row, written before the caller has its answer."""

import os
import sys
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from orjson import OPT_APPEND_NEWLINE as APPEND_NEWLINE
from orjson import dumps

from ml.serving.errors import RequestError, quote
from ml.serving.metrics import Metrics
from ml.serving.payload import Record
from ml.serving.settings import SettingsError

FORMAT = 1


class Capture:
    """Writes lines to a file descriptor that nothing else buffers; those of a request in one go.

    Where they cannot be written (disk full, pipe closed) the caller still gets its answer: predictions matter more
    than their record. Each lost row is counted in `mlops_capture_lost_total`.
    """

    def __init__(self, descriptor: int, metrics: Metrics) -> None:
        self._descriptor, self._metrics = descriptor, metrics
        self._torn = False
        self._lines: list[bytes] = []
        self.held = False
        """Lines wait for `flush`. The server then writes those of several requests at once, before it answers them."""

    @classmethod
    def to(cls, target: str, metrics: Metrics) -> Self | None:
        """The capture for `stdout`, `off` or a file's path. Raises SettingsError where that cannot be opened."""
        if target == "off":
            return None
        if target == "stdout":
            return cls(sys.stdout.fileno(), metrics)
        try:
            descriptor = os.open(Path(target), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise SettingsError(f"MLOPS_CAPTURE is {target}, which cannot be opened: {error.strerror}") from error
        return cls(descriptor, metrics)

    def write(
        self,
        ids: list[str],
        predictions: list[float],
        records: list[Record],
        *,
        release: str,
        variant: str,
        seconds: float,
        event_time: str | None = None,
        request: str | None = None,
    ) -> None:
        """Writes one line a row; what is a keyword here, the rows of a request have in common."""
        now = datetime.now(UTC)
        shared: dict[str, Any] = {
            "capture": FORMAT,
            "event_time": event_time or now,
            "at": now,
            "release": release,
            "variant": variant,
            "latency_ms": int(seconds * 1_000_000) / 1000,
        }
        if request:
            shared["request"] = request
        lines = self._lines
        for id_, prediction, record in zip(ids, predictions, records, strict=True):
            shared["id"], shared["prediction"], shared["features"] = id_, prediction, record
            lines.append(dumps(shared, None, APPEND_NEWLINE))
        if not self.held:
            self.flush()

    def flush(self) -> None:
        """Writes the lines that wait."""
        if not self._lines:
            return
        rows, lines = len(self._lines), b"".join(self._lines)
        self._lines.clear()
        if self._torn:
            lines = b"\n" + lines
        written = 0
        try:
            written = os.write(self._descriptor, lines)
            while written < len(lines):
                written += os.write(self._descriptor, lines[written:])
            self._torn = False
        except OSError:
            # What was written of a line is ended by the next one's newline: a reader skips it.
            self._torn = True
            self._metrics.capture_lost += rows - lines[:written].lstrip(b"\n").count(b"\n")


@lru_cache(maxsize=4096)
def event_time_of(attributes: bytes) -> str | None:
    """The `event_time` among SageMaker's custom attributes (`event_time=<ISO time with offset>`), in UTC."""
    for part in attributes.decode("latin-1").replace(";", ",").split(","):
        key, _, value = part.partition("=")
        if key.strip() == "event_time":
            try:
                time = datetime.fromisoformat(value.strip())
                if time.tzinfo is not None:
                    return time.astimezone(UTC).isoformat()
            except (ValueError, OverflowError):
                pass
            raise RequestError("event_time", f"is {quote(value)}, expected an ISO 8601 time with its offset from UTC")
    return None
