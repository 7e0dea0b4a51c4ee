"""docs/bootstrap.md says what the roles may do and in which order a release passes: compared with the code."""

import re
from typing import Any

import pytest

from infra.account import bounding, trust
from infra.account.delivery import ROLES, event_of
from infra.account.scope import Scope, Statement
from infra.account.trust import Repository
from infra.source import ROOT

PAGE = (ROOT / "docs" / "bootstrap.md").read_text()
SCOPE = Scope(
    account="<account>",
    region="<region>",
    project="<project>",
    environment="<env>",
    state_bucket="<state>",
    state_key="arn:aws:kms:<region>:<account>:key/<state>",
    unprotected=True,
)
SHORT = {"arn:aws:": "", "<region>:": "", "<account>:": "", "<project>-<env>": "<prefix>"}
"""What would be the same in every cell."""


def short(text: str) -> str:
    for long, brief in SHORT.items():
        text = text.replace(long, brief)
    return text


def rows(statements: list[Statement]) -> list[str]:
    return [row(entry) for entry in statements]


def row(entry: dict[str, Any]) -> str:
    effect = "" if entry["Effect"] == "Allow" else "**not** "
    service = entry["Action"][0].partition(":")[0]
    same = all(action.startswith(f"{service}:") for action in entry["Action"])
    names = ", ".join(action.removeprefix(f"{service}:") if same else action for action in entry["Action"])
    on = ", ".join(f"`{short(arn)}`" for arn in entry.get("Resource", entry.get("NotResource")))
    on = f"all but {on}" if "NotResource" in entry else on
    when = "; ".join(
        f"{operator} {key}: {', '.join(value) if isinstance(value, list) else value}"
        for operator, keys in entry.get("Condition", {}).items()
        for key, value in keys.items()
    )
    return f"| {effect}{service if same else 'several'} | {names} | {on} | {short(when)} |"


@pytest.mark.parametrize("purpose", [*ROLES, "boundary"])
def test_a_role_s_table_is_what_its_policies_say(purpose: str):
    may = bounding.statements if purpose == "boundary" else ROLES[purpose][0]
    right = rows(may(SCOPE))
    section = PAGE.partition(f"\n### {purpose}\n")[2].partition("\n#")[0]
    listed = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert listed == right, f"docs/bootstrap.md, {purpose}: put this in place of the rows:\n" + "\n".join(right)


@pytest.mark.parametrize("purpose", ROLES)
def test_the_page_says_for_which_tokens_each_role_is(purpose: str):
    repository = Repository(name="<owner>/<name>", owner_id="<owner id>", repository_id="<repository id>")
    line = f"| `{purpose}` | `{repository.subject(event_of(purpose, '<env>'))}` |"
    assert line in PAGE, f"docs/bootstrap.md: expected a row that begins {line}"
    assert trust.AUDIENCE in PAGE


def test_every_command_of_the_page_is_one_that_there_is():
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", PAGE, re.MULTILINE)) <= targets
    assert "make bootstrap" in PAGE
