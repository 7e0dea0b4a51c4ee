import json

import numpy as np
import polars as pl
import pytest

from ml.monitoring import faults, power
from ml.monitoring.crossfit import Predict
from ml.schema import Schema
from tests.ml.monitoring.things import Frames


def marks(text: str) -> list[bool]:
    return [mark == "x" for mark in text]


@pytest.mark.parametrize(
    ("violations", "count"),
    [("", 0), ("x....x", 0), ("xx", 1), ("xxxx", 1), ("xxxxx.", 1), ("xx...xx", 2), ("x.x.x.x", 2)],
)
def test_firings_are_those_of_the_trigger_with_a_rest_between(violations: str, count: int):
    assert power.firings(marks(violations)) == count


@pytest.mark.parametrize(
    ("before", "after", "windows"),
    [("", "xx", 2), ("x", "x", 1), ("....", ".x.x", 4), ("xx", "....", None), ("", "", None)],
)
def test_the_delay_is_counted_from_the_onset_until_the_rule_fires(before: str, after: str, windows: int | None):
    assert power.delay(marks(before), marks(after)) == windows


def test_a_planted_fault_is_found_and_no_fault_is_not(binary_frames: Frames, binary: Schema):
    def train(past: pl.DataFrame) -> Predict:
        return lambda rows: (1 / (1 + np.exp(-rows["size"].to_numpy()))).astype(np.float32)

    planted = {"another unit": faults.scaled("size", -1), "a new kind": faults.renamed("kind", "a", "new")}
    measured = power.measure(
        binary_frames(45), train, binary, faults=planted, shuffles=2, training_windows=26, fault_windows=12
    )
    found = measured["found"]

    json.dumps(measured, allow_nan=False)
    assert measured["windows"] == {"training": 26, "live": 19, "faulty": 12, "days": 7}
    # Of each of the two years the windows that eight are left for, among the twelve: the first five.
    assert measured["onsets"] == 10
    assert found["another unit"][power.ACTED_ON] == {"windows": 1.0, "found": 1.0, "delay": 2.0}
    assert found["a new kind"]["data drift"]["found"] == 1.0
    assert found["a new kind"][power.ACTED_ON] == found["no fault"][power.ACTED_ON]
    assert measured["shuffled"][power.ACTED_ON]["windows"] < 0.2


def test_a_frame_of_few_windows_is_refused(binary_frames: Frames, binary: Schema):
    with pytest.raises(ValueError, match="5 windows, expected at least 21"):
        power.measure(binary_frames(5), lambda past: lambda rows: np.zeros(1, np.float32), binary, faults={})
