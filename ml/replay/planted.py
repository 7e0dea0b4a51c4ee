"""A bad release, planted to see whether it is caught: healthy HTTP, the usual scores, the wrong order."""

import numpy as np
import polars as pl

from ml import bundle, training
from ml.dataset import LABEL


def inverted(champion: bundle.Bundle, frame: pl.DataFrame) -> bytes:
    """A bundle that gives the champion's highest scores to the rows of its lowest, and so on down the ranks.

    The distribution of scores stays as it is, so nothing but labels can tell. Errors as `training.train`.
    """
    prediction = champion.predict(training.matrix(frame, champion.schema)).astype(np.float64)
    rank = np.empty(len(prediction), dtype=np.int64)
    rank[np.argsort(prediction, kind="stable")] = np.arange(len(prediction))
    wrong = frame.with_columns(pl.Series(LABEL, np.sort(prediction)[::-1][rank]))
    model = training.train(wrong, champion.schema, seed=0)
    return bundle.write(model=model, schema=champion.schema, reference=champion.reference)
