"""IAM's quotas on roles and policies. moto reads the documents themselves.

docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html, "IAM and STS character limits".
"""

import json

from infra.rehearsal.rules.documents import counted, statements
from infra.rehearsal.rules.rule import Ask, AskingRule, Key, Request, Rule, expected

TRUST_CHARACTERS = 2048
MANAGED_CHARACTERS = 6144
INLINE_CHARACTERS = 10_240
ATTACHED = 10


def a_trust_policy_has_2048_characters(request: Request) -> str | None:
    """Unless AWS raised the quota (docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."""
    size = counted(request["AssumeRolePolicyDocument"])
    if size > TRUST_CHARACTERS:
        return expected("AssumeRolePolicyDocument", f"{size} characters", f"at most {TRUST_CHARACTERS}")
    return None


def a_trust_policy_names_who_and_no_resource(request: Request) -> str | None:
    """docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"""
    for statement in statements(request):
        if "Resource" in statement or not statement.get("Principal"):
            return expected("AssumeRolePolicyDocument", sorted(statement), "a Principal and no Resource")
    return None


def a_managed_policy_has_6144_characters(request: Request) -> str | None:
    """docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    size = counted(request["PolicyDocument"])
    if size > MANAGED_CHARACTERS:
        return expected("PolicyDocument", f"{size} characters", f"at most {MANAGED_CHARACTERS}")
    return None


def the_inline_policies_of_a_role_have_10240_characters(request: Request, ask: Ask) -> str | None:
    """All together (docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."""
    role, name = request["RoleName"], request["PolicyName"]
    size = counted(request["PolicyDocument"])
    for other in (ask("iam", "ListRolePolicies", {"RoleName": role}) or {}).get("PolicyNames", ()):
        if other != name and (policy := ask("iam", "GetRolePolicy", {"RoleName": role, "PolicyName": other})):
            document = policy["PolicyDocument"]
            size += counted(document if isinstance(document, str) else json.dumps(document))
    if size > INLINE_CHARACTERS:
        text = f"{size} characters with the role's other inline policies"
        return expected("PolicyDocument", text, f"at most {INLINE_CHARACTERS}")
    return None


def a_role_has_10_managed_policies(request: Request, ask: Ask) -> str | None:
    """Unless AWS raised the quota (docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."""
    answer = ask("iam", "ListAttachedRolePolicies", {"RoleName": request["RoleName"]}) or {}
    others = {policy["PolicyArn"] for policy in answer.get("AttachedPolicies", ())} - {request["PolicyArn"]}
    if len(others) >= ATTACHED:
        return expected("PolicyArn", f"one beside {len(others)} others", f"at most {ATTACHED} for a role")
    return None


RULES: dict[Key, list[Rule]] = {
    ("iam", "CreateRole"): [a_trust_policy_has_2048_characters, a_trust_policy_names_who_and_no_resource],
    ("iam", "CreatePolicy"): [a_managed_policy_has_6144_characters],
}
ASKING: dict[Key, list[AskingRule]] = {
    ("iam", "PutRolePolicy"): [the_inline_policies_of_a_role_have_10240_characters],
    ("iam", "AttachRolePolicy"): [a_role_has_10_managed_policies],
}
