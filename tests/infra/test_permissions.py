"""What the program's policies allow and deny exists: every action, and a resource that it is about."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.offline import ACCOUNT, Program
from infra.rehearsal.iam import kinds
from infra.rehearsal.iam.actions import needs
from infra.rehearsal.iam.decision import Policies, Request, decide
from infra.rehearsal.iam.document import read
from infra.rehearsal.iam.implied import implied
from tests.rehearsal.iam import reference
from tests.rehearsal.iam.account import REGION, Account, Asked


def faults(entry: dict[str, Any]) -> Iterator[str]:
    """What of a policy's statement AWS does not know."""
    resources = entry.get("Resource", [])
    resources = [resources] if isinstance(resources, str) else resources
    patterns = [entry["Action"]] if isinstance(entry["Action"], str) else entry["Action"]
    found = {pattern: reference.actions(pattern) for pattern in patterns}
    yield from (f"{pattern}: no such action" for pattern, actions in found.items() if not actions)
    every = [action for actions in found.values() for action in actions]
    for pattern, actions in found.items():
        if resources and actions and not any(reference.takes(a, r) for a in actions for r in resources):
            yield f"{pattern}: not about {', '.join(resources)}"
    for resource in resources:
        if every and not any(reference.takes(action, resource) for action in every):
            yield f"{resource}: none of {', '.join(patterns)} is about it"
    if "*" in resources and "Principal" not in entry:
        # In a resource's own policy * is that resource.
        yield from (f"{action}: takes narrower resources than *" for action in every if reference.formats(action))


def documents(program: Program) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement of every policy of a program, and the resource that has it."""
    for resource in program.resources:
        for value in resource.inputs.values():
            if isinstance(value, str) and value.startswith("{") and '"Statement"' in value:
                listed = json.loads(value)["Statement"]
                yield from ((resource.name, entry) for entry in listed)


def test_what_the_program_s_policies_say_exists(program: Program):
    checked = list(documents(program))
    assert len(checked) > 40
    assert [f"{name}: {fault}" for name, entry in checked for fault in faults(entry)] == []


def test_the_key_lets_the_log_service_encrypt_every_group_of_the_stack_and_no_other(program: Program):
    (key,) = program.of_type("aws:kms/key:Key")
    arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key.name}"
    groups = [entry.inputs["name"] for entry in program.of_type("aws:cloudwatch/logGroup:LogGroup")]
    assert groups
    for group, allowed in (*((name, True) for name in groups), ("/aws/another", False)):
        call = Asked(service="logs", operation="CreateLogGroup", parameters={"logGroupName": group, "kmsKeyId": arn})
        account = Account(number=ACCOUNT)
        for need in implied(call, account, needs(call, account)):
            assert need.who is not None
            request = Request(
                principal=need.who,
                action=need.action,
                resource=need.resource,
                context=need.context,
                resource_account=ACCOUNT,
            )
            decision = decide(request, Policies(resource=read("key", key.inputs["policy"], kinds.KEY)))
            assert decision.allowed is allowed, decision.reason or group


@pytest.mark.parametrize(
    ("action", "resource", "fault"),
    [
        ("s3:GetObjects", "arn:aws:s3:::bucket/*", "s3:GetObjects: no such action"),
        ("cloudwatch:PutMetrics", "*", "cloudwatch:PutMetrics: no such action"),
        ("s3:GetObject", "arn:aws:s3:::bucket", "s3:GetObject: not about arn:aws:s3:::bucket"),
        ("s3:ListBucket", "arn:aws:sns:eu-west-1:1:topic", "s3:ListBucket: not about arn:aws:sns:eu-west-1:1:topic"),
        ("ecr:GetAuthorizationToken", "arn:aws:ecr:a:1:repository/b", "ecr:GetAuthorizationToken: not about"),
        ("kms:Decrypt", "*", "kms:Decrypt: takes narrower resources than *"),
        ("sagemaker:CreateModel", "arn:aws:sagemaker:a:1:endpoint/b", "sagemaker:CreateModel: not about"),
    ],
)
def test_a_wrong_action_and_a_wrong_resource_are_found(action: str, resource: str, fault: str):
    found = list(faults({"Effect": "Allow", "Action": [action], "Resource": resource}))
    assert found
    assert found[0].startswith(fault)
