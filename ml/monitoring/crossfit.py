"""Predictions of the training period by models that did not see the row's own block: what thresholds are taken from."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.monitoring import window

Predict = Callable[[pl.DataFrame], NDArray[np.float32]]
Train = Callable[[pl.DataFrame], Predict]
"""Fits a frame's labelled rows and returns the prediction of other frames' rows."""

FOLDS = 2
"""Four cost three times as much, and their thresholds were no better on shuffled years."""


def cross_fit(frame: pl.DataFrame, train: Train, *, folds: int = FOLDS, days: int = window.DAYS) -> pl.DataFrame:
    """The frame with a `prediction` for each row from the one of `folds` models that was fitted without its block.

    Whole blocks are left out, as rows of one day are alike; each fold takes every n-th block, so that each model
    knows the whole period. Costs `folds` fits of (folds - 1) / folds of the rows, side by side.
    """
    number = window.numbers(frame["event_time"], days)
    order = np.unique(number, return_inverse=True)[1]
    fold = order % min(folds, int(order.max(initial=0)) + 1)
    prediction = np.full(frame.height, np.nan)

    def fill(held: int) -> None:
        inside = pl.Series(fold == held)
        predict = train(frame.filter(~inside)) if not inside.all() else train(frame)
        prediction[fold == held] = predict(frame.filter(inside))

    # Each fit has one thread, so that it always gives the same bytes: the folds can have one each.
    with ThreadPoolExecutor(FOLDS) as workers:
        list(workers.map(fill, np.unique(fold)))
    return frame.with_columns(pl.Series("prediction", prediction))
