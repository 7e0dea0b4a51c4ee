"""The fit: what XGBoost learned is what ONNX Runtime answers, and the same input gives the same bytes."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import polars as pl
import pytest

from ml import bundle, training
from ml.dataset import LABEL
from ml.schema import SchemaError, Task
from tests.ml.orders import KINDS, orders, schema

TASKS: tuple[Task, ...] = ("binary", "regression")


def served(model: bytes, task: Task) -> bundle.Bundle:
    archive = bundle.write(model=model, schema=schema(task), reference={})
    return bundle.load(archive, sha256=bundle.digest(archive))


@pytest.mark.parametrize("task", TASKS)
def test_onnx_answers_what_xgboost_does_with_and_without_missing_values(task: Task) -> None:
    model = training.fit(orders(3_000, task=task), schema(task), seed=1)
    matrix = training.matrix(orders(2_000, task=task, seed=7), schema(task))
    matrix = np.concatenate([matrix, np.full((1, 3), np.nan, np.float32), np.full((1, 3), 3e38, np.float32)])
    assert np.isnan(matrix).any(axis=0).all()
    answer = served(training.to_onnx(model, schema(task)), task).predict(matrix)
    assert answer.dtype == np.float32
    assert answer.shape == (2_002,)
    np.testing.assert_allclose(answer, model.predict(matrix), rtol=1e-5, atol=2e-6 * abs(answer).max())


@pytest.mark.parametrize("task", TASKS)
def test_the_model_learns_from_numbers_categories_and_gaps(task: Task) -> None:
    train, test = orders(8_000, task=task), orders(4_000, task=task, seed=1).drop_nulls(LABEL)
    answer = served(training.train(train, schema(task), seed=1), task).predict(training.matrix(test, schema(task)))
    label = test[LABEL].to_numpy()
    assert np.mean((answer - label) ** 2) < (0.9 if task == "binary" else 0.2) * np.var(label)
    if task == "binary":
        assert 0 < answer.min() < answer.max() < 1


def test_the_graph_has_one_input_one_output_and_no_note_of_who_made_it() -> None:
    model = onnx.load_from_string(training.train(orders(1_000), schema(), seed=1))
    onnx.checker.check_model(model, full_check=True)
    assert [port.name for port in model.graph.input] == ["features"]
    assert [port.name for port in model.graph.output] == ["prediction"]
    assert not model.producer_name
    assert not model.doc_string
    assert not model.metadata_props


def digest_of(seed: int) -> str:
    model = training.train(orders(2_000), schema(), seed=seed)
    return bundle.digest(bundle.write(model=model, schema=schema(), reference={"rows": 2_000}))


@pytest.mark.slow
def test_the_same_rows_and_seed_give_the_same_bundle_in_another_process() -> None:
    there = subprocess.run(
        [sys.executable, "-c", "from test_training import digest_of; print(digest_of(5))"],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": f"{Path(__file__).parent}:{Path.cwd()}", "PYTHONHASHSEED": "1"},
    )
    assert there.stdout.strip() == digest_of(5) != digest_of(6)


def test_rows_without_a_label_do_not_count() -> None:
    frame = orders(2_000)
    spoiled = frame.with_columns(pl.when(pl.col(LABEL).is_null()).then(1e6).otherwise("amount").alias("amount"))
    assert training.train(spoiled, schema(), seed=1) == training.train(frame, schema(), seed=1)


@pytest.mark.parametrize(
    ("label", "message"),
    [(None, "no row has a label"), (1.0, "every label is 1, expected both 0 and 1")],
)
def test_a_frame_that_teaches_nothing_is_refused(label: float | None, message: str) -> None:
    frame = orders(50).with_columns(pl.lit(label, pl.Float64).alias(LABEL))
    with pytest.raises(training.TrainingError, match=message):
        training.train(frame, schema(), seed=1)


def test_the_matrix_equals_the_schema_s_own_encoding() -> None:
    frame = orders(500)
    columns = {name: frame[name].to_list() for name in schema().names}
    matrix = training.matrix(frame, schema())
    np.testing.assert_array_equal(matrix, schema().encode(columns))
    assert matrix.flags.c_contiguous
    assert set(np.unique(matrix[:, 1][~np.isnan(matrix[:, 1])])) == set(range(len(KINDS)))


def test_a_nullable_column_may_be_absent_and_no_rows_are_fine() -> None:
    frame = orders(20).drop("age", "kind")
    np.testing.assert_array_equal(
        training.matrix(frame, schema()), schema().encode({"amount": frame["amount"].to_list()})
    )
    assert training.matrix(orders(20).clear(), schema()).shape == (0, 3)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("amount", None, "row 3 is null"),
        ("amount", float("nan"), "row 3 is not a finite"),
        ("age", float("inf"), "row 3 is not a finite"),
        ("age", 1e39, "row 3 is not a finite"),
        ("kind", 2, "holds Int32, expected strings"),
        ("age", "old", "holds String, expected numbers"),
    ],
)
def test_a_column_of_another_kind_is_named(column: str, value: object, message: str) -> None:
    spoiled = pl.lit(value) if isinstance(value, int | str) else None
    wrong = (
        spoiled if spoiled is not None else pl.when(pl.int_range(pl.len()) == 3).then(pl.lit(value)).otherwise(column)
    )
    with pytest.raises(SchemaError, match=f"{column}: {message}"):
        training.matrix(orders(10).with_columns(wrong.alias(column)), schema())


def test_a_column_that_must_be_there_is_named() -> None:
    with pytest.raises(SchemaError, match="amount: is missing"):
        training.matrix(orders(10).drop("amount"), schema())


def test_a_cross_fitted_prediction_comes_from_a_model_that_did_not_see_the_week() -> None:
    frame = orders(4_000, days=56)
    number = pl.col("event_time").dt.ordinal_day() // 7
    # The answer is written into the rows of each week in another way: only its own model could read it.
    leaky = frame.with_columns((pl.col("label").fill_null(0) * 1e3 * (number % 2 * 2 - 1)).alias("age"))
    fitted = training.cross_fit(leaky, schema(), seed=1, days=7)
    assert fitted.height == frame.height - frame[LABEL].null_count()
    seen = served(training.train(leaky, schema(), seed=1), "binary").predict(training.matrix(fitted, schema()))
    label = fitted[LABEL].to_numpy()
    assert np.mean((seen - label) ** 2) < np.mean((fitted["prediction"].to_numpy() - label) ** 2)
