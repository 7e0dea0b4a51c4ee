"""Scoring of a table a day at a time: what one release predicted of one day's rows is one object, written once."""

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import polars as pl

from ml import agreed, bundle, features, published, training
from ml.bundle import Bundle
from ml.dataset import HISTORY, HORIZON, TABLES
from ml.schema import SchemaError
from ml.store import Bucket, StoreError
from ml.tables import Tables, since
from ml.wiring import Wiring

HOSTS = Path("/opt/ml/config/resourceconfig.json")
"""Which of its instances a processing job is on:
docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html"""
ATTEMPTS = 3
DAY = timedelta(days=1)
WHO = ("prediction_id", "event_time", "predicted_at")


class DayError(Exception):
    """A day whose rows cannot be scored."""


@dataclass(frozen=True, kw_only=True)
class Shard:
    """The part of the days that one of several runs scores. A day is always the same shard's."""

    index: int = 0
    count: int = 1

    def __post_init__(self) -> None:
        if self.count < 1 or not 0 <= self.index < self.count:
            raise ValueError(f"shard {self.index} of {self.count} is none, expected 0 to {max(self.count, 1) - 1}")

    def has(self, day: date) -> bool:
        return day.toordinal() % self.count == self.index

    @classmethod
    def of_instance(cls, file: Path = HOSTS) -> "Shard":
        """The instance's own, where a processing job runs on several; else all days."""
        if not file.exists():
            return cls()
        try:
            told = json.loads(file.read_text())
            hosts = sorted(told["hosts"])
            return cls(index=hosts.index(told["current_host"]), count=len(hosts))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{file} does not say which instance this is: {error!r}") from error


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one day."""

    day: date
    status: str
    """`scored`, `there already`, `no rows` or `failed`."""
    rows: int = 0
    """How many were scored now."""
    reason: str = ""


def closed_days(until: datetime, count: int, horizon: timedelta = HORIZON) -> list[date]:
    """The latest days, oldest first, of which every row could be predicted by `until`."""
    last = (until + horizon).astimezone(UTC).date() - DAY
    return [last - DAY * back for back in reversed(range(count))]


def key(sha256: str, day: date) -> str:
    """Where the rows of a day that a bundle has scored lie in the capture bucket."""
    return f"{agreed.SCORED}date={day}/release={sha256}/rows.parquet"


def score(frame: pl.DataFrame, model: Bundle) -> pl.DataFrame:
    """The rows with the model's `prediction`, its `release` and the features that it was given.

    Raises DayError where a feature is not what the model takes, or a prediction is not a finite number.
    """
    try:
        prediction = model.predict(training.matrix(frame, model.schema))
    except SchemaError as error:
        raise DayError(f"{error} (the features of ml/features.py do not fit the release)") from error
    broken = ~np.isfinite(prediction)
    if broken.any():
        row = frame["prediction_id"][int(broken.argmax())]
        raise DayError(f"{row} has no finite prediction, nor have {int(broken.sum()) - 1} other rows")
    given = [name for name in model.schema.names if name in frame.columns]
    return frame.select(
        *WHO,
        pl.lit(model.sha256).alias("release"),
        pl.Series("prediction", prediction.astype(np.float64)),
        *given,
    )


def run(
    wiring: Wiring, model: Bundle, days: Sequence[date], *, shard: Shard | None = None, tables: Tables | None = None
) -> Iterator[Outcome]:
    """Scores the shard's days one after the other and says of each what became of it.

    A day that was scored before gets only the rows that have come since. Raises StoreError and TableError.
    """
    mine = [day for day in days if (shard or Shard()).has(day)]
    if not mine:
        return
    tables = tables or Tables.of(wiring.tables_bucket)
    start, end = _midnight(mine[0]), _midnight(mine[-1]) + DAY
    known = since({name: tables.read(name) for name in TABLES}, start - HISTORY)
    frame = features.build(known, start=start, end=end).unique("prediction_id", keep="first", maintain_order=True)
    by_day = frame.with_columns(_day=pl.col("event_time").dt.date()).partition_by("_day", as_dict=True)
    bucket = Bucket(wiring.capture_bucket)
    for day in mine:
        rows = by_day.get((day,))
        if rows is None:
            yield Outcome(day=day, status="no rows")
            continue
        try:
            added = _score_day(bucket, model, day, rows.drop("_day"))
        except DayError as error:
            yield Outcome(day=day, status="failed", reason=str(error))
        else:
            yield Outcome(day=day, status="scored" if added else "there already", rows=added)


def _score_day(bucket: Bucket, model: Bundle, day: date, rows: pl.DataFrame) -> int:
    """Writes the day's object, or adds to it the rows that it lacks; how many rows were scored."""
    address = key(model.sha256, day)
    for _ in range(ATTEMPTS):
        stored = bucket.get(address)
        if stored is None:
            if bucket.put_new(address, encoded(score(rows, model))):
                return rows.height
            continue
        before = _decoded(stored, bucket.url(address))
        fresh = rows.join(before, on="prediction_id", how="anti")
        if fresh.is_empty():
            return 0
        both = pl.concat([before, score(fresh, model)], how="diagonal").sort("event_time", "prediction_id")
        if bucket.put_over(address, encoded(both), known=stored):
            return fresh.height
    raise StoreError(f"{bucket.url(address)} was changed by others {ATTEMPTS} times: run this again")


def encoded(frame: pl.DataFrame) -> bytes:
    """A Parquet file; the same rows give the same bytes."""
    content = io.BytesIO()
    frame.write_parquet(content)
    return content.getvalue()


def _decoded(content: bytes, address: str) -> pl.DataFrame:
    try:
        return pl.read_parquet(content)
    except pl.exceptions.PolarsError as error:
        raise StoreError(f"{address} is not whole: {error}. Delete it, and run this again") from error


def captured(bucket: Bucket, days: Sequence[date]) -> pl.DataFrame:
    """What all releases have predicted of the days, as the capture lines of an endpoint are read."""
    keys = [found for day in days for found in bucket.keys(f"{agreed.SCORED}date={day}/")]
    frames = [_decoded(bucket.get(found) or b"", bucket.url(found)) for found in keys]
    if not frames:
        return pl.DataFrame()
    return pl.concat(frames, how="diagonal").with_columns(
        pl.col("release").map_elements(bundle.release, return_dtype=pl.String),
        at=pl.col("predicted_at"),
        variant=pl.lit("batch"),
    )


def publish(wiring: Wiring, outcomes: Sequence[Outcome], until: datetime) -> None:
    """The run as CloudWatch metrics, as `infra/alarms.py` expects them."""
    dimensions = [{"Name": published.ENDPOINT, "Value": wiring.endpoint_name}]
    done = [outcome.day for outcome in outcomes if outcome.status in ("scored", "there already")]
    figures = {
        published.BATCH_FAILED_DAYS: sum(outcome.status == "failed" for outcome in outcomes),
        published.BATCH_ROWS: sum(outcome.rows for outcome in outcomes),
    }
    if done:
        figures[published.BATCH_AGE_HOURS] = (until - _midnight(max(done)) - DAY).total_seconds() / 3600
    data: list[Any] = [
        {"MetricName": name, "Dimensions": dimensions, "Value": value} for name, value in figures.items()
    ]
    boto3.client("cloudwatch").put_metric_data(Namespace=wiring.metrics_namespace, MetricData=data)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
