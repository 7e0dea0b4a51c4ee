"""What breaks the rules on policy documents and on what a role has in all."""

from typing import Any

from infra.rehearsal.rules import documents, iam
from tests.rehearsal.broken.case import Case
from tests.rehearsal.in_order import policy

ROLE, INLINE = ("iam", "CreateRole"), ("iam", "PutRolePolicy")


def documented(key: tuple[str, str], **statement: Any) -> dict[str, Any]:
    """The change that puts a document of one statement into a request."""
    member = {"CreateTopic": "Attributes.Policy", "SetTopicAttributes": "AttributeValue"}
    return {member.get(key[1], documents.KINDS[key].member): policy(**statement) if statement else "{}"}


WHO = {key: {"Principal": "*"} if kind.principals else {} for key, kind in documents.KINDS.items()}
CASES: list[Case] = [
    case
    for key, (rule,) in documents.RULES.items()
    for case in (
        Case(key, rule, documented(key), "KeyError('Statement'), expected JSON with a Statement"),
        Case(key, rule, documented(key, **WHO[key], Effect="Maybe"), "an Effect of Allow or Deny"),
        Case(
            key, rule, documented(key, Action="*") if WHO[key] else documented(key, Principal="*"), "Principal in each"
        ),
    )
] + [
    Case(key, rule, documented(key, **WHO[key], Action="x" * documents.KINDS[key].limit), "expected at most")
    for key, (rule,) in documents.RULES.items()
    if key[0] != "ecr"
]
CASES.append(Case(ROLE, documents.RULES[ROLE][0], documented(ROLE, **WHO[ROLE], Resource="*"), "expected no Resource"))
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
