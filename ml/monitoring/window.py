"""Windows of event time: a fixed grid, so that every run of the monitor cuts the same windows."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

DAYS = 7
EPOCH = datetime(1970, 1, 5, tzinfo=UTC)
"""A Monday: windows of 7 days are calendar weeks."""


@dataclass(frozen=True, order=True)
class Window:
    """Event times from `start` up to, not including, `end`."""

    start: datetime
    end: datetime

    def rows(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows whose event time lies in the window."""
        return frame.filter(pl.col("event_time").is_between(self.start, self.end, closed="left"))

    def dates(self, margin: timedelta = timedelta(days=1)) -> list[date]:
        """The days to read captures of: a writer's clock, or its time zone, may have filed a row a day off."""
        first, last = (self.start - margin).date(), (self.end + margin).date()
        return [first + timedelta(days=day) for day in range((last - first).days + 1)]


def containing(when: datetime, days: int = DAYS) -> Window:
    """The window of the grid that holds a moment."""
    start = EPOCH + (when - EPOCH) // timedelta(days=days) * timedelta(days=days)
    return Window(start, start + timedelta(days=days))


def latest_closed(now: datetime, *, days: int = DAYS, wait: timedelta = timedelta(days=1)) -> Window:
    """The last window that ended at least `wait` ago: late labels and slow clocks had that long to come in."""
    return containing(containing(now - wait, days).start - timedelta(microseconds=1), days)


def between(start: datetime, end: datetime, days: int = DAYS) -> list[Window]:
    """The whole windows of the grid in [start, end)."""
    window = containing(start, days)
    if window.start < start:
        window = containing(window.end, days)
    windows = []
    while window.end <= end:
        windows.append(window)
        window = containing(window.end, days)
    return windows


def numbers(event_time: pl.Series, days: int = DAYS) -> NDArray[np.int64]:
    """The number of each event time's window on the grid."""
    since = (event_time - EPOCH).dt.total_microseconds().to_numpy()
    return since // int(timedelta(days=days) / timedelta(microseconds=1))


def blocks(frame: pl.DataFrame, days: int = DAYS) -> list[NDArray[np.int64]]:
    """The row numbers of each window's worth of a reference, cut-off ones (under half the usual rows) left out."""
    if frame.is_empty():
        return []
    number = numbers(frame["event_time"], days)
    order = np.argsort(number, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(number[order])) + 1)
    usual = np.median([len(part) for part in parts])
    return [part for part in parts if len(part) >= usual / 2]
