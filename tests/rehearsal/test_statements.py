"""Every statement of every role is needed, and none gives more than its part: the real program, walked through."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from infra.rehearsal.environment import environment
from infra.rehearsal.rehearse import rehearse
from tests.rehearsal.walk import Walk

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
RANDOM = len("-1234567")
"""What the engine puts behind the name of a role."""


@pytest.fixture(scope="module")
def walk(tmp_path_factory) -> Iterator[Walk]:
    folder = tmp_path_factory.mktemp("walk")
    with rehearse(ROOT, "dev", folder / "servers") as rehearsal, environment(rehearsal.environ):
        yield Walk(rehearsal, folder)


@contextmanager
def without(walk: Walk, role: str, policy: str, changed: dict[str, Any], before: dict[str, Any]) -> Iterator[None]:
    """The role with a changed policy, put back at the end."""
    iam = walk.rehearsal.aws
    if changed["Statement"]:
        iam.call("iam", "PutRolePolicy", RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(changed))
    else:
        iam.call("iam", "DeleteRolePolicy", RoleName=role, PolicyName=policy)
    try:
        yield
    finally:
        iam.call("iam", "PutRolePolicy", RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(before))


def policies(walk: Walk) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Role, policy and document of each inline policy."""
    aws = walk.rehearsal.aws
    for role in aws.pages("iam", "ListRoles", "Roles"):
        name = role["RoleName"]
        for policy in aws.pages("iam", "ListRolePolicies", "PolicyNames", RoleName=name):
            document = aws.call("iam", "GetRolePolicy", RoleName=name, PolicyName=policy)["PolicyDocument"]
            yield name, policy, json.loads(unquote(document)) if isinstance(document, str) else document


def test_each_role_can_do_its_work_and_each_statement_of_it_is_needed(walk: Walk):
    """Each statement is taken away in turn, and kms:Decrypt by itself: the work then fails, and the refusal says what."""
    exercises = walk.exercises()
    for exercise in exercises.values():
        exercise()
    assert walk.rehearsal.aws.refusals() == []
    survived, tried = [], 0
    for role, policy, document in policies(walk):
        exercise = next(does for ending, does in exercises.items() if role[:-RANDOM].endswith(ending))
        for what, changed in mutations(document):
            tried += 1
            with without(walk, role, policy, changed, document):
                try:
                    exercise()
                    outcome = "nothing failed"
                except Exception as error:
                    outcome = f"{type(error).__name__}: {error}"
                refused = walk.rehearsal.aws.refusals()
            if outcome == "nothing failed" or not any(names(reason, role, what) for reason in refused):
                survived.append(f"{role[:-RANDOM]} without {what}: {outcome[:200]}; refused: {refused[:2]}")
    assert not survived, "\n".join(survived)
    assert tried > 40


def mutations(document: dict[str, Any]) -> Iterator[tuple[list[str], dict[str, Any]]]:
    """The actions taken away, and the document without them."""
    statements = document["Statement"]
    for index, statement in enumerate(statements):
        yield statement["Action"], {**document, "Statement": statements[:index] + statements[index + 1 :]}
        if "kms:Decrypt" in statement["Action"] and len(statement["Action"]) > 1:
            rest = {**statement, "Action": [action for action in statement["Action"] if action != "kms:Decrypt"]}
            yield ["kms:Decrypt"], {**document, "Statement": [*statements[:index], rest, *statements[index + 1 :]]}


def names(reason: str, role: str, actions: list[str]) -> bool:
    """Whether a refusal names the role, one of the actions, and a resource."""
    return role in reason and any(f"perform: {action} on resource: " in reason for action in actions)
