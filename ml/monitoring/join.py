"""Captured predictions and the labels that come later, joined by prediction id."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

SKEW = timedelta(minutes=5)
"""How far the clocks of the caller, the server and the source of labels may be apart."""


@dataclass(frozen=True, kw_only=True)
class Joined:
    """The window frame, one row a prediction, and what was met on the way."""

    frame: pl.DataFrame
    counts: dict[str, int]


def join(
    predictions: pl.DataFrame,
    labels: pl.DataFrame,
    *,
    now: datetime,
    horizon: timedelta = timedelta(0),
    skew: timedelta = SKEW,
) -> Joined:
    """Each prediction once, with its label where one is known by `now`.

    Args:
        predictions: prediction_id, event_time, prediction and what else the window frame needs, in any order. Of
            retries (one id several times) the first answer counts, by `at` where that column is there.
        labels: prediction_id, label, known_at, in any order. Of a label that comes twice the latest counts. A label
            known before its prediction was made (event time less `horizon`) is a leak: it is not used.
        now: labels known later than this, beyond `skew`, are not used.
    """
    usable = predictions.filter(pl.col("prediction_id").is_not_null(), pl.col("event_time").is_not_null())
    answers = usable.sort("at") if "at" in usable.columns else usable
    # Two releases answer one request where one is a shadow of the other.
    answer = [name for name in ("prediction_id", "release") if name in answers.columns]
    once = answers.unique(answer, keep="first", maintain_order=True).drop("label", "known_at", strict=False)
    known = (
        labels.select("prediction_id", "label", "known_at")
        .join(once, on="prediction_id", how="semi")
        .filter(pl.col("label").is_finite(), pl.col("known_at") <= now + skew)
    )
    latest = known.sort("known_at").unique("prediction_id", keep="last", maintain_order=True)
    joined = once.join(latest, on="prediction_id", how="left")
    early = pl.col("known_at") < pl.col("event_time") - horizon - skew
    counts = {
        "captured": predictions.height,
        "unusable": predictions.height - usable.height,
        "repeated": usable.height - once.height,
        "labels_repeated": known.height - latest.height,
        "labels_early": joined.filter(early).height,
    }
    frame = joined.with_columns(label=pl.when(early).then(None).otherwise(pl.col("label"))).drop("known_at")
    frame = frame.sort("event_time", "prediction_id")
    counts |= {"predictions": frame.height, "without_label": int(frame["label"].null_count())}
    return Joined(frame=frame, counts=counts)
