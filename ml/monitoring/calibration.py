"""Calibration: the mean prediction less the mean label, for a probability as for a value (there it is the bias)."""

from typing import Any

import numpy as np
import polars as pl

from ml.monitoring import labelled, limits, window
from ml.monitoring.result import Result, judge, not_enough
from ml.schema import Schema

NAME = "calibration"


def fit(reference: pl.DataFrame, schema: Schema, *, days: int = window.DAYS) -> dict[str, Any]:
    """The largest gap over the blocks of the training period, in either direction."""
    rows = labelled.rows(reference)
    blocks = labelled.blocks(rows, days)
    gaps = [abs(float((prediction - label).mean())) for prediction, label in blocks]
    spread = float((rows["prediction"] - rows["label"]).to_numpy().std()) if rows.height else 0.0
    return {"limit": limits.fit(gaps, [len(label) for _, label in blocks], spread)}


def calculate(data: pl.DataFrame, reference: dict[str, Any], schema: Schema) -> Result:
    """The gap's size; `measures` holds it with its sign, and both means."""
    rows = labelled.rows(data)
    if short := labelled.shortage(data, rows, reference):
        return not_enough(NAME, short)
    predicted, observed = np.mean(rows["prediction"].to_numpy()), np.mean(rows["label"].to_numpy())
    gap = float(predicted - observed)
    detail = f"predicted {predicted:.3f}, observed {observed:.3f} over {rows.height} rows"
    measures = {"gap": gap, "predicted": float(predicted), "observed": float(observed)}
    return judge(NAME, abs(gap), limits.threshold(reference["limit"], rows.height), detail, measures)
