"""The search for settings: better ones are found, chance is not taken for better, and the future is not read."""

import numpy as np
import polars as pl
import pytest

from ml import training, tuning
from ml.dataset import LABEL
from tests.ml.orders import orders, schema


@pytest.fixture
def one_candidate(monkeypatch: pytest.MonkeyPatch):
    """A default that cannot learn, and a candidate that can."""
    monkeypatch.setattr(training, "SETTINGS", {**training.SETTINGS, "n_estimators": 5, "learning_rate": 0.01})
    monkeypatch.setattr(tuning, "CANDIDATES", {"learns": {"n_estimators": 100, "learning_rate": 0.1}})


def shown(frame: pl.DataFrame) -> tuning.Choice:
    return tuning.search(frame, schema(), seed=1)


def test_settings_that_are_surely_better_are_chosen(one_candidate: None):
    choice = shown(orders(3_000, days=60))
    assert choice.name == "learns"
    assert choice.settings == {**training.SETTINGS, "n_estimators": 100, "learning_rate": 0.1}
    assert choice.trials[0].gain_low > 0


def test_where_there_is_nothing_to_learn_the_default_stays():
    frame = orders(3_000, days=60)
    noise = np.random.default_rng(0).random(frame.height) < 0.3
    choice = shown(frame.with_columns(pl.Series(LABEL, noise.astype(float))))
    assert choice.name == tuning.DEFAULT
    assert choice.settings == training.SETTINGS
    assert [trial.name for trial in choice.trials] == list(tuning.CANDIDATES)


def test_the_latest_days_are_compared_on_and_not_fitted_to(monkeypatch: pytest.MonkeyPatch):
    fitted, fit = [], training.fit
    monkeypatch.setattr(training, "fit", lambda frame, *given, **how: fitted.append(frame) or fit(frame, *given, **how))
    frame = orders(1_000, days=50)
    shown(frame)
    latest = max(part["event_time"].max() for part in fitted)
    compared = frame.filter(pl.col("event_time") > latest, pl.col(LABEL).is_not_null())
    assert len(fitted) == 1 + len(tuning.CANDIDATES)
    assert 7 <= compared["event_time"].dt.date().n_unique() <= 11


@pytest.mark.parametrize(("rows", "days"), [(0, 1), (200, 5)])
def test_with_too_little_to_compare_on_the_default_is_taken_without_a_trial(rows: int, days: int):
    choice = shown(orders(200, days=days).head(rows))
    assert (choice.name, choice.trials) == (tuning.DEFAULT, [])


def test_the_same_rows_and_seed_give_the_same_choice():
    assert shown(orders(600, days=50)) == shown(orders(600, days=50))
