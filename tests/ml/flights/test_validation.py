"""The contracts of the raw tables: clean months pass, faulty batches are refused with row, column, value and rule."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from ml import dataset
from ml.contract import ContractError, Finding
from ml.validation import CONTRACTS

MONTHS = [datetime(2013, month, 1, tzinfo=UTC) for month in range(1, 13)] + [dataset.END]
START, END = MONTHS[4], MONTHS[5]
ROW = pl.int_range(pl.len())
Corrupt = Callable[[pl.DataFrame], pl.DataFrame]


@pytest.fixture(scope="module")
def may() -> dict[str, pl.DataFrame]:
    return dataset.arrivals(START, END)


def change(column: str, new: pl.Expr, *, of: pl.Expr | None = None) -> Corrupt:
    """Replaces a column, in some rows."""
    value = new if of is None else pl.when(of).then(new).otherwise(pl.col(column))
    return lambda frame: frame.with_columns(value.alias(column))


def swap(one: str, other: str) -> Corrupt:
    return lambda frame: frame.with_columns(pl.col(one).alias(other), pl.col(other).alias(one))


def shift(hours: int, *columns: str) -> Corrupt:
    return lambda frame: frame.with_columns(pl.col(columns) + timedelta(hours=hours))


def refusal(table: str, frame: pl.DataFrame, **period: datetime) -> list[Finding]:
    with pytest.raises(ContractError) as refused:
        CONTRACTS[table].require(table, frame, **period)
    assert refused.value.table == table
    return refused.value.findings


@pytest.mark.slow
@pytest.mark.parametrize("month", range(12))
def test_every_clean_month_passes_unchanged(month: int) -> None:
    start, end = MONTHS[month], MONTHS[month + 1]
    for table, frame in dataset.arrivals(start, end).items():
        if not frame.is_empty():
            assert CONTRACTS[table].require(table, frame, start=start, end=end) is frame


@pytest.mark.slow
def test_every_clean_week_passes() -> None:
    start = dataset.START
    while start < dataset.END:
        end = min(start + timedelta(days=7), dataset.END)
        for table, frame in dataset.arrivals(start, end).items():
            # The source's weather ends a day before the year does.
            if not frame.is_empty() and (table != "weather" or end < dataset.END):
                CONTRACTS[table].require(table, frame, start=start, end=end)
        start = end


km = pl.col("distance") * 1_609 // 1_000
cancelled = pl.col("status") == "cancelled"
most = ROW % 5 > 0
nothing = pl.lit(None)

CORRUPTIONS: dict[str, tuple[str, str, Corrupt]] = {
    "a column renamed": (
        "flights",
        "dest, expected: a column of the contract",
        lambda frame: frame.rename({"dest": "to"}),
    ),
    "a column lost": ("weather", "pressure, expected: a column of the contract", lambda frame: frame.drop("pressure")),
    "a column more": (
        "flights",
        "gate, expected: a column that the contract does not know",
        change("gate", pl.lit("A")),
    ),
    "numbers as text": ("flights", "distance = String", change("distance", pl.col("distance").cast(pl.String))),
    "times without a zone": (
        "flights",
        "event_time = Datetime",
        change("event_time", pl.col("event_time").dt.replace_time_zone(None)),
    ),
    "kilometres for miles": ("flights", "a median speed", change("distance", km)),
    "kilometres in a hundredth": (
        "flights",
        "the same for every flight of its",
        change("distance", km, of=ROW % 100 == 7),
    ),
    "delays in seconds": (
        "outcomes",
        "a median distance from 0",
        change("arrival_delay", pl.col("arrival_delay") * 60),
    ),
    "delays in hours": ("outcomes", "a median distance from 0", change("arrival_delay", pl.col("arrival_delay") // 60)),
    "air time in hours": ("outcomes", "air_time = ", change("air_time", pl.col("air_time") // 60)),
    "0 for null delays": (
        "outcomes",
        "arrival_delay = 0, expected: a number where the flight landed",
        change("arrival_delay", pl.col("arrival_delay").fill_null(0)),
    ),
    "-999 for null delays": (
        "outcomes",
        "departure_delay = -999, expected: a number unless the flight was cancelled",
        change("departure_delay", pl.lit(-999), of=cancelled),
    ),
    "0 for null pressure": ("weather", "pressure = 0", change("pressure", pl.col("pressure").fill_null(0))),
    "0 for null gusts": ("weather", "wind_gust = 0", change("wind_gust", pl.col("wind_gust").fill_null(0))),
    "-999 for a temperature": ("weather", "row 50: temperature", change("temperature", pl.lit(-999.0), of=ROW == 50)),
    "hectopascal as pascal": ("weather", "pressure = ", change("pressure", pl.col("pressure") * 100)),
    "origin and destination swapped": ("flights", "expected: one of EWR JFK LGA", swap("origin", "dest")),
    "delays swapped": ("outcomes", "departure_delay = -", swap("departure_delay", "arrival_delay")),
    "temperature and dew point swapped": ("weather", "at most the temperature", swap("temperature", "dew_point")),
    "wind and gusts swapped": ("weather", "at least the wind_speed", swap("wind_speed", "wind_gust")),
    "departure and arrival swapped": ("flights", "30 to 800 minutes", swap("event_time", "scheduled_arrival")),
    "a new carrier": ("flights", "carrier = ZZ", change("carrier", pl.lit("ZZ"), of=ROW == 4_000)),
    "a flight under another's number": (
        "flights",
        "its carrier, flight, origin",
        change("flight", pl.lit(1), of=ROW == 9),
    ),
    "an unknown status": ("outcomes", "status = delayed", change("status", pl.lit("delayed"), of=ROW == 9)),
    "duplicated rows": ("flights", "expected: each row once", lambda frame: pl.concat([frame, frame.head(10)])),
    "a lost airport": (
        "flights",
        "origin = 2, expected: airports",
        lambda frame: frame.filter(pl.col("origin") != "LGA"),
    ),
    "an airport without weather": ("weather", "origin = 2", lambda frame: frame.filter(pl.col("origin") != "JFK")),
    "a lost half": ("flights", "expected: rows a day", lambda frame: frame.filter(ROW % 2 == 0)),
    "half of the outcomes lost": ("outcomes", "expected: rows a day", lambda frame: frame.filter(ROW % 2 == 0)),
    "half of the hours lost": ("weather", "expected: rows a day", lambda frame: frame.filter(ROW % 2 == 0)),
    "lost tail numbers": ("flights", "expected: a share of nulls", change("tailnum", nothing, of=most)),
    "missing labels": (
        "outcomes",
        "arrival_delay = None, expected: a number where the flight landed",
        change("arrival_delay", nothing, of=ROW % 10 == 3),
    ),
    "missing air times": ("outcomes", "air_time = None, expected: a number", change("air_time", nothing, of=ROW == 3)),
    "missing departures": (
        "outcomes",
        "departure_delay = None, expected: a number unless",
        change("departure_delay", nothing, of=ROW == 3),
    ),
    "most flights diverted": ("outcomes", "a share of landed", change("status", pl.lit("diverted"), of=most)),
    "New York's time taken for UTC": ("flights", "between 1 and 5", shift(-4, "event_time", "scheduled_arrival")),
    "times an hour early": ("flights", "between 1 and 5", shift(-1, "event_time", "scheduled_arrival")),
    "times an hour late": ("flights", "between 5 and 6", shift(1, "event_time", "scheduled_arrival")),
    "landings in another zone": ("outcomes", "minutes on the ground", shift(-4, "recorded_at")),
    "the sign of delays flipped": ("outcomes", "arrival_delay = -", change("arrival_delay", -pl.col("arrival_delay"))),
    "null where a value must be": (
        "flights",
        "row 12: carrier = None, expected: never null",
        change("carrier", nothing, of=ROW == 12),
    ),
    "nothing at all": ("outcomes", "no rows, expected: at least one row", lambda frame: frame.clear()),
}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_faulty_batch_is_refused_by_the_rule_that_it_breaks(name: str, may: dict[str, pl.DataFrame]) -> None:
    table, expected, corrupt = CORRUPTIONS[name]
    findings = [str(finding) for finding in refusal(table, corrupt(may[table]))]
    assert any(expected in finding for finding in findings), "\n".join(findings)


def test_a_finding_names_row_column_value_and_rule(may: dict[str, pl.DataFrame]) -> None:
    rows = change("carrier", pl.lit("ZZ"), of=ROW == 4_000)(may["flights"])
    (finding,) = [finding for finding in refusal("flights", rows) if finding.column == "carrier"]
    assert (finding.row, finding.value, finding.more) == (4_000, "ZZ", 0)
    assert str(finding).startswith("row 4000: carrier = ZZ, expected: one of 9E AA")


def test_a_rule_that_many_rows_break_lists_a_few_and_counts_the_rest(may: dict[str, pl.DataFrame]) -> None:
    findings = refusal("weather", change("humidity", pl.lit(140.0), of=ROW < 1_200)(may["weather"]))
    assert [finding.row for finding in findings] == [0, 1, 2, 3, 4]
    assert str(findings[-1]) == "row 4: humidity = 140.0, expected: from 1 to 100 (and 1,195 more rows)"


def test_all_faults_are_reported_together(may: dict[str, pl.DataFrame]) -> None:
    rows = change("distance", km)(change("flight", pl.lit(0), of=ROW == 3)(may["flights"]))
    assert {finding.column for finding in refusal("flights", rows)} >= {"distance", "flight"}


def test_last_month_sent_again_is_caught_by_the_batch_s_own_dates(may: dict[str, pl.DataFrame]) -> None:
    for table in ("flights", "outcomes", "weather"):
        CONTRACTS[table].require(table, may[table], start=START, end=END)
        findings = refusal(table, may[table], start=MONTHS[5], end=MONTHS[6])
        assert findings[0].rule == "from 2013-06-01 up to 2013-07-01, the batch's own dates"
        assert findings[0].row == 0


def test_a_batch_that_ends_or_starts_days_off_its_dates_is_caught(may: dict[str, pl.DataFrame]) -> None:
    early = may["flights"].filter(pl.col("event_time") < datetime(2013, 5, 20, tzinfo=UTC))
    assert "rows up to 2013-06-01" in {finding.rule for finding in refusal("flights", early, start=START, end=END)}
    late = may["flights"].filter(pl.col("event_time") > datetime(2013, 5, 10, tzinfo=UTC))
    assert "rows from 2013-05-01 on" in {finding.rule for finding in refusal("flights", late, start=START, end=END)}


def test_the_data_set_s_own_spoiled_batch_is_refused(may: dict[str, pl.DataFrame]) -> None:
    table, rows, _what = dataset.spoiled(may)
    assert refusal(table, rows)[0].column == "distance"
