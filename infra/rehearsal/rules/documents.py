"""Policy documents: what they are, and what the rules look at in them."""

import json
import re
from typing import Any

from infra.rehearsal.rules.rule import Key, Request, Rule, expected

Statement = dict[str, Any]
MEMBERS = ("AssumeRolePolicyDocument", "PolicyDocument", "policyText", "Policy")
TAKERS: tuple[Key, ...] = (
    ("ecr", "SetRepositoryPolicy"),
    ("iam", "CreatePolicy"),
    ("iam", "CreateRole"),
    ("iam", "PutRolePolicy"),
    ("kms", "CreateKey"),
    ("s3", "PutBucketPolicy"),
    ("sns", "CreateTopic"),
    ("sns", "SetTopicAttributes"),
)


def a_policy_is_json_with_statements(request: Request) -> str | None:
    """docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html"""
    policy = policy_of(request)
    if not policy:
        return None
    try:
        found = listed(json.loads(policy)["Statement"])
    except (ValueError, KeyError, TypeError) as error:
        return expected("the policy", repr(error), "JSON with a Statement")
    for statement in found:
        if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
            return expected("the policy", statement, "statements with an Effect of Allow or Deny")
    return None


def policy_of(request: Request) -> str:
    """The document in a request, wherever the operation has it; empty where there is none."""
    if request.get("AttributeName") == "Policy":
        return request.get("AttributeValue", "")
    holder = request.get("Attributes") or request
    return next((holder[name] for name in MEMBERS if holder.get(name)), "")


def statements(request: Request) -> list[Statement]:
    """The statements of the document in a request; none where it is broken, which is another rule's to say."""
    try:
        found = listed(json.loads(policy_of(request))["Statement"])
    except (ValueError, KeyError, TypeError):
        return []
    return [statement for statement in found if isinstance(statement, dict)]


def listed(value: Any) -> list[Any]:
    """What may stand alone or in a list, as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def counted(document: str) -> int:
    """The characters that IAM counts: all but white space."""
    return len(re.sub(r"\s", "", document))


RULES: dict[Key, list[Rule]] = {key: [a_policy_is_json_with_statements] for key in TAKERS}
