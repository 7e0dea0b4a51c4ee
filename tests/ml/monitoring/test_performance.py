import math

import numpy as np
import polars as pl
import pytest

from ml.monitoring import calibration, performance
from ml.monitoring.latency import calculate as latency
from ml.schema import Schema
from tests.ml.monitoring.things import Frames


def test_a_healthy_week_is_ok(frames: Frames, schema: Schema):
    reference, week = frames(12), frames(1, seed=9)

    assert performance.calculate(week, performance.fit(reference, schema), schema).status == "ok"
    assert calibration.calculate(week, calibration.fit(reference, schema), schema).status == "ok"


def test_predictions_of_other_rows_are_a_violation_of_performance(frames: Frames, schema: Schema):
    week = frames(1, seed=9).with_columns(pl.col("prediction").shuffle(seed=1))

    result = performance.calculate(week, performance.fit(frames(12), schema), schema)

    assert result.status == "violation"
    assert set(result.measures) == {"auc" if schema.task == "binary" else "rmse", "usual"}


@pytest.mark.parametrize("shift", [-0.3, 0.3])
def test_labels_that_move_in_either_direction_are_a_violation_of_calibration(
    frames: Frames, schema: Schema, shift: float
):
    result = calibration.calculate(frames(1, seed=9, shift=shift), calibration.fit(frames(12), schema), schema)

    assert result.status == "violation"
    gap = result.measures["gap"]
    assert gap is not None
    assert math.copysign(1, gap) == -math.copysign(1, shift)


@pytest.mark.slow
def test_a_window_of_few_rows_is_not_held_to_the_threshold_of_many(frames: Frames, schema: Schema):
    reference = frames(12, rows=5000)
    fitted = performance.fit(reference, schema), calibration.fit(reference, schema)
    weeks = [frames(1, rows=150, seed=seed) for seed in range(100, 140)]

    for check, kept in zip((performance, calibration), fitted, strict=True):
        assert sum(check.calculate(week, kept, schema).status == "violation" for week in weeks) <= 6


def test_a_window_waits_until_half_of_its_labels_have_come(frames: Frames, schema: Schema):
    late = pl.when(pl.int_range(pl.len()) % 3 == 0).then(pl.col("label")).alias("label")
    week = frames(1, rows=900, seed=9).with_columns(late)

    result = calibration.calculate(week, calibration.fit(frames(12), schema), schema)

    assert result.status == "not enough data"
    assert "300 of 900" in result.detail


def test_one_class_of_labels_says_nothing_of_ranking(binary: Schema, binary_frames: Frames):
    reference = performance.fit(binary_frames(12), binary)

    result = performance.calculate(binary_frames(1).with_columns(label=pl.lit(0.0)), reference, binary)

    assert result.status == "not enough data"


def test_auc_is_the_share_of_pairs_in_order_with_ties_as_half():
    random = np.random.default_rng(0)
    score, label = random.integers(0, 5, size=60).astype(float), random.integers(0, 2, size=60).astype(float)
    pairs = [(one > other) + (one == other) / 2 for one in score[label == 1] for other in score[label == 0]]

    assert performance.auc(score, label) == pytest.approx(np.mean(pairs))
    assert math.isnan(performance.auc(score, np.zeros(60)))


def test_slow_answers_are_a_violation_of_latency(binary: Schema, binary_frames: Frames):
    week = binary_frames(1)

    assert latency(week, {"limit_ms": 50.0}, binary).status == "ok"
    slow = week.with_columns(
        pl.when(pl.int_range(pl.len()) < 10).then(900.0).otherwise("latency_ms").alias("latency_ms")
    )
    assert latency(slow, {"limit_ms": 50.0}, binary).status == "violation"
    assert latency(week.drop("latency_ms"), {"limit_ms": 50.0}, binary).status == "not enough data"
