"""Labels that never come, come twice or too early; windows that say nothing; clocks that are off."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import polars as pl
import pytest

from ml.monitoring import window
from ml.monitoring.join import join
from ml.tables import Tables
from tests.faults.conftest import Stack
from tests.faults.rides import NOW, UNTIL

WEEK = window.latest_closed(NOW)
QUARTER = timedelta(minutes=15)


def line(id_: str, event_time: datetime, release: str, **changes: Any) -> dict[str, Any]:
    moment = event_time.isoformat()
    features = {"hour": 8.0, "weekday": 1.0, "station": "market", "rides_a_day_before": 3.0, "rides_a_week_before": 3.0}
    told = {"capture": 1, "id": id_, "event_time": moment, "at": moment, "release": release}
    return {**told, "variant": "champion", "prediction": 20.0, "latency_ms": 1.0, "features": features, **changes}


def put(stack: Stack, lines: list[dict[str, Any]], day: datetime, name: str = "0") -> None:
    """Captured lines as the endpoint delivers them, filed under a day."""
    body = gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode())
    stack.bucket("capture").put(f"capture/{stack.wiring.endpoint_name}/{day:%Y-%m-%d}/{name}.jsonl.gz", body)


def monitored(stack: Stack) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the monitor says, and the window that it recorded."""
    done = stack.run("monitor", "--now", UNTIL[1])
    assert done.code == 0, done
    [record] = (stack.bucket("capture").get("monitoring/history.jsonl") or b"").splitlines()
    return json.loads(done.out), json.loads(record)


@pytest.fixture
def champion(stack: Stack, undisturbed: str) -> str:
    """A release that answers, with reference statistics; what it is called in captures."""
    assert stack.run("pipeline", *UNTIL).code == 0
    assert stack.run("promote", "1").code == 0
    return undisturbed[:12]


@pytest.mark.slow
def test_a_window_with_nothing_or_one_row_or_no_label_is_not_enough_data_and_never_ok(stack: Stack, champion: str):
    noon = WEEK.start + timedelta(hours=12)
    windows = {
        "nothing": [],
        "one row": [line("market-2024022612", noon, champion)],
        "no labels": [line(f"none-{number}", noon + timedelta(minutes=number), champion) for number in range(300)],
    }
    for name, lines in windows.items():
        put(stack, lines, noon)
        said, record = monitored(stack)
        statuses = {result["name"]: result["status"] for result in said["results"]}
        assert record["rows"] == len(lines), name
        assert {statuses[check] for check in ("performance", "calibration")} == {"not enough data"}, name
        if len(lines) < 100:
            assert set(statuses.values()) == {"not enough data"}, name
        assert not said["decision"]["train"], name
        assert "the latest window could not be judged" in said["decision"]["reason"], name


@pytest.mark.slow
def test_labels_that_never_come_come_twice_or_come_before_the_prediction_are_counted(own_tables: Stack, champion: str):
    moment = WEEK.start + timedelta(days=1)
    ids = {kind: [f"{kind}-{number}" for number in range(60)] for kind in ("once", "twice", "early", "never")}
    put(own_tables, [line(id_, moment, champion) for kind in ids.values() for id_ in kind], moment)

    def counts(kind: str, known: timedelta, rides: float) -> pl.DataFrame:
        return pl.DataFrame({"prediction_id": ids[kind]}).with_columns(
            pl.lit(moment + known).cast(pl.Datetime("us", "UTC")).alias("counted_at"), pl.lit(rides).alias("rides")
        )

    hour = timedelta(hours=1)
    tables = Tables.of(own_tables.wiring.tables_bucket)
    batches = [counts("once", hour, 5.0), counts("twice", hour, 5.0), counts("early", -3 * hour, 5.0)]
    tables.append("counts", pl.concat(batches), "first")
    tables.append("counts", counts("twice", 2 * hour, 9.0), "corrected")
    said, record = monitored(own_tables)
    assert record["counts"] == {
        "captured": 240,
        "unusable": 0,
        "repeated": 0,
        "labels_repeated": 60,
        "labels_early": 60,
        "predictions": 240,
        "without_label": 120,
    }
    assert (record["rows"], record["labelled"]) == (240, 120)
    # 20 predicted, 5 observed once, and 9 where the label was corrected.
    calibration = next(result for result in said["results"] if result["name"] == "calibration")
    assert calibration["measures"]["observed"] == 7.0


@pytest.mark.slow
def test_a_writer_whose_clock_is_a_quarter_of_an_hour_off_loses_no_row_and_a_late_one_is_counted_once(
    stack: Stack, champion: str
):
    first, last = WEEK.start + timedelta(minutes=5), WEEK.end - timedelta(minutes=5)
    # Filed by the writer's day: the day before the window, and the day after.
    put(stack, [line("first", first, champion, at=(first - QUARTER).isoformat())], first - QUARTER)
    put(stack, [line("last", last, champion, at=(last + QUARTER).isoformat())], last + QUARTER)
    put(stack, [line("next", WEEK.end, champion)], WEEK.end - QUARTER, "1")
    assert monitored(stack)[1]["rows"] == 2
    put(stack, [line("late", first, champion), line("last", last, champion)], last, "2")
    record = monitored(stack)[1]
    assert record["rows"] == 3
    assert record["counts"]["repeated"] == 1


@pytest.mark.slow
def test_a_capture_or_a_history_that_is_not_whole_is_named_and_nothing_is_recorded_over_it(stack: Stack):
    put(stack, [line("a", WEEK.start, "abc")], WEEK.start)
    captures = stack.bucket("capture")
    [key] = captures.keys("capture/")
    whole = captures.get(key) or b""
    captures.put(key, whole[:-9])
    done = stack.run("monitor", "--now", UNTIL[1])
    assert (done.code, done.said.partition(" ")[0]) == (6, captures.url(key))
    assert captures.get("monitoring/history.jsonl") is None
    captures.put(key, whole)
    captures.put("monitoring/history.jsonl", b'{"start": "2024-')
    done = stack.run("monitor", "--now", UNTIL[1])
    assert (done.code, done.said.startswith(captures.url("monitoring/history.jsonl"))) == (6, True), done
    assert captures.get("monitoring/history.jsonl") == b'{"start": "2024-'


@pytest.mark.parametrize("off", [-QUARTER, QUARTER])
def test_a_label_whose_clock_is_a_quarter_of_an_hour_off_is_used_or_counted_and_never_before_it_is_known(
    off: timedelta,
):
    noon = datetime(2024, 3, 1, 12, tzinfo=UTC)
    types = {"prediction_id": pl.String, "event_time": pl.Datetime("us", "UTC"), "prediction": pl.Float64}
    predictions = pl.DataFrame([("a", noon, 0.5)], schema=types, orient="row")
    types = {"prediction_id": pl.String, "label": pl.Float64, "known_at": pl.Datetime("us", "UTC")}
    labels = pl.DataFrame([("a", 1.0, noon + off)], schema=types, orient="row")
    soon = join(predictions, labels, now=noon)
    later = join(predictions, labels, now=noon + timedelta(hours=1))
    assert soon.frame["label"].to_list() == [None]
    assert later.frame["label"].to_list() == [1.0 if off > timedelta(0) else None]
    assert later.counts["labels_early"] == (off < timedelta(0))


def test_every_hour_of_a_year_with_a_leap_day_and_two_changes_of_the_clock_lies_in_one_window():
    start = datetime(2024, 1, 1, tzinfo=UTC)
    windows = window.between(start, start + timedelta(weeks=53))
    assert all(one.end == other.start for one, other in pairwise(windows))
    hours = [start + timedelta(hours=number) for number in range(366 * 24)]
    frame = pl.DataFrame({"event_time": hours}, schema={"event_time": pl.Datetime("us", "UTC")})
    assert [len(each.rows(frame)) for each in windows[:52]] == [168] * 52
    assert {window.containing(hour) for hour in hours} == set(windows)
