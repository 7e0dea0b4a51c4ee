"""The statements of the roles' policies, taken away one at a time while somebody does the role's work."""

import json
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

from infra.rehearsal.aws import Aws

RANDOM = len("-1234567")
"""What the engine puts behind the name of a role."""


@contextmanager
def without(iam: Aws, role: str, policy: str, changed: dict[str, Any], before: dict[str, Any]) -> Generator[None]:
    """The role with a changed policy, put back at the end."""
    if changed["Statement"]:
        iam.call("iam", "PutRolePolicy", RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(changed))
    else:
        iam.call("iam", "DeleteRolePolicy", RoleName=role, PolicyName=policy)
    try:
        yield
    finally:
        iam.call("iam", "PutRolePolicy", RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(before))


def policies(aws: Aws, ending: str = "") -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Role, policy and document of each inline policy, of the roles whose names in the program end so."""
    for role in aws.pages("iam", "ListRoles", "Roles"):
        name = role["RoleName"]
        if not name[:-RANDOM].endswith(ending):
            continue
        for policy in aws.pages("iam", "ListRolePolicies", "PolicyNames", RoleName=name):
            document = aws.call("iam", "GetRolePolicy", RoleName=name, PolicyName=policy)["PolicyDocument"]
            yield name, policy, json.loads(unquote(document)) if isinstance(document, str) else document


def surviving(aws: Aws, role: str, policy: str, document: dict[str, Any], exercise: Callable[[], object]) -> list[str]:
    """The statements without which the exercise does not fail, or fails without naming role, action and resource."""
    survived = []
    for actions, changed in mutations(document):
        aws.refusals()
        with without(aws, role, policy, changed, document):
            try:
                exercise()
                outcome = ""
            except Exception as error:  # noqa: BLE001  Whatever the refusal became on its way.
                outcome = f"{type(error).__name__}: {error}"
            refused = aws.refusals()
        if not outcome or not any(names(reason, role, actions) for reason in refused):
            survived.append(f"{role[:-RANDOM]} without {actions}: {outcome[:200] or 'nothing failed'}; {refused[:2]}")
    return survived


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
