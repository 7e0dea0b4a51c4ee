"""The bodies of `/invocations`: MLflow's scoring protocol in JSON, and CSV with a header, as one record a row."""

import csv
import io
import json
import math
import re
from collections.abc import Callable
from typing import Any

import orjson

from ml.schema import Schema
from ml.serving.errors import RequestError, quote

Record = dict[str, Any]

MAX_ROWS = 10_000
# Largest body that is parsed a second time to name the field that holds a number JSON does not have.
EXPLAINED_BYTES = 64 * 1024
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)


def from_json(body: bytes, schema: Schema) -> list[Record]:
    """The rows of a JSON body. Raises RequestError for one that is not in MLflow's scoring protocol."""
    document = load_json(body)
    if not isinstance(document, dict):
        raise RequestError("body", f"is {quote(document)}, expected an object with one of {', '.join(FORMATS)}")
    unknown = [key for key in document if key not in FORMATS]
    if unknown:
        raise RequestError(unknown[0], f"is not known, expected one of {', '.join(FORMATS)}")
    if len(document) != 1:
        raise RequestError("body", f"has {len(document)} keys, expected one of {', '.join(FORMATS)}")
    [(key, value)] = document.items()
    return check_rows(FORMATS[key](key, value, schema))


def from_csv(body: bytes, schema: Schema) -> list[Record]:
    """The rows of a CSV body with a header. An empty field is a missing value."""
    try:
        lines = list(csv.reader(io.StringIO(body.decode(), newline=""), strict=True))
    except UnicodeDecodeError as error:
        raise RequestError("body", f"is not UTF-8: byte {error.start}") from error
    except csv.Error as error:
        raise RequestError("body", f"is not CSV: {error}") from error
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        raise RequestError("body", "is empty, expected a header and one line a row")
    header, *rows = lines
    check_columns("header", header)
    numbers = [feature.name for feature in schema.features if feature.kind == "number" and feature.name in header]
    records = []
    for index, row in enumerate(check_rows(rows)):
        if len(row) != len(header):
            raise RequestError("body", f"row {index} has {len(row)} fields, expected {len(header)} as in the header")
        record: Record = {name: value if value != "" else None for name, value in zip(header, row, strict=True)}
        for name in numbers:
            if record[name] is not None:
                record[name] = _number(name, record[name], index)
        records.append(record)
    return records


def load_json(body: bytes) -> Any:
    """The JSON document in a body; orjson refuses what JSON does not have, and more than 1,024 levels."""
    if len(body) > EXPLAINED_BYTES and body.count(b"[") + body.count(b"{") > 2 * MAX_ROWS:
        raise RequestError(
            "body", f"has more than {2 * MAX_ROWS} lists and objects, expected at most {MAX_ROWS} rows", 413
        )
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        document = _with_impossible_numbers(body) if len(body) <= EXPLAINED_BYTES else None
        if document is None:
            raise RequestError("body", f"is not JSON: {error}") from error
        return document


class _Impossible:
    """A number that JSON does not have, or that no float holds: refused with the field that it stands in."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _with_impossible_numbers(body: bytes) -> Any:
    """The document, if NaN, Infinity or numbers past 1e308 are all that is wrong with it, else None."""
    found = []

    def number(text: str) -> Any:
        value = float(text)
        if math.isfinite(value):
            return value
        found.append(_Impossible(text))
        return found[-1]

    try:
        document = json.loads(body, parse_constant=number, parse_float=number, parse_int=number)
        orjson.dumps(document, default=repr)
    except (ValueError, RecursionError, TypeError):
        return None
    return document if found else None


def check_rows(rows: list[Any]) -> list[Any]:
    if not rows:
        raise RequestError("body", "has no rows, expected at least one")
    if len(rows) > MAX_ROWS:
        raise RequestError("body", f"has {len(rows)} rows, expected at most {MAX_ROWS}", 413)
    return rows


def check_columns(field: str, columns: list[Any]) -> None:
    for column in columns:
        if type(column) is not str:
            raise RequestError(field, f"has {quote(column)}, expected names")
    if len(set(columns)) != len(columns):
        twice = next(column for column in columns if columns.count(column) > 1)
        raise RequestError(field, f"names {quote(twice)} twice")


def _split(key: str, value: Any, _: Schema) -> list[Record]:
    if type(value) is not dict:
        raise RequestError(key, f"is {quote(value)}, expected an object with columns and data")
    columns, data = value.get("columns"), value.get("data")
    if type(columns) is not list:
        raise RequestError(f"{key}.columns", f"is {quote(columns)}, expected a list of names")
    if type(data) is not list:
        raise RequestError(f"{key}.data", f"is {quote(data)}, expected a list of rows")
    check_columns(f"{key}.columns", columns)
    return [_zip(f"{key}.data", columns, index, row) for index, row in enumerate(data)]


def _records(key: str, value: Any, _: Schema) -> list[Record]:
    if type(value) is not list:
        raise RequestError(key, f"is {quote(value)}, expected a list of objects")
    for index, row in enumerate(value):
        if type(row) is not dict:
            raise RequestError(key, f"row {index} is {quote(row)}, expected an object")
    return value


def _instances(key: str, value: Any, schema: Schema) -> list[Record]:
    if type(value) is not list:
        raise RequestError(key, f"is {quote(value)}, expected a list of rows")
    if value and type(value[0]) is list:
        return [_zip(key, schema.names, index, row) for index, row in enumerate(value)]
    return _records(key, value, schema)


def _inputs(key: str, value: Any, schema: Schema) -> list[Record]:
    if type(value) is not dict:
        return _instances(key, value, schema)
    return transpose(value)


def transpose(columns: dict[str, Any]) -> list[Record]:
    """One record a row from one list a column."""
    rows = None
    for name, column in columns.items():
        if type(column) is not list:
            raise RequestError(name, f"is {quote(column)}, expected a list of values")
        if rows is not None and len(column) != rows:
            raise RequestError(name, f"has {len(column)} rows, expected {rows} as the columns before it")
        rows = len(column)
    check_rows(next(iter(columns.values()), []))
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _zip(field: str, columns: Any, index: int, row: Any) -> Record:
    if type(row) is not list or len(row) != len(columns):
        raise RequestError(field, f"row {index} is {quote(row)}, expected a list of {len(columns)} values")
    return dict(zip(columns, row, strict=True))


def _number(name: str, text: str, row: int) -> float:
    # float() also takes nan, inf, 1_000 and spaces.
    if not NUMBER.fullmatch(text):
        raise RequestError(name, f"row {row} is {quote(text)}, expected a number")
    return float(text)


FORMATS: dict[str, Callable[[str, Any, Schema], list[Record]]] = {
    "dataframe_split": _split,
    "dataframe_records": _records,
    "instances": _instances,
    "inputs": _inputs,
}
