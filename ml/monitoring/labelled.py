"""The labelled rows of a window, and whether they are enough to judge by."""

from typing import Any

import polars as pl
from numpy.typing import NDArray

from ml.monitoring import limits, window

MIN_SHARE = 0.5
"""Labels that come first are not like those that come late: a window waits for this share of them."""


def rows(data: pl.DataFrame) -> pl.DataFrame:
    """The rows with a label and a prediction, both finite."""
    if not {"label", "prediction"} <= set(data.columns):
        return pl.DataFrame(schema={"prediction": pl.Float64, "label": pl.Float64})
    pair = pl.col("prediction", "label").cast(pl.Float64, strict=False)
    return data.with_columns(pair).filter(pl.col("prediction").is_finite(), pl.col("label").is_finite())


def blocks(labelled: pl.DataFrame, days: int) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """Prediction and label of each block of a reference's labelled rows."""
    prediction, label = labelled["prediction"].to_numpy(), labelled["label"].to_numpy()
    return [(prediction[block], label[block]) for block in window.blocks(labelled, days)]


def shortage(data: pl.DataFrame, labelled: pl.DataFrame, reference: dict[str, Any]) -> str | None:
    """Why the labelled rows cannot be judged: by nothing, or too few; or null."""
    if not reference:
        return "the model has no reference statistics"
    if labelled.height < limits.MIN_ROWS:
        return f"{labelled.height} labelled predictions, {limits.MIN_ROWS} are needed"
    if labelled.height < MIN_SHARE * data.height:
        return f"{labelled.height} of {data.height} predictions have a label, {MIN_SHARE:.0%} are needed"
    return None
