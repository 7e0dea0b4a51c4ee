import json
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from ml.monitoring.captures import captured
from ml.monitoring.join import join
from ml.schema import Feature, Schema

NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)
NOW = NOON + timedelta(days=2)
SCHEMA = Schema(
    name="things",
    task="binary",
    features=(Feature(name="size"), Feature(name="kind", kind="category", categories=("a", "b"))),
)


def line(name: str, **changes: object) -> str:
    row = {
        "capture": 1,
        "id": name,
        "event_time": "2024-03-01T12:00:00+00:00",
        "at": "2026-01-01T00:00:00Z",
        "release": "abc",
        "variant": "champion",
        "prediction": 0.5,
        "features": {"size": 1, "kind": "a"},
        "latency_ms": 2.0,
    }
    return json.dumps(row | changes)


def labels(*rows: tuple[str, float | None, datetime | None]) -> pl.DataFrame:
    types = {"prediction_id": pl.String, "label": pl.Float64, "known_at": pl.Datetime("us", "UTC")}
    return pl.DataFrame(rows, schema=types, orient="row")


def label_of(frame: pl.DataFrame) -> dict[str, float | None]:
    return dict(frame.select("prediction_id", "label").iter_rows())


LATER = NOON + timedelta(hours=5)


def test_a_capture_line_becomes_a_row_with_the_features_as_sent():
    frame = captured(
        [line("x"), line("y", features={"size": None}, event_time="2024-03-01T07:00:00-05:00").encode()], SCHEMA
    )

    assert frame["event_time"].to_list() == [NOON, NOON]
    assert frame["size"].to_list() == [1.0, None]
    assert frame["kind"].to_list() == ["a", None]


@pytest.mark.parametrize(
    "other", ["", "INFO started", '{"capture":1,"id":"x"', '{"capture":2}', '["capture"]', b"\xff\xfe"]
)
def test_lines_of_another_kind_and_torn_ones_are_passed_over(other: str | bytes):
    assert captured([other, line("x")], SCHEMA)["prediction_id"].to_list() == ["x"]


def test_no_captures_are_an_empty_frame_that_can_be_joined():
    joined = join(captured([], SCHEMA), labels(), now=NOW)

    assert joined.frame.is_empty()
    assert set(joined.frame.columns) >= {"prediction", "label", "latency_ms", "size", "kind"}
    assert joined.counts["predictions"] == 0


def test_a_retry_counts_once_with_its_first_answer():
    lines = [line("x", prediction=0.9, at="2026-01-01T00:00:05Z"), line("x", prediction=0.1), line("y")]

    joined = join(captured(lines, SCHEMA), labels(("x", 1.0, LATER)), now=NOW)

    assert dict(joined.frame.select("prediction_id", "prediction").iter_rows()) == {"x": 0.1, "y": 0.5}
    assert joined.counts["repeated"] == 1
    assert joined.counts["predictions"] == 2


def test_a_label_that_never_comes_leaves_its_prediction_in_the_window():
    joined = join(
        captured([line("x"), line("y"), line("z")], SCHEMA), labels(("x", 1.0, LATER), ("z", None, None)), now=NOW
    )

    assert label_of(joined.frame) == {"x": 1.0, "y": None, "z": None}
    assert joined.counts["without_label"] == 2


def test_of_a_label_that_comes_twice_the_latest_counts():
    corrected = labels(("x", 1.0, LATER + timedelta(hours=1)), ("x", 0.0, LATER))

    joined = join(captured([line("x")], SCHEMA), corrected, now=NOW)

    assert label_of(joined.frame) == {"x": 1.0}
    assert joined.counts["labels_repeated"] == 1


def test_labels_of_other_windows_are_not_counted():
    others = labels(("y", 1.0, LATER), ("y", 0.0, LATER), ("z", 0.0, NOON - timedelta(days=9)))

    joined = join(captured([line("x")], SCHEMA), others, now=NOW)

    assert joined.counts["labels_repeated"] == joined.counts["labels_early"] == 0


def test_a_label_is_not_used_before_it_was_known():
    early = join(captured([line("x")], SCHEMA), labels(("x", 1.0, LATER)), now=LATER - timedelta(hours=1))

    assert label_of(early.frame) == {"x": None}


def test_a_label_known_before_its_prediction_is_a_leak_and_not_used():
    lines = captured([line("x"), line("y")], SCHEMA)
    horizon = timedelta(hours=2)
    known = labels(("x", 1.0, NOON - timedelta(hours=3)), ("y", 1.0, NOON - timedelta(hours=1)))

    joined = join(lines, known, now=NOW, horizon=horizon)

    assert label_of(joined.frame) == {"x": None, "y": 1.0}
    assert joined.counts["labels_early"] == 1


def test_clocks_that_differ_by_minutes_lose_no_label():
    slow = labels(("x", 1.0, NOON - timedelta(minutes=4)), ("y", 0.0, NOW + timedelta(minutes=4)))

    joined = join(captured([line("x"), line("y")], SCHEMA), slow, now=NOW)

    assert label_of(joined.frame) == {"x": 1.0, "y": 0.0}


def test_a_label_that_is_here_before_its_capture_is_joined_when_that_comes():
    known = labels(("x", 1.0, LATER), ("y", 0.0, LATER))

    before = join(captured([line("y")], SCHEMA), known, now=NOW)
    after = join(captured([line("y"), line("x")], SCHEMA), known, now=NOW)

    assert label_of(before.frame) == {"y": 0.0}
    assert label_of(after.frame) == {"x": 1.0, "y": 0.0}


def test_a_capture_without_id_or_time_is_counted_and_left_out():
    joined = join(captured([line("x", id=None), line("y", event_time="soon"), line("z")], SCHEMA), labels(), now=NOW)

    assert joined.frame["prediction_id"].to_list() == ["z"]
    assert joined.counts["unusable"] == 2


def test_the_join_depends_on_no_order():
    lines = [
        line(name, prediction=number / 10, at=f"2026-01-01T00:00:0{number}Z") for number, name in enumerate("xyzxy")
    ]
    known = labels(("x", 1.0, LATER), ("y", 0.0, LATER), ("y", 1.0, NOON + timedelta(hours=6)))

    one = join(captured(lines, SCHEMA), known, now=NOW)
    other = join(captured(lines[::-1], SCHEMA), known[::-1], now=NOW)

    assert one.frame.equals(other.frame)
    assert one.counts == other.counts
