"""The signature of a model: names, kinds and codes; what it refuses, and by which name."""

import json
import math

import numpy as np
import pytest

from ml.schema import FLOAT32_MAX, Feature, Schema, SchemaError
from tests.ml.orders import schema


def test_columns_become_a_matrix_in_the_schema_s_order() -> None:
    columns = {"age": [1, None], "kind": ["lamp", "book"], "amount": [2.5, 3], "prediction_id": ["a", "b"]}
    matrix = schema().encode(columns)
    assert matrix.dtype == np.float32
    np.testing.assert_array_equal(matrix, [[2.5, 2, 1], [3, 0, math.nan]])


def test_an_unknown_category_is_missing_and_a_nullable_column_may_be_absent() -> None:
    np.testing.assert_array_equal(schema().encode({"amount": [1], "kind": ["carpet"]}), [[1, math.nan, math.nan]])


@pytest.mark.parametrize(
    ("columns", "field", "message"),
    [
        ({"amount": [1], "colour": ["red"]}, "colour", "is not a feature"),
        ({"kind": ["lamp"]}, "amount", "is missing"),
        ({"amount": [1, 2], "age": [1]}, "age", "has 1 rows, expected 2"),
        ({"amount": [1, None]}, "amount", "row 1 is null"),
        ({"amount": ["1"]}, "amount", "row 0 is '1', expected a number"),
        ({"amount": [True]}, "amount", "row 0 is True, expected a number"),
        ({"amount": [math.nan]}, "amount", "expected a finite 32-bit number"),
        ({"amount": [math.inf]}, "amount", "expected a finite 32-bit number"),
        ({"amount": [10**400]}, "amount", "expected a finite 32-bit number"),
        ({"amount": [-FLOAT32_MAX * 2]}, "amount", "expected a finite 32-bit number"),
        ({"amount": [1], "kind": [3]}, "kind", "row 0 is 3, expected a string"),
    ],
)
def test_a_column_that_does_not_fit_is_named(columns: dict, field: str, message: str) -> None:
    with pytest.raises(SchemaError, match=message) as refused:
        schema().encode(columns)
    assert refused.value.field == field


def test_the_largest_number_fits() -> None:
    assert schema().encode({"amount": [FLOAT32_MAX]})[0, 0] == np.float32(FLOAT32_MAX)


def test_the_json_form_gives_the_same_schema_back() -> None:
    assert Schema.from_dict(json.loads(json.dumps(schema("regression").to_dict()))) == schema("regression")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "version: is 2, expected 1"),
        ({"task": "ranking"}, "task: is 'ranking', expected binary or regression"),
        ({"id_column": "age"}, "age: is named twice"),
        ({"features": [{"name": "a", "kind": "text", "nullable": True, "categories": []}]}, "a: is of kind 'text'"),
        ({"features": [{"name": "a", "kind": "category", "nullable": True, "categories": []}]}, "0 categories"),
        ({"features": [{"name": "a", "kind": "number", "nullable": True, "categories": ["x"]}]}, "1 categories"),
        ({"features": [{"name": "a", "kind": "category", "nullable": True, "categories": ["x", "x"]}]}, "twice"),
    ],
)
def test_a_json_form_that_means_something_else_is_refused(change: dict, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        Schema.from_dict({**schema().to_dict(), **change})


@pytest.mark.parametrize("change", [{"colour": "red"}, {"features": [{"name": "a", "categories": [], "unit": "m"}]}])
def test_an_unknown_field_is_refused(change: dict) -> None:
    with pytest.raises(TypeError):
        Schema.from_dict({**schema().to_dict(), **change})


def test_a_name_given_twice_is_refused() -> None:
    with pytest.raises(SchemaError, match="amount: is named twice"):
        Schema(name="orders", task="binary", features=(Feature(name="amount"), Feature(name="amount")))
