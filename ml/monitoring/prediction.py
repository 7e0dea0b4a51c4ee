"""Prediction drift: the PSI of the predictions against the training period. Reported, never acted on."""

from typing import Any

import numpy as np
import polars as pl

from ml.monitoring import drift, limits, window
from ml.monitoring.result import Result, judge, not_enough
from ml.schema import Feature, Schema

NAME = "prediction drift"
COLUMN = Feature(name="prediction")


def fit(reference: pl.DataFrame, schema: Schema, *, days: int = window.DAYS) -> dict[str, Any]:
    """Bin counts of the predictions and their largest PSI over the blocks."""
    blocks = window.blocks(reference, days)
    kept, _ = drift.column(COLUMN, reference["prediction"], blocks)
    rows = float(np.median([len(block) for block in blocks])) if blocks else 0.0
    return {"prediction": kept, "block_rows": rows, "blocks": len(blocks)}


def calculate(data: pl.DataFrame, reference: dict[str, Any], schema: Schema) -> Result:
    """The PSI of the window's predictions; the threshold is the largest of the training period."""
    if not reference:
        return not_enough(NAME, "the model has no reference statistics")
    values = data["prediction"] if "prediction" in data.columns else pl.Series([])
    predictions = values.cast(pl.Float64, strict=False).drop_nulls().drop_nans()
    if len(predictions) < limits.MIN_ROWS:
        return not_enough(NAME, f"{len(predictions)} predictions, {limits.MIN_ROWS} are needed")
    if reference["blocks"] < limits.MIN_BLOCKS:
        return not_enough(NAME, f"the training period has fewer than {limits.MIN_BLOCKS} blocks")
    value = drift.reading(reference["prediction"], predictions)
    if value is None:
        return not_enough(NAME, "every prediction is the same, as in training")
    threshold = drift.ceiling(reference["prediction"], reference["block_rows"], len(predictions))
    return judge(NAME, value, threshold, f"PSI {value:.3f} of {len(predictions)} predictions")
