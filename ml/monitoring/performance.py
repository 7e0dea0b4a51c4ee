"""Performance: the drop of AUC (binary) or the growth of RMSE (regression) against the training period."""

import math
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.monitoring import labelled, limits, window
from ml.monitoring.result import Result, judge, not_enough
from ml.schema import Schema

NAME = "performance"
MIN_OF_A_CLASS = 10


def fit(reference: pl.DataFrame, schema: Schema, *, days: int = window.DAYS) -> dict[str, Any]:
    """The usual measure of a block, and the most that any block fell short of the others."""
    rows = labelled.rows(reference)
    blocks = labelled.blocks(rows, days)
    measures = np.array([_measure(prediction, label, schema) for prediction, label in blocks])
    kept = np.isfinite(measures)
    measures, sizes = measures[kept], np.array([len(label) for _, label in blocks])[kept]
    if len(measures) < limits.MIN_BLOCKS:
        return {"usual": None, "limit": None}
    others = (measures.sum() - measures) / (len(measures) - 1)
    usual = float(measures.mean())
    losses = [_loss(measure, other, schema) for measure, other in zip(measures, others, strict=True)]
    return {
        "usual": usual,
        "limit": limits.fit(
            losses, sizes, _spread(usual, rows["prediction"].to_numpy(), rows["label"].to_numpy(), schema)
        ),
    }


def calculate(data: pl.DataFrame, reference: dict[str, Any], schema: Schema) -> Result:
    """How much worse the window is than a usual block: AUC points lost, or RMSE as a multiple."""
    rows = labelled.rows(data)
    if short := labelled.shortage(data, rows, reference):
        return not_enough(NAME, short)
    measure = _measure(rows["prediction"].to_numpy(), rows["label"].to_numpy(), schema)
    if not math.isfinite(measure):
        return not_enough(NAME, f"fewer than {MIN_OF_A_CLASS} labels of one class among {rows.height}")
    name = "auc" if schema.task == "binary" else "rmse"
    usual = reference["usual"]
    if usual is None:
        why = f"the training period has fewer than {limits.MIN_BLOCKS} blocks"
        return not_enough(NAME, why, {name: measure})
    detail = f"{name} {measure:.4g}, usual {usual:.4g}, over {rows.height} rows"
    threshold = limits.threshold(reference["limit"], rows.height)
    return judge(NAME, _loss(measure, usual, schema), threshold, detail, {name: measure, "usual": usual})


def auc(prediction: NDArray[Any], label: NDArray[Any]) -> float:
    """The share of (positive, negative) pairs in the right order, ties half; NaN without enough of either class."""
    positive = label > 0.5
    count, others = int(positive.sum()), int((~positive).sum())
    if min(count, others) < MIN_OF_A_CLASS:
        return math.nan
    rank = pl.Series(prediction).rank("average").to_numpy()
    return float((rank[positive].sum() - count * (count + 1) / 2) / (count * others))


def _measure(prediction: NDArray[Any], label: NDArray[Any], schema: Schema) -> float:
    if schema.task == "binary":
        return auc(prediction, label)
    return float(np.sqrt(np.mean((prediction - label) ** 2)))


def _loss(measure: float, usual: float, schema: Schema) -> float:
    if schema.task == "binary":
        return usual - measure
    return measure / usual if usual > 0 else (1.0 if measure == 0 else math.inf)


def _spread(usual: float, prediction: NDArray[Any], label: NDArray[Any], schema: Schema) -> float:
    """The standard error on one row (see limits): of AUC by Hanley and McNeil (1982), of RMSE by the delta method."""
    if schema.task == "regression":
        error = (prediction - label) ** 2
        mean = float(error.mean())
        return float(error.std()) / (2 * mean) if mean > 0 else 0.0
    share = float((label > 0.5).mean())
    one, two = usual / (2 - usual) - usual**2, 2 * usual**2 / (1 + usual) - usual**2
    return math.sqrt(max(0.0, one / share + two / (1 - share))) if 0 < share < 1 else 0.0
