"""A bad release, planted to see whether it is caught: healthy HTTP, the usual scores, the wrong order."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml import bundle, training
from ml.dataset import LABEL


def inverted(champion: bundle.Bundle, frame: pl.DataFrame) -> bytes:
    """A bundle that gives the champion's highest scores to the rows of its lowest, and so on down the ranks.

    The distribution of scores stays as it is, so nothing but labels can tell. Errors as `training.train`.
    """
    prediction = champion.predict(training.matrix(frame, champion.schema)).astype(np.float64)
    wrong = frame.with_columns(pl.Series(LABEL, turned_around(prediction)))
    model = training.train(wrong, champion.schema, seed=0)
    return bundle.write(model=model, schema=champion.schema, reference=champion.reference)


def turned_around(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same scores, the highest where the lowest was."""
    rank = np.empty(len(scores), dtype=np.int64)
    rank[np.argsort(scores, kind="stable")] = np.arange(len(scores))
    return np.sort(scores)[::-1][rank]
