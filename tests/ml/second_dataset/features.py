"""The features of each slot from what was known an hour before."""

from datetime import datetime, timedelta

import polars as pl

from ml.dataset import HORIZON, LABEL, SCHEMA, labels


def build(
    tables: dict[str, pl.DataFrame], *, start: datetime | None = None, end: datetime | None = None
) -> pl.DataFrame:
    """One row a slot with an event time in [start, end): ids and times, label where known, the schema's features."""
    slots = tables["slots"]
    counts = slots.join(tables["counts"], on="prediction_id").select("station", "event_time", "rides")
    if start is not None:
        slots = slots.filter(pl.col("event_time") >= start)
    if end is not None:
        slots = slots.filter(pl.col("event_time") < end)
    frame = slots.join(labels(tables.__getitem__), on="prediction_id", how="left").with_columns(
        (pl.col("event_time") - HORIZON).alias("predicted_at"),
        pl.col("event_time").dt.hour().cast(pl.Float64).alias("hour"),
        pl.col("event_time").dt.weekday().cast(pl.Float64).alias("weekday"),
    )
    for name, ago in {"day": timedelta(days=1), "week": timedelta(days=7)}.items():
        before = counts.select("station", pl.col("event_time") + ago, pl.col("rides").alias(f"rides_a_{name}_before"))
        frame = frame.join(before, on=["station", "event_time"], how="left")
    columns = ("prediction_id", "event_time", "predicted_at", "known_at", LABEL, *SCHEMA.names)
    return frame.select(columns).sort("event_time", "prediction_id")
