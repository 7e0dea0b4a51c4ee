from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.monitoring import window
from ml.monitoring.window import Window

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(1969, 1, 1), datetime(2060, 1, 1)).map(lambda when: when.replace(tzinfo=UTC))


def times(*moments: datetime) -> pl.DataFrame:
    return pl.DataFrame({"event_time": moments}, schema={"event_time": pl.Datetime("us", "UTC")})


def test_windows_of_seven_days_are_calendar_weeks():
    assert window.containing(MONDAY + timedelta(days=6, hours=23)) == Window(MONDAY, MONDAY + timedelta(days=7))
    assert window.containing(MONDAY + timedelta(days=7)).start == MONDAY + timedelta(days=7)


@settings(deadline=None)
@given(MOMENTS, st.integers(1, 40))
def test_every_moment_lies_in_exactly_the_window_that_its_number_names(when: datetime, days: int):
    found = window.containing(when, days)
    (number,) = window.numbers(times(when)["event_time"], days)

    assert found.start <= when < found.end
    assert found.start == window.EPOCH + int(number) * timedelta(days=days)


@settings(deadline=None)
@given(MOMENTS, st.integers(1, 40))
def test_the_latest_closed_window_has_waited_for_late_labels(now: datetime, days: int):
    wait = timedelta(days=1)
    found = window.latest_closed(now, days=days, wait=wait)

    assert found.end + wait <= now
    assert found.end + timedelta(days=days) + wait > now


def test_a_window_holds_its_start_and_not_its_end():
    week = window.containing(MONDAY)
    rows = week.rows(times(week.start - timedelta(microseconds=1), week.start, week.end))

    assert rows["event_time"].to_list() == [week.start]


def test_captures_are_read_a_day_around_the_window_because_a_clock_may_be_off():
    assert Window(MONDAY, MONDAY + timedelta(days=1)).dates() == [
        date(2023, 12, 31),
        date(2024, 1, 1),
        date(2024, 1, 2),
        date(2024, 1, 3),
    ]


def test_between_gives_whole_windows_only():
    found = window.between(MONDAY + timedelta(days=1), MONDAY + timedelta(days=30))

    assert [week.start for week in found] == [MONDAY + timedelta(days=7 * number) for number in (1, 2, 3)]


def test_a_cut_off_week_is_no_block():
    full = [MONDAY + timedelta(days=7 * week, hours=hour) for week in (0, 2) for hour in range(10)]
    frame = times(*full, MONDAY + timedelta(days=7)).sample(fraction=1, shuffle=True, seed=1)

    parts = window.blocks(frame)

    assert [len(part) for part in parts] == [10, 10]
    assert all(np.unique(window.numbers(frame["event_time"][part])).size == 1 for part in parts)
    assert window.blocks(frame.clear()) == []
