"""Policy documents: what AWS refuses when they are put, by the kind of policy.

docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from infra.rehearsal.rules.rule import Key, Request, Rule, expected

Statement = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of policy, and the member of a request that holds it."""

    member: str
    limit: int
    whitespace_counts: bool = True
    principals: bool = True
    """Whether a statement must say whom it is about."""
    resources: bool = True
    """Whether a statement may say what it is about."""


# docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html, "IAM and STS character limits"
TRUST = Kind(member="AssumeRolePolicyDocument", limit=2048, whitespace_counts=False, resources=False)
MANAGED = Kind(member="PolicyDocument", limit=6144, whitespace_counts=False, principals=False)
INLINE = Kind(member="PolicyDocument", limit=10_240, whitespace_counts=False, principals=False)
# docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html
BUCKET = Kind(member="Policy", limit=20 * 1024)
# docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
KEY = Kind(member="Policy", limit=32 * 1024)
# docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
TOPIC = Kind(member="Policy", limit=30 * 1024)
# docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html
REPOSITORY = Kind(member="policyText", limit=10_240)
KINDS: dict[Key, Kind] = {
    ("ecr", "SetRepositoryPolicy"): REPOSITORY,
    ("iam", "CreatePolicy"): MANAGED,
    ("iam", "CreateRole"): TRUST,
    ("iam", "PutRolePolicy"): INLINE,
    ("kms", "CreateKey"): KEY,
    ("s3", "PutBucketPolicy"): BUCKET,
    ("sns", "CreateTopic"): TOPIC,
    ("sns", "SetTopicAttributes"): TOPIC,
}


def a_policy_is_one_that_aws_takes(request: Request, kind: Kind) -> str | None:
    """JSON within its limit, whose statements say what they must and no more.

    docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    """
    text = policy_of(request, kind)
    if not text:
        return None
    if (size := counted(text, kind)) > kind.limit:
        return expected(kind.member, f"{size} characters", f"at most {kind.limit}")
    try:
        found = listed(json.loads(text)["Statement"])
    except (ValueError, KeyError, TypeError) as error:
        return expected(kind.member, repr(error), "JSON with a Statement")
    for statement in found:
        if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
            return expected(kind.member, statement, "statements with an Effect of Allow or Deny")
        if bool(given(statement, "Principal")) != kind.principals:
            return expected(kind.member, sorted(statement), f"{'a' if kind.principals else 'no'} Principal in each")
        if given(statement, "Resource") and not kind.resources:
            return expected(kind.member, sorted(statement), "no Resource")
    return None


def given(statement: Statement, element: str) -> Any:
    """The value of an element or of its opposite."""
    return statement.get(element) or statement.get(f"Not{element}")


def policy_of(request: Request, kind: Kind) -> str:
    """The document in a request, which may be an attribute; empty where there is none."""
    if request.get("AttributeName") == kind.member:
        return request.get("AttributeValue", "")
    return (request.get("Attributes") or request).get(kind.member, "")


def statements(request: Request, kind: Kind) -> list[Statement]:
    """The statements of the document in a request; none where it is broken, which is another rule's to say."""
    try:
        found = listed(json.loads(policy_of(request, kind))["Statement"])
    except (ValueError, KeyError, TypeError):
        return []
    return [statement for statement in found if isinstance(statement, dict)]


def listed(value: Any) -> list[Any]:
    """What may stand alone or in a list, as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def counted(document: str, kind: Kind) -> int:
    """The size of a document as AWS counts it: bytes, or characters without white space."""
    return len(document.encode()) if kind.whitespace_counts else len(re.sub(r"\s", "", document))


def _rule(kind: Kind) -> Rule:
    def rule(request: Request) -> str | None:
        return a_policy_is_one_that_aws_takes(request, kind)

    rule.__doc__ = a_policy_is_one_that_aws_takes.__doc__
    return rule


RULES: dict[Key, list[Rule]] = {key: [_rule(kind)] for key, kind in KINDS.items()}
