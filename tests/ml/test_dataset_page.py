"""docs/dataset.md has what the code asks of the three files that a team replaces: no name less, and no name more."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields

import pytest

from infra.rehearsal.data_set import FILES, OF_EACH_ROW
from infra.source import ROOT
from ml import dataset
from ml.contract import Contract
from ml.source import About, Table

PAGE = (ROOT / "docs" / "dataset.md").read_text()
SECOND = ROOT / "tests" / "ml" / "second_dataset"
READ_AS_TEXT = {"infra/about.py": {"ABOUT"}}
"""Modules that take names of `ml/dataset.py` without importing it."""


def asked(module: str) -> set[str]:
    """The names of a module of `ml/` that others than the three files take."""
    found: set[str] = set()
    for folder in ("ml", "infra"):
        for file in (ROOT / folder).rglob("*.py"):
            if (name := file.relative_to(ROOT).as_posix()) not in FILES:
                found |= set(taken(ast.parse(file.read_text()), module))
                found |= READ_AS_TEXT.get(name, set()) if module == "dataset" else set()
    return found


def taken(tree: ast.Module, module: str) -> Iterator[str]:
    """What is imported from the module, and what is asked of it by its name."""
    as_a_whole = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == f"ml.{module}":
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module == "ml":
            as_a_whole |= {alias.asname or alias.name for alias in node.names if alias.name == module}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in as_a_whole:
            yield node.attr


def part(heading: str) -> str:
    return PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def told(heading: str) -> list[str]:
    """The names in the first column of a part's table."""
    cells = re.findall(r"^\| (`.+?) \|", part(heading), re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`(\w+)(?:\([\w, ]*\))?`", cell)]


def test_the_table_has_each_name_of_the_data_set_that_other_modules_take_and_no_other():
    names = told("`ml/dataset.py`")
    assert sorted(names) == sorted(asked("dataset"))
    assert [name for name in names if not hasattr(dataset, name)] == []


def test_the_second_data_set_has_each_of_them_too():
    bound = {
        node.name if isinstance(node, ast.FunctionDef) else node.id
        for node in ast.walk(ast.parse((SECOND / "dataset.py").read_text()))
        if isinstance(node, ast.FunctionDef) or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    }
    assert set(told("`ml/dataset.py`")) - bound == set()


@pytest.mark.slow
@pytest.mark.parametrize(("module", "names"), [("features", {"build"}), ("validation", {"CONTRACTS"})])
def test_the_other_two_files_give_one_name_each(module: str, names: set[str]):
    assert asked(module) == names
    assert all(f"`{name}" in part(f"`ml/{module}.py`") for name in names)


def test_the_columns_of_each_row_and_the_fields_of_a_contract_are_told():
    assert tuple(told("`ml/features.py`")) == OF_EACH_ROW
    assert sorted(told("`ml/validation.py`")) == sorted(field.name for field in fields(Contract))
    for known in (About, Table):
        assert all(re.search(rf"\b{field.name}\b", part("`ml/dataset.py`")) for field in fields(known))


def test_what_the_page_points_at_is_there():
    links = re.findall(r"\]\(([^)#]+)", PAGE)
    assert len(links) > 5
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
