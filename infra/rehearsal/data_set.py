"""Whether the data set's three files fit the rest of `ml/`: asked before anything is applied, told in a sentence."""

import importlib
import re
import traceback
from collections.abc import Container, Iterable
from datetime import timedelta
from pathlib import Path

from infra.source import ROOT

DATASET, FEATURES, VALIDATION = "ml/dataset.py", "ml/features.py", "ml/validation.py"
FILES = (DATASET, FEATURES, VALIDATION)
PAGE = "docs/dataset.md"
SLICE = timedelta(days=1)
"""How much of the data is looked at."""
OF_EACH_ROW = ("prediction_id", "event_time", "predicted_at", "known_at", "label")
"""The columns of a frame of features, before those of the schema."""
NO_COLUMN = f"{FEATURES}: build gives no column"
NO_NAME = re.compile(r"cannot import name '(\w+)' from '(ml\.\w+)'")


class DataSetError(Exception):
    """The files do not fit each other or the rest of `ml/`; the message names the file, and what is missing."""


def check() -> None:
    """Imports the loop, and builds the features of the data's first day. Raises DataSetError."""
    try:
        # The rest of ml/ imports what it needs of the three files.
        importlib.import_module("ml.replay")
        _first_day()
    except DataSetError:
        raise
    except Exception as error:
        sentence = told(error)
        if sentence is None:
            raise
        raise DataSetError(f"{sentence} ({PAGE})") from error


def told(error: Exception) -> str | None:
    """What is wrong with which of the three files; null where the error is not of them."""
    frames = [(_name(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, ImportError) and (found := NO_NAME.search(str(error))):
        name, file = found[1], _file(found[2])
        if file in FILES:
            return f"{frames[-1][0]} imports {name} of {file}, which has no such name"
    if isinstance(error, ModuleNotFoundError) and error.name and _file(error.name) in FILES:
        return f"{_file(error.name)} is missing"
    if isinstance(error, SyntaxError) and error.filename:
        frames.append((_name(error.filename), error.lineno))
    # The last of them: what it calls, or is called by, is as it was.
    own = [f"{file}, line {line}" for file, line in frames if file in FILES]
    if not own:
        return None
    why = (str(error).strip().splitlines() or [""])[0]
    return f"{own[-1]}: {type(error).__name__}: {why}"


def _first_day() -> None:
    from ml import training
    from ml.dataset import SCHEMA, SLICES, START, TABLES, arrivals
    from ml.features import build
    from ml.schema import SchemaError
    from ml.validation import CONTRACTS

    rows = arrivals(START, START + SLICE)
    named = f"which SCHEMA of {DATASET} names"
    _has(f"{VALIDATION}: CONTRACTS has no table", TABLES, CONTRACTS, f"which TABLES of {DATASET} names")
    _has(f"{DATASET}: arrivals gives no table", TABLES, rows, "which TABLES names")
    try:
        frame = build(rows, start=START, end=START + SLICE)
    except Exception as error:
        _has(NO_COLUMN, (name for name in SCHEMA.names if _not_found(error, name)), (), named)
        raise
    _has(NO_COLUMN, OF_EACH_ROW, frame.columns, "which each row needs")
    _has(NO_COLUMN, SCHEMA.names, frame.columns, named)
    _has(NO_COLUMN, SLICES, frame.columns, f"which SLICES of {DATASET} names")
    try:
        training.matrix(frame, SCHEMA)
    except SchemaError as error:
        raise DataSetError(f"{FEATURES}: build gives what SCHEMA of {DATASET} refuses, {error} ({PAGE})") from error


def _has(lacks: str, needed: Iterable[str], given: Container[str], why: str) -> None:
    for name in needed:
        if name not in given:
            raise DataSetError(f"{lacks} {name}, {why} ({PAGE})")


def _not_found(error: Exception, column: str) -> bool:
    """Whether it is polars', of a column that is not there."""
    said = str(error).partition("\n")[0].partition(";")[0]
    return type(error).__name__ == "ColumnNotFoundError" and f'"{column}"' in said


def _file(module: str) -> str:
    return f"{module.replace('.', '/')}.py"


def _name(filename: str) -> str:
    """A file's name within the project; as it is where it lies elsewhere."""
    path = Path(filename)
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else filename
