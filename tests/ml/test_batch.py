"""Days are shared among shards, scored by the code that serves, and written as the same bytes each time."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from ml import agreed, batch, bundle, training
from ml.batch import DayError, Shard
from ml.bundle import Bundle
from ml.schema import Schema
from tests.ml.orders import orders, schema
from tests.ml.serving.small_models import onnx_model

UNTIL = datetime(2020, 3, 10, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    return orders(500).with_columns(predicted_at=pl.col("event_time") - timedelta(hours=1))


def model(of: Schema | None = None, **options: object) -> Bundle:
    archive = bundle.write(model=onnx_model(**options), schema=of or schema(), reference={})
    return bundle.load(archive, sha256=bundle.digest(archive))


def test_the_latest_days_are_those_of_which_every_row_could_be_predicted():
    assert batch.closed_days(UNTIL, 2, timedelta(0)) == [date(2020, 3, 8), date(2020, 3, 9)]
    assert batch.closed_days(UNTIL, 1, timedelta(hours=11)) == [date(2020, 3, 9)]
    assert batch.closed_days(UNTIL, 1, timedelta(hours=12)) == [date(2020, 3, 10)]


def test_each_day_is_one_shards_whatever_days_are_asked_for():
    shards = [Shard(index=index, count=3) for index in range(3)]
    for days in (batch.closed_days(UNTIL, 9), batch.closed_days(UNTIL, 4)):
        assert all(sum(shard.has(day) for shard in shards) == 1 for day in days)
    assert {shard.index for shard in shards for day in batch.closed_days(UNTIL, 3) if shard.has(day)} == {0, 1, 2}
    assert all(Shard().has(day) for day in days)


@pytest.mark.parametrize(("index", "count"), [(2, 2), (-1, 2), (0, 0)])
def test_a_shard_that_is_none_of_them_is_refused(index: int, count: int):
    with pytest.raises(ValueError, match="expected 0 to"):
        Shard(index=index, count=count)


def test_an_instance_finds_its_shard_in_what_sagemaker_tells_it(tmp_path: Path):
    file = tmp_path / "resourceconfig.json"
    assert Shard.of_instance(file) == Shard()
    file.write_text(json.dumps({"current_host": "algo-2", "hosts": ["algo-3", "algo-2", "algo-1"]}))
    assert Shard.of_instance(file) == Shard(index=1, count=3)
    file.write_text(json.dumps({"current_host": "algo-9", "hosts": ["algo-1"]}))
    with pytest.raises(ValueError, match="does not say which instance"):
        Shard.of_instance(file)


def test_each_row_has_its_id_the_release_and_what_the_model_answers_to_its_features(frame: pl.DataFrame):
    loaded = model()
    scored = batch.score(frame, loaded)
    assert scored.columns == ["prediction_id", "event_time", "predicted_at", "release", "prediction", *schema().names]
    assert set(scored["release"]) == {loaded.sha256}
    assert scored["prediction_id"].equals(frame["prediction_id"])
    answers = loaded.predict(training.matrix(frame, schema())).astype("float64")
    assert scored["prediction"].to_numpy().tolist() == answers.tolist()
    assert len(set(answers)) > 100


def test_the_same_rows_and_release_give_the_same_bytes(frame: pl.DataFrame):
    assert batch.encoded(batch.score(frame, model())) == batch.encoded(batch.score(frame, model()))
    assert batch.encoded(batch.score(frame, model())) != batch.encoded(batch.score(frame, model(bias=-2.0)))


def test_features_that_do_not_fit_the_release_are_named(frame: pl.DataFrame):
    with pytest.raises(DayError, match="amount: is missing"):
        batch.score(frame.drop("amount"), model())


def test_an_answer_that_is_no_number_is_no_score(frame: pl.DataFrame):
    with pytest.raises(DayError, match=r"order-\d+ has no finite prediction"):
        batch.score(frame, model(missing=None))


def test_releases_and_days_have_places_of_their_own():
    keys = {batch.key(sha256, day) for sha256 in ("a" * 64, "b" * 64) for day in batch.closed_days(UNTIL, 2)}
    assert len(keys) == 4
    assert all(key.startswith(agreed.SCORED) for key in keys)
