"""Alarms and runbooks hold each other: an alarm names its runbook, and each runbook is of an alarm."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.offline import Program
from infra.source import ROOT
from tests.infra import watched
from tests.infra.aws_cli import known_to_the_cli
from tests.infra.ways import WAYS

FOLDER = ROOT / "docs" / "runbooks"
RUNBOOKS = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
INLINE = re.compile(r"`((?:aws|make|pulumi) [^`]+)`")
SECTIONS = ("What it means.", "What callers see.", "How to look.", "How to mend.", "How to silence.")


def commands(path: Path) -> list[str]:
    """The commands of a page, each in one line."""
    text = path.read_text()
    blocks = "\n".join(BLOCK.findall(text)).replace("\\\n", " ")
    lines = re.sub(r"<[^>\n]+>", "placeholder", blocks).splitlines()
    return [line.strip() for line in lines if line.strip()] + INLINE.findall(BLOCK.sub("", text))


def named(program: Program) -> set[Path]:
    """The runbooks that the alarms of a program name."""
    found = set()
    for entry in watched.alarms(program):
        description = entry.inputs["alarmDescription"]
        assert re.fullmatch(r"[A-Z].+\. Runbook: docs/runbooks/[a-z-]+\.md", description), entry.name
        found.add(ROOT / description.rpartition(" ")[2])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("mode", WAYS)
def test_every_alarm_names_a_runbook_that_is_there(mode: str, planned: Callable[..., Program]):
    assert [path.name for path in named(planned(**WAYS[mode])) if not path.is_file()] == []


def test_the_shipped_environments_alarms_name_runbooks_too(program: Program):
    assert named(program) <= set(RUNBOOKS)


@pytest.mark.slow
def test_every_runbook_is_of_an_alarm(planned: Callable[..., Program]):
    of_alarms = set().union(*(named(planned(**config)) for config in WAYS.values()))
    assert sorted(of_alarms) == RUNBOOKS


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_a_runbook_says_what_how_and_where(path: Path):
    text = path.read_text()
    assert text.startswith(f"# {path.stem}: ")
    assert re.findall(r"^\*\*(.+?)\*\*", text, re.MULTILINE) == list(SECTIONS)
    assert commands(path)


def test_the_index_lists_each_runbook_once():
    index = (FOLDER / "README.md").read_text()
    assert sorted(re.findall(r"^\| \[[a-z-]+\]\(([a-z-]+\.md)\)", index, re.MULTILINE)) == [p.name for p in RUNBOOKS]


@pytest.mark.parametrize("path", [*RUNBOOKS, FOLDER / "README.md"], ids=lambda path: path.stem)
def test_every_command_of_the_aws_cli_is_one_that_exists(path: Path):
    for command in commands(path):
        known_to_the_cli(command)


@pytest.mark.parametrize("path", [*RUNBOOKS, FOLDER / "README.md"], ids=lambda path: path.stem)
def test_every_target_and_every_link_exists(path: Path):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for command in commands(path):
        if command.startswith("make "):
            assert command.split()[1] in targets, command
    for link in re.findall(r"\]\(([^)#:]+)(?:#[a-z-]+)?\)", path.read_text()):
        assert (path.parent / link).exists(), link
