"""Measures, slices and calibration against hand-made cases; the gate on challengers that should and should not pass."""

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from sklearn import metrics

from ml import evaluation
from tests.ml.orders import orders, schema

START = datetime(2020, 3, 2, tzinfo=UTC)


def frame(rows: int = 6_000, *, days: int = 21, seed: int = 0) -> tuple[pl.DataFrame, NDArray[Any]]:
    """Rows with a known chance of label 1, two shops, and days that are good or bad for all."""
    random = np.random.default_rng(seed)
    day = np.sort(random.integers(0, days, rows))
    chance = np.clip(random.beta(2, 5, rows) + random.normal(0, 0.05, days)[day], 0.01, 0.99)
    return pl.DataFrame(
        {
            "event_time": pl.Series([START + timedelta(days=int(d)) for d in day], dtype=pl.Datetime("us", "UTC")),
            "label": (random.random(rows) < chance).astype(float),
            "shop": random.choice(["north", "south", "tiny"], rows, p=[0.49, 0.49, 0.02]),
        }
    ), chance


def gate(challenger: NDArray[Any], champion: NDArray[Any], rows: pl.DataFrame, **how: Any) -> evaluation.GateResult:
    return evaluation.gate(challenger, champion, rows, how.pop("schema", schema()), slices=("shop",), **how)


def test_binary_measures_are_those_of_scikit_learn() -> None:
    rows, chance = frame()
    label = rows["label"].to_numpy()
    measures = evaluation.evaluate(chance, rows, schema())
    assert measures["auc"] == pytest.approx(metrics.roc_auc_score(label, chance))
    assert measures["brier"] == pytest.approx(metrics.brier_score_loss(label, chance))
    assert measures["log_loss"] == pytest.approx(metrics.log_loss(label, chance))
    assert measures["calibration_gap"] == pytest.approx(chance.mean() - label.mean())
    assert measures["base_rate"] == pytest.approx(label.mean())
    assert measures["rows"] == len(label)


def test_the_calibration_error_is_the_weighted_gap_of_the_bins() -> None:
    rows = pl.DataFrame({"label": [0.0, 1.0, 0.0, 1.0]})
    measured = evaluation.evaluate(np.array([0.12, 0.18, 0.31, 0.93]), rows, schema())["ece"]
    assert measured == pytest.approx((2 * abs(0.15 - 0.5) + abs(0.31 - 0) + abs(0.93 - 1)) / 4)


def test_regression_measures_are_those_of_scikit_learn() -> None:
    rows = orders(500, task="regression").drop_nulls("label")
    label = rows["label"].to_numpy()
    predicted = label + np.random.default_rng(0).normal(3, 10, len(label))
    measures = evaluation.evaluate(predicted, rows, schema("regression"))
    assert measures["rmse"] == pytest.approx(metrics.root_mean_squared_error(label, predicted))
    assert measures["mae"] == pytest.approx(metrics.mean_absolute_error(label, predicted))
    assert measures["r2"] == pytest.approx(metrics.r2_score(label, predicted))
    assert measures["calibration_gap"] == pytest.approx((predicted - label).mean())


def test_rows_without_a_label_are_left_out_and_what_is_undefined_is_absent() -> None:
    rows = pl.DataFrame({"label": [0.0, None, 0.0]}, schema={"label": pl.Float64})
    measures = evaluation.evaluate(np.array([0.1, 0.9, 0.3]), rows, schema())
    assert measures["rows"] == 2
    assert measures["calibration_gap"] == pytest.approx(0.2)
    assert "auc" not in measures
    assert evaluation.evaluate(np.array([0.1]), rows.head(0).clear(1), schema()) == {"rows": 0.0}


def test_slices_are_measured_apart_largest_first() -> None:
    rows, chance = frame()
    table = evaluation.by_slice(chance, rows, schema(), ("shop",))
    assert table["value"].to_list()[-1] == "tiny"
    assert table["rows"].sum() == rows.height
    north = (rows["shop"] == "north").to_numpy()
    expected = metrics.roc_auc_score(rows["label"].to_numpy()[north], chance[north])
    assert table.filter(pl.col("value") == "north")["auc"].item() == pytest.approx(expected)
    assert evaluation.by_slice(chance, rows, schema(), ()).height == 0


def test_the_calibration_curve_holds_every_row_in_order() -> None:
    rows, chance = frame()
    curve = evaluation.calibration_curve(chance, rows)
    assert curve["rows"].sum() == rows.height
    assert curve["predicted"].is_sorted()
    assert ((curve["predicted"] - curve["observed"]).abs() < 0.07).all()


def test_a_challenger_that_knows_more_passes_and_says_by_how_much() -> None:
    rows, chance = frame()
    result = gate(chance, np.full(rows.height, rows["label"].mean()), rows)
    assert result.passed
    assert result.measures["gain_low"] > 0.05
    assert "over 21 days" in result.reasons[0]


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.142, "14.2%"),
        (0.0004, "0.04%"),
        (-0.00032, "-0.03%"),
        (0.000001, "0.0001%"),
        (0.0, "0.0%"),
        (math.nan, "nan%"),
    ],
)
def test_a_share_that_is_not_0_does_not_read_as_0(share: float, words: str) -> None:
    assert evaluation.percent(share) == words


def test_a_gain_that_is_sure_but_small_does_not_read_as_a_tie() -> None:
    rows, chance = frame()
    champion = np.clip(chance + np.where(rows["label"].to_numpy() > 0.5, -0.0001, 0.0001), 0, 1)
    result = gate(chance, champion, rows)
    assert result.passed
    (low,) = re.findall(r"at least (\S+)% with 90% confidence", result.reasons[0])
    assert 0 < float(low) < 0.05


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_a_challenger_that_is_the_champion_or_worse_is_refused(task: Any) -> None:
    rows, chance = frame()
    for challenger in (chance, np.full(rows.height, rows["label"].mean())):
        result = gate(challenger, chance, rows, schema=schema(task))
        assert not result.passed
        assert result.reasons[0].startswith("not surely better")


def test_a_gain_that_one_day_made_is_not_sure() -> None:
    rows, _chance = frame()
    champion = np.full(rows.height, 0.3)
    lucky = (rows["event_time"] == START).to_numpy()
    challenger = np.where(lucky, rows["label"].to_numpy(), champion + 0.002)
    result = gate(challenger, champion, rows)
    assert result.measures["gain"] > 0.03
    assert not result.passed


@pytest.mark.slow
def test_chance_alone_passes_about_as_seldom_as_the_confidence_says() -> None:
    passed = 0
    for seed in range(60):
        rows, chance = frame(2_000, seed=seed)
        random = np.random.default_rng(seed)
        one, other = (chance + random.normal(0, 0.05, rows.height) for _ in range(2))
        passed += gate(one, other, rows).passed
    assert passed <= 12


def test_a_slice_that_is_harmed_stops_a_challenger_that_is_better_overall() -> None:
    rows, chance = frame()
    south = (rows["shop"] == "south").to_numpy()
    champion = np.full(rows.height, rows["label"].mean())
    result = gate(np.where(south, chance + 0.07, chance), champion, rows)
    assert result.measures["gain_low"] > 0
    assert not result.passed
    (reason,) = result.reasons
    assert re.fullmatch(
        r"shop south: predicted less observed is \+0\.0\d\d, "
        r"beyond the bound 0\.05 and worse than the champion's [+-]0\.0\d\d",
        reason,
    )


def test_beyond_the_bound_a_slice_must_not_get_worse_by_any_margin() -> None:
    rows, chance = frame()
    south = (rows["shop"] == "south").to_numpy()
    champion = np.full(rows.height, rows["label"].mean())
    champion = np.where(south, chance + 0.1, champion)
    assert gate(np.where(south, chance + 0.099, chance), champion, rows).passed
    assert not gate(np.where(south, chance + 0.101, chance), champion, rows).passed


def test_a_slice_is_not_held_against_a_challenger_that_is_closer_there_than_the_champion() -> None:
    rows, chance = frame()
    south = (rows["shop"] == "south").to_numpy()
    assert gate(np.where(south, chance + 0.07, chance), np.where(south, chance + 0.15, chance), rows).passed


def test_a_slice_that_is_too_small_to_judge_stops_nothing() -> None:
    rows, chance = frame()
    tiny = (rows["shop"] == "tiny").to_numpy()
    champion = np.full(rows.height, rows["label"].mean())
    assert gate(np.where(tiny, chance + 0.2, chance), champion, rows).passed


def test_an_uncalibrated_challenger_is_refused_however_well_it_ranks() -> None:
    rows, chance = frame()
    result = gate(np.clip(chance + 0.08, 0, 1), np.full(rows.height, rows["label"].mean()), rows)
    assert not result.passed
    assert any(reason.startswith("overall: predicted less observed is +0.0") for reason in result.reasons)


def test_few_days_are_too_few_to_compare() -> None:
    rows, chance = frame(days=6)
    result = gate(chance, np.full(rows.height, 0.5), rows)
    assert not result.passed
    assert result.reasons == ["6 days with labels, at least 7 are needed to compare"]


def test_many_harmed_slices_are_summed_up() -> None:
    rows, chance = frame(12_000)
    rows = rows.with_columns(pl.Series("shop", np.arange(rows.height) % 8).cast(pl.String))
    reasons = gate(chance + 0.1, chance, rows).reasons
    assert reasons[-1] == "6 more slices are beyond the bound and worse than the champion"
    assert len(reasons) == 5
