import threading

import numpy as np
import polars as pl

from ml.monitoring import window
from ml.monitoring.crossfit import cross_fit
from tests.ml.monitoring.things import Frames


def test_no_row_is_predicted_by_a_model_that_saw_its_block(binary_frames: Frames):
    frame = binary_frames(9, rows=50).sample(fraction=1, shuffle=True, seed=3)
    seen: list[set[int]] = []
    lock = threading.Lock()

    def train(past: pl.DataFrame):
        with lock:
            model = len(seen)
            seen.append(set(window.numbers(past["event_time"]).tolist()))
        return lambda rows: np.full(rows.height, model, dtype=np.float32)

    predicted = cross_fit(frame, train, folds=4)

    assert len(seen) == 4
    assert predicted["prediction_id"].equals(frame["prediction_id"])
    for number, model in zip(window.numbers(predicted["event_time"]), predicted["prediction"], strict=True):
        assert number not in seen[int(model)]


def test_every_model_knows_the_whole_period(binary_frames: Frames):
    known: list[int] = []

    def train(past: pl.DataFrame):
        number = window.numbers(past["event_time"])
        known.append(int(number.max() - number.min()))
        return lambda rows: np.zeros(rows.height, dtype=np.float32)

    cross_fit(binary_frames(12, rows=20), train, folds=4)

    assert min(known) >= 10


def test_one_block_is_predicted_by_its_own_model(binary_frames: Frames):
    predicted = cross_fit(binary_frames(1), lambda past: lambda rows: np.ones(rows.height, dtype=np.float32))

    assert predicted["prediction"].to_list() == [1.0] * 500
