"""What breaks the rules on policy documents and on what a role has in all."""

from typing import Any

from infra.rehearsal.rules import documents, iam
from tests.rehearsal.broken.case import Case
from tests.rehearsal.in_order import policy

INLINE = ("iam", "PutRolePolicy")


def documented(key: tuple[str, str], **statement: Any) -> dict[str, Any]:
    """The change that puts a document of one statement into a request."""
    member = {"CreateTopic": "Attributes.Policy", "SetTopicAttributes": "AttributeValue"}
    return {member.get(key[1], documents.KINDS[key][0]): policy(**statement) if statement else "{}"}


ABOUT = {
    key: {
        "Action": "*",
        **({"Principal": "*"} if kind.principals else {}),
        **({"Resource": "*"} if kind.resources else {}),
    }
    for key, (_member, kind) in documents.KINDS.items()
}
"""What a statement of each kind must say."""
CASES: list[Case] = [
    case
    for key, (rule,) in documents.RULES.items()
    for case in (
        Case(key, rule, documented(key), "has no Statement"),
        Case(key, rule, documented(key, **ABOUT[key], Effect="Maybe"), "'Maybe', expected Allow or Deny"),
        Case(key, rule, documented(key, **{**ABOUT[key], "Action": "*:*"}), "expected service:Action or *"),
        Case(key, rule, documented(key, Resource="*"), "neither Action nor NotAction, expected one of them")
        if documents.KINDS[key][1].resources
        else Case(key, rule, documented(key, **ABOUT[key], Resource="*"), "has Resource, expected only"),
        Case(key, rule, documented(key, **{**ABOUT[key], "Principal": "arn:*"}), "principal 'arn:*'")
        if documents.KINDS[key][1].principals
        else Case(key, rule, documented(key, **ABOUT[key], Principal="*"), "has Principal, expected only"),
    )
] + [
    Case(
        key, rule, documented(key, **{**ABOUT[key], "Action": "x" * documents.KINDS[key][1].limit}), "expected at most"
    )
    for key, (rule,) in documents.RULES.items()
    if key[0] != "ecr"
]
CASES += [
    Case(
        INLINE,
        iam.the_inline_policies_of_a_role_are_within_their_limit,
        {},
        "expected at most 10240",
        {"GetRolePolicy": {"PolicyDocument": policy(Action="s3:*", Resource="x" * 10_240)}},
    ),
    Case(
        ("iam", "AttachRolePolicy"),
        iam.a_role_has_10_managed_policies,
        {},
        "one beside 10 others",
        {"ListAttachedRolePolicies": {"AttachedPolicies": [{"PolicyArn": f"arn:{i}"} for i in range(10)]}},
    ),
]
