"""The search for settings: a few that differ from the default, compared on the latest part of the training period."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import polars as pl

from ml import evaluation, training
from ml.dataset import LABEL
from ml.schema import Schema

CANDIDATES: Mapping[str, Mapping[str, Any]] = {
    "deeper": {"max_depth": 6},
    "slower": {"learning_rate": 0.05, "n_estimators": 300},
    "smaller leaves": {"min_child_weight": 10},
}
"""What each differs in from `training.SETTINGS`."""
DEFAULT = "default"
COMPARED_ON = 0.2
"""The share of the period, its latest, that candidates are compared on and not fitted to."""
ROWS = 30_000
"""Of more rows every n-th is read: what is compared is the settings, not the models."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One candidate against the default: the share of its loss that is saved, and at least how much of it."""

    name: str
    loss: float
    gain: float
    gain_low: float


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The settings to train with, and the trials behind them."""

    name: str
    settings: Mapping[str, Any]
    trials: list[Trial]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def search(frame: pl.DataFrame, schema: Schema, *, seed: int) -> Choice:
    """The candidate that saves most of the default's loss, of those that surely save some; else the default.

    Surely is as sure as the gate wants to be, of all candidates together. The frame is split by time: what comes later
    is not known when a model is fitted. With too few days to compare, the default is taken without a trial.
    """
    labelled = frame.filter(pl.col(LABEL).is_not_null()).sort("event_time")
    labelled = labelled.gather_every(max(1, math.ceil(labelled.height / ROWS)))
    earlier, later = _split(labelled)
    if later["event_time"].dt.date().n_unique() < evaluation.DAYS:
        return Choice(name=DEFAULT, settings=settings(DEFAULT), trials=[])
    matrix = training.matrix(later, schema)
    try:
        default = training.fit(earlier, schema, seed=seed, settings=settings(DEFAULT)).predict(matrix)
    except training.TrainingError:
        return Choice(name=DEFAULT, settings=settings(DEFAULT), trials=[])
    trials = [_trial(name, default, earlier, later, schema, seed=seed) for name in CANDIDATES]
    better = [trial for trial in trials if trial.gain_low > 0]
    name = max(better, key=lambda trial: trial.gain).name if better else DEFAULT
    return Choice(name=name, settings=settings(name), trials=trials)


def settings(name: str) -> dict[str, Any]:
    """The settings of a candidate, whole."""
    return {**training.SETTINGS, **CANDIDATES.get(name, {})}


def _split(labelled: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    if not labelled.height:
        return labelled, labelled
    first, last = labelled["event_time"][0], labelled["event_time"][-1]
    at = last - (last - first) * COMPARED_ON
    at = at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return labelled.filter(pl.col("event_time") < at), labelled.filter(pl.col("event_time") >= at)


def _trial(name: str, default: Any, earlier: pl.DataFrame, later: pl.DataFrame, schema: Schema, *, seed: int) -> Trial:
    model = training.fit(earlier, schema, seed=seed, settings=settings(name))
    prediction = model.predict(training.matrix(later, schema))
    # Of several, one looks better by chance more often than one alone does.
    confidence = 1 - (1 - evaluation.CONFIDENCE) / len(CANDIDATES)
    measures = evaluation.gain(prediction, default, later, confidence=confidence)
    return Trial(name=name, loss=measures["challenger"], gain=measures["gain"], gain_low=measures["gain_low"])
