"""What the alarms are worth on the example's own year: slow, so that the claims of the report rest on something."""

import json
from typing import Any

import polars as pl
import pytest

from ml import dataset, features, training
from ml.monitoring import checks, power
from ml.monitoring.crossfit import Predict

pytestmark = pytest.mark.slow
NAIVE = "PSI of any feature over 0.2"


def train(past: pl.DataFrame) -> Predict:
    model = training.fit(past, dataset.SCHEMA, seed=1)
    return lambda rows: model.predict(training.matrix(rows, dataset.SCHEMA))


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    """Every third labelled row of the year, about 2,100 a week."""
    rows = features.build(dataset.arrivals(dataset.START, dataset.END))
    return rows.filter(pl.col("label").is_not_null()).gather_every(3)


@pytest.fixture(scope="module")
def measured(frame: pl.DataFrame) -> dict[str, Any]:
    return power.measure(frame, train, dataset.SCHEMA, faults=dataset.FAULTS, shuffles=4)


def test_the_measure_goes_into_the_report_as_json(measured: dict[str, Any]):
    json.dumps(measured, allow_nan=False)


def test_the_usual_input_alarm_cries_wolf_in_nearly_every_week_with_and_without_a_trend(measured: dict[str, Any]):
    assert measured["real"][NAIVE]["windows"] >= 0.9
    assert measured["shuffled"][NAIVE]["windows"] >= 0.9


def test_what_is_acted_on_seldom_alarms_without_a_trend(measured: dict[str, Any]):
    acted_on = measured["shuffled"][power.ACTED_ON]

    assert acted_on["windows"] <= 0.25
    assert acted_on["firings_a_year"] <= 4.5
    assert measured["shuffled"][NAIVE]["firings_a_year"] >= 2 * acted_on["firings_a_year"]
    for name in checks.ACTED_ON:
        assert measured["shuffled"][name]["windows"] <= 0.2


def test_drift_measured_against_the_weeks_of_training_seldom_alarms_without_a_trend(measured: dict[str, Any]):
    assert measured["shuffled"]["data drift"]["windows"] <= 0.25


@pytest.mark.parametrize("fault", ["kilometres for miles", "clock in UTC", "a new carrier"])
def test_a_fault_of_the_inputs_is_reported_from_its_first_window(measured: dict[str, Any], fault: str):
    assert measured["found"][fault]["data drift"]["windows"] == 1.0


@pytest.mark.parametrize("fault", ["labels of one carrier flipped", "clock in UTC"])
def test_a_fault_that_spoils_the_ranking_is_acted_on_far_more_often_than_by_chance(
    measured: dict[str, Any], fault: str
):
    by_chance = measured["found"]["no fault"][power.ACTED_ON]
    found = measured["found"][fault][power.ACTED_ON]

    assert by_chance["found"] <= 0.45
    assert found["found"] >= by_chance["found"] + 0.3
    assert found["windows"] >= by_chance["windows"] + 0.15
    assert found["delay"] <= 5


@pytest.mark.parametrize("fault", ["labels of one carrier flipped", "clock in UTC"])
def test_such_a_fault_is_found_by_performance_which_chance_alone_seldom_sets_off(measured: dict[str, Any], fault: str):
    assert (
        measured["found"][fault]["performance"]["found"] >= measured["found"]["no fault"]["performance"]["found"] + 0.5
    )


@pytest.mark.parametrize("fault", ["kilometres for miles", "a new carrier"])
def test_a_fault_that_leaves_the_predictions_nearly_as_they_were_is_not_acted_on(measured: dict[str, Any], fault: str):
    by_chance = measured["found"]["no fault"][power.ACTED_ON]
    found = measured["found"][fault][power.ACTED_ON]

    assert abs(found["windows"] - by_chance["windows"]) <= 0.1
    assert abs(found["found"] - by_chance["found"]) <= 0.15


def test_another_unit_of_one_feature_of_many_is_no_loss_of_performance(measured: dict[str, Any]):
    # Calibration finds it in some shuffled years (72 % against 14 % by chance) and never in others: nothing is claimed.
    kelvin, by_chance = (measured["found"][name]["performance"] for name in ("Kelvin for Fahrenheit", "no fault"))

    assert kelvin["found"] <= by_chance["found"] + 0.1


def test_flipped_labels_are_no_drift_of_the_inputs(measured: dict[str, Any]):
    flipped, by_chance = (
        measured["found"][name]["data drift"] for name in ("labels of one carrier flipped", "no fault")
    )

    assert flipped == by_chance


def test_thresholds_from_rows_that_the_model_was_trained_on_cry_wolf(
    frame: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
):
    def in_sample(past: pl.DataFrame, train: power.Train, **_: object) -> pl.DataFrame:
        return past.with_columns(pl.Series("prediction", train(past)(past)).cast(pl.Float64))

    monkeypatch.setattr(power, "cross_fit", in_sample)

    measured = power.measure(frame, train, dataset.SCHEMA, faults={}, shuffles=2)

    assert measured["shuffled"][power.ACTED_ON]["windows"] >= 0.4
