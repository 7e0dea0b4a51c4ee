"""The windows that the monitor has checked, as JSON lines. Pure: the caller reads and writes the text."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from ml.monitoring.result import Result


class HistoryError(ValueError):
    """A history that cannot be read, with the line."""


@dataclass(frozen=True, kw_only=True)
class WindowRecord:
    """What the checks said of one window, under the model that was the champion then."""

    start: datetime
    end: datetime
    release: str
    rows: int
    labelled: int
    results: Sequence[Result]
    refused_batches: Sequence[str] = ()
    """The batches of raw data that broke the table contract in this window."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """What the join of predictions and labels met."""

    def violated(self, names: Collection[str]) -> list[str]:
        """The checks among `names` that were violated."""
        return [result.name for result in self.results if result.status == "violation" and result.name in names]


def merge(history: Iterable[WindowRecord], record: WindowRecord) -> list[WindowRecord]:
    """The history with a record, oldest first; an earlier one of the same window is replaced."""
    others = [known for known in history if (known.start, known.end) != (record.start, record.end)]
    return sorted([*others, record], key=lambda known: known.end)


def dump(history: Iterable[WindowRecord]) -> str:
    """The history as JSON lines."""
    rows = ({**asdict(record), "start": record.start.isoformat(), "end": record.end.isoformat()} for record in history)
    return "".join(json.dumps(row, allow_nan=False, sort_keys=True) + "\n" for row in rows)


def parse(text: str) -> list[WindowRecord]:
    """The history from JSON lines, oldest first; no text, no windows. Raises HistoryError naming the line."""
    history = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            history.append(_record(json.loads(line)))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise HistoryError(f"line {number} of the monitor's history is no window record: {error!r}") from error
    return sorted(history, key=lambda record: record.end)


def _record(row: dict[str, Any]) -> WindowRecord:
    values: dict[str, Any] = {
        **row,
        "start": _moment(row["start"]),
        "end": _moment(row["end"]),
        "results": tuple(Result.from_dict(result) for result in row["results"]),
        "refused_batches": tuple(row["refused_batches"]),
    }
    return WindowRecord(**values)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return moment
