"""No fault without a test, and no test of this folder without its fault."""

import ast
from functools import cache
from pathlib import Path

from tests.faults.corpus import FAULTS

TESTS = Path(__file__).parents[1]


@cache
def defined(file: Path) -> set[str]:
    """The tests in a file."""
    functions = ast.walk(ast.parse(file.read_text()))
    return {each.name for each in functions if isinstance(each, ast.FunctionDef) and each.name.startswith("test_")}


def named() -> set[tuple[Path, str]]:
    """The tests that the corpus names."""
    pairs = (test.split("::") for fault in FAULTS for test in fault.tests)
    return {(TESTS / (file if "/" in file else f"faults/{file}"), test) for file, test in pairs}


def test_every_fault_has_tests_and_they_exist():
    assert all(fault.tests for fault in FAULTS)
    assert [(file.name, test) for file, test in named() if test not in defined(file)] == []


def test_every_test_of_this_folder_shows_a_fault():
    here = {file: defined(file) for file in Path(__file__).parent.glob("test_*.py") if file != Path(__file__)}
    assert {(file, test) for file, tests in here.items() for test in tests} - named() == set()


def test_no_two_faults_share_a_name():
    names = [fault.name for fault in FAULTS]
    assert sorted(names) == sorted(set(names))
