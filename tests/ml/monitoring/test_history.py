import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ml.monitoring import history
from ml.monitoring.history import HistoryError, WindowRecord
from ml.monitoring.result import judge, not_enough

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def record(week: int, **changes: Any) -> WindowRecord:
    values: dict[str, Any] = {
        "start": MONDAY + timedelta(days=7 * week),
        "end": MONDAY + timedelta(days=7 * week + 7),
        "release": "abc",
        "rows": 10,
        "labelled": 9,
        "results": (judge("calibration", 0.2, 0.1, "so", {"gap": -0.2}), not_enough("latency", "none")),
        "refused_batches": ("orders/3",),
        "counts": {"repeated": 1},
    }
    return WindowRecord(**values | changes)


def test_a_history_comes_back_from_its_text():
    records = [record(0), record(1)]

    assert history.parse(history.dump(records)) == records
    assert history.parse("") == []


def test_a_window_that_is_checked_again_is_recorded_once():
    merged = history.merge([record(1), record(0)], record(1, labelled=10))

    assert [(entry.start, entry.labelled) for entry in merged] == [(MONDAY, 9), (record(1).start, 10)]


NO_ZONE = history.dump([record(0)]).replace("+00:00", "").strip()


@pytest.mark.parametrize("bad", ["{", "[]", "{}", json.dumps({"start": 3}), NO_ZONE])
def test_a_damaged_history_names_its_line(bad: str):
    with pytest.raises(HistoryError, match="line 2 "):
        history.parse(history.dump([record(0)]) + bad + "\n")
