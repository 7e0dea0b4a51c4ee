"""The contracts of the raw tables: what every month of real flights keeps and a faulty batch does not."""

from datetime import timedelta

import pandera.polars as pa
import polars as pl

from ml.contract import BatchRule, Contract, RowRule
from ml.dataset import CARRIERS, DESTINATIONS, ORIGINS, TABLES

UTC = pl.Datetime("us", "UTC")
LOCAL = "America/New_York"
DAYS = 2_000
"""Rows from which a batch of flights spans days enough for its shares to be judged."""


def _text(pattern: str, *, nullable: bool = False) -> pa.Column:
    return pa.Column(pl.String, pa.Check.str_matches(pattern, error=f"like {pattern}"), nullable=nullable)


def _one_of(values: tuple[str, ...]) -> pa.Column:
    return pa.Column(pl.String, pa.Check.isin(values, error=f"one of {' '.join(values)}"))


def _range(dtype: type[pl.DataType], low: float, high: float, *, nullable: bool = True) -> pa.Column:
    return pa.Column(dtype, pa.Check.in_range(low, high, error=f"from {low:g} to {high:g}"), nullable=nullable)


def _minutes(start: str, end: str) -> pl.Expr:
    return (pl.col(end) - pl.col(start)).dt.total_minutes()


def _rows_a_day(time: str) -> pl.Expr:
    return pl.len() / ((pl.col(time).max() - pl.col(time).min()).dt.total_minutes() / 1440)


_local = pl.col("event_time").dt.convert_time_zone(LOCAL)
_landed = pl.col("status") == "landed"
_id = r"^[0-9A-Z]{2}\d{1,4}-[A-Z]{3}-\d{8}$"

CONTRACTS = {
    "flights": Contract(
        keys=TABLES["flights"].keys,
        time=TABLES["flights"].time,
        columns={
            "prediction_id": _text(_id),
            "event_time": pa.Column(UTC),
            "scheduled_arrival": pa.Column(UTC),
            "carrier": _one_of(CARRIERS),
            "flight": _range(pl.Int64, 1, 9999, nullable=False),
            "tailnum": _text("^[A-Z][0-9A-Z]{4,5}$", nullable=True),
            "origin": _one_of(ORIGINS),
            "dest": _one_of(tuple(DESTINATIONS.split())),
            "distance": _range(pl.Int64, 10, 5_000, nullable=False),
        },
        rows=(
            RowRule(
                column="prediction_id",
                rule="its carrier, flight, origin and local day",
                holds=pl.col("prediction_id")
                == pl.format("{}{}-{}-{}", "carrier", "flight", "origin", _local.dt.strftime("%Y%m%d")),
            ),
            RowRule(
                column="scheduled_arrival",
                rule="30 to 800 minutes after event_time",
                holds=_minutes("event_time", "scheduled_arrival").is_between(30, 800),
            ),
            RowRule(
                column="distance",
                rule="miles, the same for every flight of its route",
                holds=(pl.col("distance") - pl.col("distance").median().over("origin", "dest")).abs() <= 1,
            ),
        ),
        batch=(
            BatchRule(
                column="distance",
                rule="a median speed in miles an hour",
                measure=(pl.col("distance") / _minutes("event_time", "scheduled_arrival") * 60).median(),
                low=270,
                high=380,
            ),
            BatchRule(column="origin", rule="airports", measure=pl.col("origin").n_unique(), low=3, high=3),
            BatchRule(
                column="tailnum",
                rule="a share of nulls",
                measure=pl.col("tailnum").null_count() / pl.len(),
                low=0,
                high=0.4,
            ),
            BatchRule(
                column="event_time",
                rule="a share of departures between 1 and 5 o'clock in New York",
                measure=_local.dt.hour().is_between(1, 4).mean(),
                low=0,
                high=0.002,
                least_rows=DAYS,
            ),
            BatchRule(
                column="event_time",
                rule="a share of departures between 5 and 6 o'clock in New York",
                measure=(_local.dt.hour() == 5).mean(),
                low=0.001,
                high=0.02,
                least_rows=DAYS,
            ),
            BatchRule(
                column=None, rule="rows a day", measure=_rows_a_day("event_time"), low=600, high=1_200, least_rows=DAYS
            ),
        ),
    ),
    "outcomes": Contract(
        keys=TABLES["outcomes"].keys,
        time=TABLES["outcomes"].time,
        corrected=True,
        columns={
            "prediction_id": _text(_id),
            "recorded_at": pa.Column(UTC),
            "status": _one_of(("landed", "cancelled", "diverted")),
            "departed_at": pa.Column(UTC, nullable=True),
            "departure_delay": _range(pl.Int64, -60, 1_500),
            "arrival_delay": _range(pl.Int64, -120, 1_500),
            "air_time": _range(pl.Int64, 15, 800),
        },
        rows=(
            RowRule(
                column="arrival_delay",
                rule="a number where the flight landed, else null",
                holds=_landed == pl.col("arrival_delay").is_not_null(),
            ),
            RowRule(
                column="air_time",
                rule="a number where the flight landed, else null",
                holds=_landed == pl.col("air_time").is_not_null(),
            ),
            RowRule(
                column="departure_delay",
                rule="a number unless the flight was cancelled",
                holds=(pl.col("status") != "cancelled") == pl.col("departure_delay").is_not_null(),
            ),
            RowRule(
                column="recorded_at",
                rule="for a landed flight departed_at, air_time and 0 to 300 minutes on the ground",
                holds=pl.when(_landed).then(
                    (_minutes("departed_at", "recorded_at") - pl.col("air_time")).is_between(0, 300)
                ),
            ),
        ),
        batch=(
            BatchRule(
                column="arrival_delay",
                rule="a median distance from 0 in minutes",
                measure=pl.col("arrival_delay").abs().median(),
                low=5,
                high=90,
            ),
            BatchRule(
                column="status", rule="a share of landed", measure=_landed.mean(), low=0.5, high=1, least_rows=DAYS
            ),
            BatchRule(
                column=None, rule="rows a day", measure=_rows_a_day("recorded_at"), low=600, high=1_200, least_rows=DAYS
            ),
        ),
    ),
    "weather": Contract(
        keys=TABLES["weather"].keys,
        time=TABLES["weather"].time,
        gap=timedelta(days=2),
        columns={
            "origin": _one_of(ORIGINS),
            "observed_at": pa.Column(UTC),
            "temperature": _range(pl.Float64, -30, 120),
            "dew_point": _range(pl.Float64, -50, 90),
            "humidity": _range(pl.Float64, 1, 100),
            "wind_direction": _range(pl.Float64, 0, 360),
            "wind_speed": _range(pl.Float64, 0, 150),
            "wind_gust": _range(pl.Float64, 10, 200),
            "precipitation": _range(pl.Float64, 0, 5),
            "pressure": _range(pl.Float64, 940, 1_060),
            "visibility": _range(pl.Float64, 0, 10),
        },
        rows=(
            RowRule(
                column="dew_point",
                rule="at most the temperature",
                holds=pl.col("dew_point") <= pl.col("temperature"),
            ),
            RowRule(
                column="wind_gust", rule="at least the wind_speed", holds=pl.col("wind_gust") >= pl.col("wind_speed")
            ),
        ),
        batch=(
            BatchRule(
                column="origin", rule="airports", measure=pl.col("origin").n_unique(), low=3, high=3, least_rows=60
            ),
            BatchRule(
                column=None, rule="rows a day", measure=_rows_a_day("observed_at"), low=55, high=80, least_rows=200
            ),
        ),
    ),
    "planes": Contract(
        keys=TABLES["planes"].keys,
        columns={
            "tailnum": _text("^[A-Z][0-9A-Z]{4,5}$"),
            "year_built": _range(pl.Int64, 1_940, 2_013),
            "seats": _range(pl.Int64, 1, 600),
        },
    ),
}
