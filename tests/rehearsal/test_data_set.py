"""A data set whose files do not fit each other is told in one sentence, before anything is applied."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from infra.rehearsal import data_set
from infra.source import ROOT
from ml import dataset, features, validation
from ml.schema import Feature, Schema
from tests.rehearsal.stack import shipped

SECOND = ROOT / "tests" / "ml" / "second_dataset"


def runs(code: str, file: str) -> Callable[[], None]:
    """A function that does what a line of one of the files does."""
    return lambda: exec(compile(code, str(ROOT / file), "exec"), {})  # noqa: S102


def refused(monkeypatch: pytest.MonkeyPatch, first_day: Callable[[], None] | None = None) -> str:
    """What the check says."""
    monkeypatch.setattr(data_set.importlib, "import_module", lambda _name: None)
    if first_day:
        monkeypatch.setattr(data_set, "_first_day", first_day)
    with pytest.raises(data_set.DataSetError) as error:
        data_set.check()
    return str(error.value)


@pytest.mark.parametrize(
    ("file", "code", "said"),
    [
        (
            "ml/validation.py",
            "from ml.dataset import CARS",
            "ml/validation.py imports CARS of ml/dataset.py, which has no such name",
        ),
        (
            "ml/evaluation.py",
            "from ml.features import built",
            "ml/evaluation.py imports built of ml/features.py, which has no such name",
        ),
        ("ml/features.py", "\n{}['a']", "ml/features.py, line 2: KeyError: 'a'"),
        ("ml/dataset.py", "SCHEMA =", "ml/dataset.py, line 1: SyntaxError: invalid syntax (dataset.py, line 1)"),
        ("ml/features.py", "import pandos", "ml/features.py, line 1: ModuleNotFoundError: No module named 'pandos'"),
    ],
)
def test_what_a_file_does_wrong_is_told_with_the_file(monkeypatch: pytest.MonkeyPatch, file: str, code: str, said: str):
    assert refused(monkeypatch, runs(code, file)) == f"{said} (docs/dataset.md)"


def test_an_error_of_other_code_is_not_taken_for_one_of_the_data_set(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(data_set, "_first_day", runs("{}['a']", "ml/tables.py"))
    with pytest.raises(KeyError):
        data_set.check()


def one_more() -> Schema:
    given = dataset.SCHEMA
    return Schema(name=given.name, task=given.task, features=(*given.features, Feature(name="luggage")))


def test_a_feature_of_the_schema_that_is_not_built_is_named(monkeypatch: pytest.MonkeyPatch):
    said = "ml/features.py: build gives no column luggage, which SCHEMA of ml/dataset.py names (docs/dataset.md)"
    schema = one_more()
    monkeypatch.setattr(dataset, "SCHEMA", schema)
    assert refused(monkeypatch) == said
    # Where build asks polars for the schema's names, as the example's does.
    monkeypatch.setattr(features, "SCHEMA", schema, raising=False)
    assert refused(monkeypatch) == said


def test_a_column_that_each_row_needs_is_asked_for(monkeypatch: pytest.MonkeyPatch):
    build = features.build
    monkeypatch.setattr(features, "build", lambda *args, **named: build(*args, **named).drop("known_at"))
    assert refused(monkeypatch).startswith("ml/features.py: build gives no column known_at, which each row needs")


def test_a_column_of_another_kind_than_the_schema_s_is_told(monkeypatch: pytest.MonkeyPatch):
    build, name = features.build, next(feature.name for feature in dataset.SCHEMA.features if feature.kind == "number")
    as_text = pl.col(name).cast(pl.String)
    monkeypatch.setattr(features, "build", lambda *args, **named: build(*args, **named).with_columns(as_text))
    assert f"build gives what SCHEMA of ml/dataset.py refuses, {name}: holds String, expected" in refused(monkeypatch)


def test_a_table_without_rows_or_without_a_contract_is_named(monkeypatch: pytest.MonkeyPatch):
    table = next(iter(dataset.TABLES))
    monkeypatch.setattr(dataset, "arrivals", lambda _start, _end: {})
    assert refused(monkeypatch).startswith(f"ml/dataset.py: arrivals gives no table {table}, which TABLES names")
    monkeypatch.setattr(validation, "CONTRACTS", {})
    assert refused(monkeypatch).startswith(f"ml/validation.py: CONTRACTS has no table {table}, which TABLES of")


def test_the_data_set_that_is_here_fits():
    data_set.check()


@pytest.mark.slow
def test_a_demo_with_one_file_replaced_ends_before_anything_is_applied(tmp_path: Path):
    project = tmp_path / "project"
    for name in ("infra", "ml", "requirements", "tracking"):
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Dockerfile", project)
    shipped(project)
    shutil.copy(SECOND / "dataset.py", project / "ml")
    command = [sys.executable, "-m", "infra.rehearsal", "demo", "--fast"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    said = "ml/validation.py imports CARRIERS of ml/dataset.py, which has no such name (docs/dataset.md)\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)
    assert list((project / ".demo").iterdir()) == []
