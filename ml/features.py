"""The features of each flight from what was known when it was predicted: the same code for training and for scoring."""

from datetime import datetime, timedelta

import polars as pl

from ml.dataset import HORIZON, LABEL, SCHEMA, labels

LOCAL = "America/New_York"
WEATHER_DELAY = timedelta(hours=1)
"""The observation of an hour may be of its last minute, so it counts as known when the hour is over."""
WEATHER_STALE = timedelta(hours=6)
WINDOWS = {"3h": timedelta(hours=3), "1d": timedelta(days=1), "7d": timedelta(days=7)}
GROUPS = {"origin": ("origin",), "carrier": ("carrier",), "route": ("origin", "dest")}


def build(
    tables: dict[str, pl.DataFrame], *, start: datetime | None = None, end: datetime | None = None
) -> pl.DataFrame:
    """One row a flight with an event time in [start, end): ids and times, label where known, the schema's features.

    A row depends only on what was known at its `predicted_at`, given tables that reach dataset.HISTORY before `start`.
    """
    flights = tables["flights"].with_columns(_departures(), (pl.col("event_time") - HORIZON).alias("predicted_at"))
    known = labels(tables.__getitem__).sort("known_at")
    # A label that was corrected: the first is what was known then, the last is right.
    first, last = (known.unique("prediction_id", keep=keep, maintain_order=True) for keep in ("first", "last"))
    landed = flights.select("prediction_id", "origin", "carrier", "dest").join(first, on="prediction_id")
    if start is not None:
        flights = flights.filter(pl.col("event_time") >= start)
    if end is not None:
        flights = flights.filter(pl.col("event_time") < end)
    frame = flights.join(last, on="prediction_id", how="left").join(tables["planes"], on="tailnum", how="left")
    frame = _with_weather(frame.with_columns(_schedule()), tables["weather"])
    for name, keys in GROUPS.items():
        frame = _with_late_rates(frame, landed, name, keys)
    columns = ("prediction_id", "event_time", "predicted_at", "known_at", LABEL, *SCHEMA.names)
    return frame.select(columns).sort("event_time", "prediction_id")


def _departures() -> pl.Expr:
    """Departures that the timetable has from the same airport in the same hour."""
    return pl.len().over("origin", pl.col("event_time").dt.truncate("1h")).cast(pl.Float64).alias("departures")


def _schedule() -> list[pl.Expr]:
    local = pl.col("event_time").dt.convert_time_zone(LOCAL)
    return [
        (local.dt.hour() + local.dt.minute() / 60).round(4).alias("hour"),
        local.dt.weekday().cast(pl.Float64).alias("weekday"),
        (pl.col("scheduled_arrival") - pl.col("event_time")).dt.total_minutes().cast(pl.Float64).alias("duration"),
        pl.col("distance").cast(pl.Float64),
        (local.dt.year() - pl.col("year_built")).cast(pl.Float64).alias("plane_age"),
        pl.col("seats").cast(pl.Float64).alias("plane_seats"),
    ]


def _with_weather(frame: pl.DataFrame, weather: pl.DataFrame) -> pl.DataFrame:
    """The frame with the last observation at the origin that was known, if it is not stale."""
    observed = weather.with_columns((pl.col("observed_at") + WEATHER_DELAY).alias("weather_known_at"))
    return frame.sort("predicted_at", "prediction_id").join_asof(
        observed.sort("weather_known_at"),
        left_on="predicted_at",
        right_on="weather_known_at",
        by="origin",
        tolerance=WEATHER_STALE,
        check_sortedness=False,
    )


def _with_late_rates(frame: pl.DataFrame, landed: pl.DataFrame, name: str, keys: tuple[str, ...]) -> pl.DataFrame:
    """The frame with the share of late flights among those of the group that landed in each window before."""
    totals = (
        landed.group_by(*keys, "known_at")
        .agg(pl.len().cast(pl.Int64).alias("flights"), pl.col(LABEL).sum().cast(pl.Int64).alias("late"))
        .sort("known_at")
        .with_columns(pl.col("flights", "late").cum_sum().over(keys))
    )
    now = _totals_at(frame, totals, keys, timedelta(0))
    rates = []
    for window, length in WINDOWS.items():
        before = _totals_at(frame, totals, keys, length)
        flights = now["flights"] - before["flights"]
        late = now["late"] - before["late"]
        rate = pl.DataFrame({"late": late, "flights": flights}).select(
            pl.when(pl.col("flights") > 0).then((pl.col("late") / pl.col("flights")).round(4))
        )
        rates.append(rate.to_series().alias(f"{name}_late_{window}"))
    return frame.with_columns(rates)


def _totals_at(frame: pl.DataFrame, totals: pl.DataFrame, keys: tuple[str, ...], before: timedelta) -> pl.DataFrame:
    """How many flights of each row's group, and how many late ones, had landed `before` its prediction, in row order.

    Whole numbers: the difference of two totals is exact however far back the tables reach.
    """
    moments = frame.select(*keys, (pl.col("predicted_at") - before).alias("moment"))
    joined = moments.join_asof(totals, left_on="moment", right_on="known_at", by=list(keys), check_sortedness=False)
    return joined.select(pl.col("flights", "late").fill_null(0))
