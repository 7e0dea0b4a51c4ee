"""A second data set: rides hired an hour at a station. A regression, by other columns, from tables without weather."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import polars as pl

from ml.monitoring import faults
from ml.schema import Feature, Schema
from ml.source import About, Table

STATIONS = ("harbour", "market", "museum", "park", "station", "university")
SCHEMA = Schema(
    name="rides",
    task="regression",
    features=(
        Feature(name="hour", nullable=False),
        Feature(name="weekday", nullable=False),
        Feature(name="station", kind="category", categories=STATIONS, nullable=False),
        Feature(name="rides_a_day_before"),
        Feature(name="rides_a_week_before"),
    ),
)
LABEL = "label"
BASE_RATE = 20.0
SLICES = ("station",)
HORIZON = timedelta(hours=1)
HISTORY = timedelta(days=8)
START, END = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 9, 1, tzinfo=UTC)
FAULTS = {"clock an hour off": faults.shifted("hour", 1, modulo=24)}


ABOUT = About(purpose="The rides that will be hired at a station in an hour.", limits=("Made-up numbers.",))


TABLES = {"slots": Table(("prediction_id",), "event_time"), "counts": Table(("prediction_id",), "counted_at")}


@cache
def _year() -> pl.DataFrame:
    random = np.random.default_rng(7)
    hours = pl.datetime_range(START, END, "1h", closed="left", time_unit="us", time_zone="UTC", eager=True)
    slots = pl.DataFrame({"event_time": hours}).join(pl.DataFrame({"station": STATIONS}), how="cross")
    hour, day = slots["event_time"].dt.hour().to_numpy(), slots["event_time"].dt.ordinal_day().to_numpy()
    weekend = slots["event_time"].dt.weekday().to_numpy() > 5
    place = np.tile(np.linspace(0.6, 1.6, len(STATIONS)), len(hours))
    mean = place * (12 + 10 * np.sin((hour - 8) / 24 * 2 * np.pi) + 6 * (hour == 17) * ~weekend) * (1 + day / 400)
    return slots.with_columns(
        pl.format("{}-{}", "station", pl.col("event_time").dt.strftime("%Y%m%d%H")).alias("prediction_id"),
        pl.Series("rides", random.poisson(np.maximum(mean, 0.5)).astype(np.float64)),
        (pl.col("event_time") + timedelta(hours=1)).alias("counted_at"),
    )


def arrivals(start: datetime, end: datetime) -> dict[str, pl.DataFrame]:
    year = _year()
    counted = year.filter(pl.col("counted_at").is_between(start, end, closed="left"))
    return {
        "slots": year.filter(pl.col("event_time").is_between(start, end, closed="left")).select(
            "prediction_id", "event_time", "station"
        ),
        "counts": counted.select("prediction_id", "counted_at", "rides"),
    }


def labels(read: Callable[[str], pl.DataFrame]) -> pl.DataFrame:
    return read("counts").select("prediction_id", pl.col("counted_at").alias("known_at"), pl.col("rides").alias(LABEL))


def counted_apart(_tables: dict[str, pl.DataFrame]) -> dict[str, int]:
    return {}


def spoiled(tables: dict[str, pl.DataFrame]) -> tuple[str, pl.DataFrame, str]:
    return "counts", tables["counts"].with_columns(-pl.col("rides")), "the sign of every count"
