import json

import polars as pl
import pytest

from ml.monitoring import checks
from ml.schema import Schema
from tests.ml.monitoring.things import FEATURES, Frames

NULLS = [pl.lit(None).alias(name) for name in ("prediction", "label", "latency_ms", *(f.name for f in FEATURES))]
EMPTY = {
    "no columns": lambda week: pl.DataFrame(),
    "no rows": lambda week: week.clear(),
    "one row": lambda week: week[:1],
    "all null": lambda week: week.with_columns(NULLS),
    "few rows": lambda week: week[:20],
}


def statuses(window: pl.DataFrame, reference: dict, schema: Schema) -> dict[str, str]:
    results = checks.calculate(window, reference, schema)
    json.dumps([result.to_dict() for result in results], allow_nan=False)
    return {result.name: result.status for result in results}


def test_a_healthy_week_is_seldom_a_violation(frames: Frames, schema: Schema):
    reference = json.loads(json.dumps(checks.fit(frames(30), schema), allow_nan=False))

    found = [statuses(frames(1, seed=seed), reference, schema) for seed in range(1, 21)]

    # By chance one week in 31 goes beyond the largest of 30.
    for name in ("data drift", "prediction drift", "performance", "calibration", "latency"):
        assert [week[name] for week in found].count("ok") >= 18


def test_the_checks_that_are_acted_on_are_among_the_checks(binary_frames: Frames, binary: Schema):
    assert set(checks.ACTED_ON) < set(statuses(binary_frames(1), {}, binary))


@pytest.mark.parametrize("how", EMPTY)
def test_a_window_that_says_nothing_is_not_enough_data(frames: Frames, schema: Schema, how: str):
    reference = checks.fit(frames(12), schema)

    assert set(statuses(EMPTY[how](frames(1, seed=9)), reference, schema).values()) == {"not enough data"}


@pytest.mark.parametrize("how", EMPTY)
def test_a_reference_that_says_nothing_is_not_enough_data(frames: Frames, schema: Schema, how: str):
    nothing = EMPTY[how](frames(12))
    reference = checks.fit(nothing, schema) if nothing.width else {}

    found = statuses(frames(1, seed=9), json.loads(json.dumps(reference, allow_nan=False)), schema)

    assert {name: status for name, status in found.items() if name != "latency"} == dict.fromkeys(
        ("data drift", "prediction drift", "performance", "calibration"), "not enough data"
    )


def test_constant_columns_are_not_enough_data(frames: Frames, schema: Schema):
    still = [pl.lit(0.0).alias(name) for name in ("prediction", "label", "size", "rain")] + [pl.lit("a").alias("kind")]
    reference = checks.fit(frames(12).with_columns(still), schema)

    found = statuses(frames(1, seed=9).with_columns(still), reference, schema)

    assert found["data drift"] == found["prediction drift"] == "not enough data"
    if schema.task == "binary":
        assert found["performance"] == "not enough data"


def test_the_reference_says_what_it_was_fitted_on(frames: Frames, schema: Schema):
    trained = checks.fit(frames(12), schema)["trained"]

    assert trained["rows"] == 6000
    assert trained["blocks"] == 12
    assert trained["from"].startswith("2024-01-01")
    assert trained["to"].startswith("2024-03-2")
