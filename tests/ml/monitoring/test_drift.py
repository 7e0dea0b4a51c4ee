import json
import time
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from ml.monitoring import drift, prediction, psi
from ml.schema import Feature, Schema
from tests.ml.monitoring.things import Frames

SIZE = Feature(name="size")


def test_the_same_distribution_is_no_drift(frames: Frames, schema: Schema):
    reference = drift.fit(frames(8), schema)

    result = drift.calculate(frames(1, seed=9), reference, schema)

    assert result.status == "ok"
    assert set(result.measures) == set(schema.names)


@pytest.mark.parametrize(
    ("column", "fault"),
    [
        ("size", pl.col("size") * 1.6),
        ("size", pl.col("size") + 100),
        ("rain", pl.col("rain") + 0.001),
        ("rain", pl.lit(0.0)),
        ("rain", pl.when(pl.int_range(pl.len()) % 2 == 0).then(None).otherwise(pl.col("rain"))),
        ("rain", pl.lit(None)),
        ("kind", pl.col("kind").replace("b", "new")),
        ("kind", pl.lit("c")),
        ("kind", pl.col("kind").replace("c", None)),
    ],
)
def test_a_planted_change_is_a_violation_that_names_its_column(
    frames: Frames, schema: Schema, column: str, fault: pl.Expr
):
    reference = drift.fit(frames(8), schema)

    result = drift.calculate(frames(1, seed=9).with_columns(fault.alias(column)), reference, schema)

    assert result.status == "violation"
    assert result.detail.startswith(column)


def test_a_week_that_the_training_period_has_seen_the_like_of_is_no_violation(binary: Schema, binary_frames: Frames):
    seasonal = pl.concat(
        binary_frames(12, seed=1).with_columns(
            pl.col("size") + 2 * (pl.col("event_time").dt.week().cast(pl.Float64) * np.pi / 6).sin()
        )[week * 500 : (week + 1) * 500]
        for week in range(12)
    )
    reference = drift.fit(seasonal, binary)
    like_week_three = binary_frames(1, seed=5).with_columns(pl.col("size") + 2)

    result = drift.calculate(like_week_three, reference, binary)

    size = result.measures["size"]
    assert size is not None
    assert size > 0.2
    assert result.status == "ok"


def test_a_small_window_is_not_taken_for_drift(frames: Frames, schema: Schema):
    reference = drift.fit(frames(8, rows=5000), schema)

    statuses = [drift.calculate(frames(1, rows=120, seed=seed), reference, schema).status for seed in range(20)]

    assert statuses.count("ok") >= 19


def test_what_holds_one_value_in_training_and_now_is_not_judged(frames: Frames, schema: Schema):
    still = [pl.lit(1.0).alias("size"), pl.lit(None).alias("rain"), pl.lit("a").alias("kind")]
    reference = drift.fit(frames(8).with_columns(still), schema)

    same = drift.calculate(frames(1).with_columns(still), reference, schema)
    moved = drift.calculate(frames(1).with_columns([*still[1:], pl.lit(1.1).alias("size")]), reference, schema)

    assert same.status == "not enough data"
    assert moved.status == "violation"


def test_an_unseen_category_and_a_missing_one_fill_bins_of_their_own():
    kind = Feature(name="kind", kind="category", categories=("a", "b"))
    values = pl.Series(["b", "new", None, "a"])

    assert psi.codes(psi.bins_of(kind, values), values).tolist() == [1, 2, 3, 0]


def test_a_value_that_fills_a_decile_has_its_own_bin():
    values = pl.Series([0.0] * 90 + list(range(1, 11)))
    bins = psi.bins_of(SIZE, values)

    counts = np.bincount(psi.codes(bins, values), minlength=psi.width(bins))

    assert counts.max() == 90
    assert counts.sum() == 100
    below, zero, above, missing = psi.codes(bins, pl.Series([-1.0, 0.0, 0.5, None])).tolist()
    assert below < zero < above < missing


def test_psi_is_that_of_the_textbook():
    # (.5-.6)ln(.5/.6) + (.5-.4)ln(.5/.4)
    assert psi.psi(np.array([500_000, 500_000]), np.array([600_000, 400_000])) == pytest.approx(0.04055, abs=1e-4)
    assert psi.psi(np.array([5, 5]), np.array([5, 5])) == 0


def test_what_is_kept_does_not_grow_with_the_reference(frames: Frames, schema: Schema):
    small, large = (len(json.dumps(drift.fit(frames(8, rows=rows), schema))) for rows in (200, 4000))

    assert large < small * 1.2


def test_predictions_that_move_are_reported(frames: Frames, schema: Schema):
    reference = prediction.fit(frames(8), schema)

    assert prediction.calculate(frames(1, seed=9), reference, schema).status == "ok"
    for moved in (pl.lit(0.24), pl.col("prediction") / 2):
        window = frames(1, seed=9).with_columns(moved.alias("prediction"))
        assert prediction.calculate(window, reference, schema).status == "violation"


@pytest.mark.slow
def test_a_million_rows_of_twenty_columns_take_at_most_two_seconds():
    random, rows = np.random.default_rng(0), 1_000_000
    numbers = {f"n{column}": random.normal(size=rows) for column in range(18)}
    texts = {f"c{column}": random.choice(list("abcdefgh"), rows) for column in range(2)}
    moments = pl.datetime_range(
        datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC), "3m", time_unit="us", eager=True
    )
    frame = pl.DataFrame({"event_time": moments[:rows], **numbers, **texts})
    schema = Schema(
        name="wide",
        task="regression",
        features=(
            *(Feature(name=name) for name in numbers),
            *(Feature(name=name, kind="category", categories=tuple("abcdefgh")) for name in texts),
        ),
    )
    reference = drift.fit(frame, schema)

    start = time.process_time()
    result = drift.calculate(frame, reference, schema)

    assert result.status == "ok"
    assert time.process_time() - start <= 2
