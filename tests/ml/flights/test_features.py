"""Features from what was known when the flight was predicted, and from nothing later."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import polars as pl
import pytest

from ml import bundle, dataset, evaluation, features, flights, training

START, END = datetime(2013, 1, 20, tzinfo=UTC), datetime(2013, 1, 27, tzinfo=UTC)
IDS = ("prediction_id", "event_time", "predicted_at")
FEATURES = (*IDS, *dataset.SCHEMA.names)


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    known = dataset.arrivals(START - dataset.HISTORY, END)
    return {**known, "planes": flights.tables()["planes"]}


@pytest.fixture(scope="module")
def frame(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    return features.build(tables, start=START, end=END)


def corrupted(tables: dict[str, pl.DataFrame], after: datetime) -> dict[str, pl.DataFrame]:
    """The tables with every outcome recorded, and all weather observed, later than a moment turned into nonsense."""
    late = pl.col("recorded_at") > after
    outcomes = tables["outcomes"].with_columns(
        pl.when(late).then(999 - pl.col("arrival_delay")).otherwise("arrival_delay").alias("arrival_delay"),
        pl.when(late).then(pl.lit("landed")).otherwise("status").alias("status"),
        pl.when(late).then(pl.col("recorded_at") + timedelta(days=3)).otherwise("recorded_at").alias("recorded_at"),
    )
    numbers = [name for name, dtype in tables["weather"].schema.items() if dtype == pl.Float64]
    weather = tables["weather"].with_columns(
        pl.when(pl.col("observed_at") > after).then(-7.0).otherwise(pl.col(name)).alias(name) for name in numbers
    )
    return {**tables, "outcomes": outcomes, "weather": weather}


@pytest.mark.parametrize("hour", [0, 9, 14, 22])
def test_a_row_does_not_depend_on_what_was_not_known_when_it_was_predicted(
    tables: dict[str, pl.DataFrame], frame: pl.DataFrame, hour: int
) -> None:
    moment = datetime(2013, 1, 23, hour, 30, tzinfo=UTC)
    spoiled = features.build(corrupted(tables, moment), start=START, end=END)
    before = pl.col("predicted_at") <= moment
    assert frame.filter(before).height > 1_000
    assert spoiled.filter(before).select(FEATURES).equals(frame.filter(before).select(FEATURES))
    assert not spoiled.filter(~before).select(FEATURES).equals(frame.filter(~before).select(FEATURES))


def test_building_piece_by_piece_with_enough_history_gives_the_same_rows(
    tables: dict[str, pl.DataFrame], frame: pl.DataFrame
) -> None:
    pieces = []
    for day in range(7):
        start = START + timedelta(days=day)
        arrived = dataset.arrivals(start - dataset.HISTORY, start + timedelta(days=1))
        piece = {**arrived, "planes": tables["planes"]}
        pieces.append(features.build(piece, start=start, end=start + timedelta(days=1)))
    assert pl.concat(pieces).select(FEATURES).equals(frame.select(FEATURES))


@pytest.mark.slow
def test_the_year_at_once_equals_the_year_month_by_month() -> None:
    year = flights.tables()
    at_once = features.build(year, start=dataset.START, end=dataset.END)
    edges = [datetime(2013, month, 1, tzinfo=UTC) for month in range(1, 13)] + [dataset.END]
    months = []
    for start, end in pairwise(edges):
        arrived = dataset.arrivals(start - dataset.HISTORY, end)
        months.append(features.build({**arrived, "planes": year["planes"]}, start=start, end=end))
    assert pl.concat(months).select(FEATURES).equals(at_once.select(FEATURES))


def test_the_frame_keeps_its_contract(frame: pl.DataFrame) -> None:
    assert tuple(frame.columns) == (*IDS, "known_at", "label", *dataset.SCHEMA.names)
    assert frame.equals(frame.sort("event_time", "prediction_id"))
    assert frame["event_time"].is_between(START, END, closed="left").all()
    assert (frame["event_time"] - frame["predicted_at"]).unique().to_list() == [dataset.HORIZON]
    assert frame.filter(pl.col("label").is_null() != pl.col("known_at").is_null()).is_empty()
    assert frame.filter(pl.col("known_at") <= pl.col("event_time")).is_empty()
    for feature in dataset.SCHEMA.features:
        assert frame.schema[feature.name] == (pl.String if feature.kind == "category" else pl.Float64)
        assert feature.nullable or not frame[feature.name].null_count()


def test_a_flight_that_has_not_landed_yet_or_never_will_has_no_label(
    tables: dict[str, pl.DataFrame], frame: pl.DataFrame
) -> None:
    without = frame.filter(pl.col("label").is_null()).join(tables["outcomes"], on="prediction_id", how="left")
    status = set(without["status"].to_list())
    assert status == {None, "cancelled", "diverted"}


def test_a_corrected_label_is_the_row_s_and_what_was_known_before_stays_as_it_was(
    tables: dict[str, pl.DataFrame], frame: pl.DataFrame
) -> None:
    landed = tables["outcomes"].filter(pl.col("status") == "landed", pl.col("recorded_at") < START)
    correction = landed.with_columns(pl.lit(500).alias("arrival_delay"), pl.lit(END).alias("recorded_at"))
    of_the_week = tables["outcomes"].filter(pl.col("status") == "landed").tail(50)
    late = of_the_week.with_columns(pl.lit(500).alias("arrival_delay"), pl.lit(END).alias("recorded_at"))
    outcomes = pl.concat([correction.cast(dict(tables["outcomes"].schema)), late.cast(dict(tables["outcomes"].schema))])
    corrected = features.build({**tables, "outcomes": pl.concat([outcomes, tables["outcomes"]])}, start=START, end=END)
    assert corrected.select(FEATURES).equals(frame.select(FEATURES))
    mine = corrected.filter(pl.col("prediction_id").is_in(late["prediction_id"].implode()))
    assert set(mine[dataset.LABEL]) == {1.0}
    assert set(mine["known_at"]) == {END}


def test_a_late_rate_counts_the_flights_that_had_landed_in_the_window(
    tables: dict[str, pl.DataFrame], frame: pl.DataFrame
) -> None:
    landed = tables["flights"].join(dataset.labels(tables.__getitem__), on="prediction_id")
    for row in frame.sample(20, seed=1).iter_rows(named=True):
        for keys, name in ((("origin",), "origin"), (("carrier",), "carrier"), (("origin", "dest"), "route")):
            for window, length in features.WINDOWS.items():
                group = landed.filter(
                    pl.col("known_at") <= row["predicted_at"],
                    pl.col("known_at") > row["predicted_at"] - length,
                    *(pl.col(key) == row[key] for key in keys),
                )
                expected = None if group.is_empty() else round(group["label"].sum() / group.height, 4)
                assert row[f"{name}_late_{window}"] == pytest.approx(expected, abs=1e-9)


def test_weather_is_the_last_hour_that_was_over_when_the_flight_was_predicted(
    tables: dict[str, pl.DataFrame], frame: pl.DataFrame
) -> None:
    for row in frame.sample(20, seed=2).iter_rows(named=True):
        over = tables["weather"].filter(
            pl.col("origin") == row["origin"], pl.col("observed_at") + timedelta(hours=1) <= row["predicted_at"]
        )
        last = over.sort("observed_at").tail(1)
        assert row["temperature"] == last["temperature"].item()
        assert row["pressure"] == last["pressure"].item()


def test_weather_that_is_stale_is_missing(tables: dict[str, pl.DataFrame]) -> None:
    old = tables["weather"].filter(pl.col("observed_at") < START - timedelta(hours=12))
    frame = features.build({**tables, "weather": old}, start=START, end=END)
    assert frame["temperature"].null_count() == frame.height


def test_no_feature_tells_the_date() -> None:
    assert not {"month", "day", "year", "week"} & set(dataset.SCHEMA.names)


@pytest.mark.slow
def test_a_winter_s_model_ranks_april_s_flights_about_as_well_as_was_measured() -> None:
    year = features.build(flights.tables())
    april, may = datetime(2013, 4, 1, tzinfo=UTC), datetime(2013, 5, 1, tzinfo=UTC)
    model = training.train(year.filter(pl.col("event_time") < april), dataset.SCHEMA, seed=2013)
    archive = bundle.write(model=model, schema=dataset.SCHEMA, reference={})
    rows = year.filter(pl.col("event_time").is_between(april, may, closed="left"))
    matrix = training.matrix(rows, dataset.SCHEMA)
    prediction = bundle.load(archive, sha256=bundle.digest(archive)).predict(matrix)
    measures = evaluation.evaluate(prediction, rows, dataset.SCHEMA)
    assert 0.72 < measures["auc"] < 0.75
    assert measures["brier"] < 0.18
