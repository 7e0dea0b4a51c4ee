"""Alarms and runbooks hold each other: an alarm names its runbook, and each runbook is of an alarm."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name

from infra.offline import Program
from infra.source import ROOT
from tests.infra import watched
from tests.infra.test_watching import MODES

FOLDER = ROOT / "docs" / "runbooks"
RUNBOOKS = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
INLINE = re.compile(r"`((?:aws|make|pulumi) [^`]+)`")
SECTIONS = ("What it means.", "What callers see.", "How to look.", "How to mend.", "How to silence.")
OF_THE_CLI = {("logs", "tail"), ("s3", "cp")}
"""Commands that the AWS CLI has beside the operations of the API."""
FOR_ALL = {"query", "output", "region", "limit", "max-items"}
RENAMED = {("sns", "subscribe"): {"notification-endpoint"}}
"""Options that the AWS CLI calls otherwise than the API, as it has its own of that name."""
SESSION = botocore.session.get_session()


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


@pytest.mark.parametrize("mode", MODES)
def test_every_alarm_names_a_runbook_that_is_there(mode: str, planned: Callable[..., Program]):
    assert [path.name for path in named(planned(**MODES[mode])) if not path.is_file()] == []


def test_the_shipped_environments_alarms_name_runbooks_too(program: Program):
    assert named(program) <= set(RUNBOOKS)


def test_every_runbook_is_of_an_alarm(planned: Callable[..., Program]):
    of_alarms = set().union(*(named(planned(**config)) for config in MODES.values()))
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


def known_to_the_cli(command: str) -> None:
    """Fails where a command's part for the AWS CLI is no operation of the API, or has an option that it has not."""
    for service, operation, options in re.findall(r"\baws ([a-z0-9-]+) ([a-z0-9-]+)((?: .*)?)", command):
        if (service, operation) in OF_THE_CLI:
            continue
        model = SESSION.get_service_model("s3" if service == "s3api" else service)
        by_name = {xform_name(name, "-"): name for name in model.operation_names}
        assert operation in by_name, command
        members = model.operation_model(by_name[operation]).input_shape.members
        switches = {f"no-{xform_name(name, '-')}" for name, shape in members.items() if shape.type_name == "boolean"}
        known = {xform_name(name, "-") for name in members} | switches | FOR_ALL
        known |= RENAMED.get((service, operation), set())
        given = {word[2:] for word in shlex.split(options.rstrip(")")) if word.startswith("--")}
        assert given <= known, command


@pytest.mark.parametrize("path", [*RUNBOOKS, FOLDER / "README.md"], ids=lambda path: path.stem)
def test_every_target_and_every_link_exists(path: Path):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for command in commands(path):
        if command.startswith("make "):
            assert command.split()[1] in targets, command
    for link in re.findall(r"\]\(([^)#:]+)(?:#[a-z-]+)?\)", path.read_text()):
        assert (path.parent / link).exists(), link
