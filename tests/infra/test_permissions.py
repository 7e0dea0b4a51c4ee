"""What the program's policies allow and deny exists: every action, and a resource that it is about."""

from collections.abc import Callable

import pytest

from infra.offline import ACCOUNT, Program
from infra.rehearsal.iam import kinds
from infra.rehearsal.iam.actions import needs
from infra.rehearsal.iam.decision import Policies, Request, decide
from infra.rehearsal.iam.document import read
from infra.rehearsal.iam.implied import implied
from tests.infra.policy_documents import documents, faults
from tests.infra.ways import WAYS
from tests.rehearsal.iam.account import REGION, Account, Asked


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


ROLE, ROLE_POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
IDLE = {"aws:codebuild/project:Project"}
"""What is given a role and does nothing by itself: what starts a build waits for the policy."""


def early(program: Program) -> list[str]:
    """What may be made, and begin, before the role that it is given may do anything."""
    by_urn = {resource.urn: resource for resource in program.resources}
    roles = {entry.urn for entry in program.of_type(ROLE)}
    policies = {role: entry.urn for entry in program.of_type(ROLE_POLICY) for role in roles & {*entry.uses["role"]}}

    def before(urn: str, seen: set[str]) -> set[str]:
        for other in {*by_urn[urn].dependencies} - seen:
            seen.add(other)
            before(other, seen)
        return seen

    return [
        entry.name
        for entry in program.resources
        if entry.type not in {ROLE_POLICY, *IDLE}
        for role in roles & {urn for urns in entry.uses.values() for urn in urns}
        if role in policies and policies[role] not in before(entry.urn, set())
    ]


def test_what_is_given_a_role_waits_for_the_role_s_policy(program: Program):
    assert early(program) == []


@pytest.mark.slow
@pytest.mark.parametrize("mode", WAYS)
def test_in_no_mode_does_anything_begin_before_its_role_may(mode: str, planned: Callable[..., Program]):
    assert early(planned(**WAYS[mode])) == []
