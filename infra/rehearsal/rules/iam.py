"""IAM's quotas on what a role has in all.

docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

import json

from infra.rehearsal.iam.kinds import INLINE, PolicyTooLargeError
from infra.rehearsal.rules.rule import Ask, AskingRule, Key, Request, expected

ATTACHED = 10


def the_inline_policies_of_a_role_are_within_their_limit(request: Request, ask: Ask) -> str | None:
    """All together (docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."""
    role, name = request["RoleName"], request["PolicyName"]
    texts = [request["PolicyDocument"]]
    for other in (ask("iam", "ListRolePolicies", {"RoleName": role}) or {}).get("PolicyNames", ()):
        if other != name and (policy := ask("iam", "GetRolePolicy", {"RoleName": role, "PolicyName": other})):
            document = policy["PolicyDocument"]
            texts.append(document if isinstance(document, str) else json.dumps(document))
    try:
        INLINE.check_size("PolicyDocument", *texts)
    except PolicyTooLargeError as error:
        return str(error)
    return None


def a_role_has_10_managed_policies(request: Request, ask: Ask) -> str | None:
    """Unless AWS raised the quota (docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."""
    answer = ask("iam", "ListAttachedRolePolicies", {"RoleName": request["RoleName"]}) or {}
    others = {policy["PolicyArn"] for policy in answer.get("AttachedPolicies", ())} - {request["PolicyArn"]}
    if len(others) >= ATTACHED:
        return expected("PolicyArn", f"one beside {len(others)} others", f"at most {ATTACHED} for a role")
    return None


ASKING: dict[Key, list[AskingRule]] = {
    ("iam", "PutRolePolicy"): [the_inline_policies_of_a_role_are_within_their_limit],
    ("iam", "AttachRolePolicy"): [a_role_has_10_managed_policies],
}
