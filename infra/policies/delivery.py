"""Who delivers: roles that GitHub's workflows take on, and what whoever makes roles can make of them."""

import re
from collections.abc import Iterator, Sequence

from infra.policies import tokens
from infra.policies.iam import DOCUMENTS, WILDCARDS, documented
from infra.policies.rule import Resource, ResourceRule, StackRule, at
from infra.policies.statements import Statement, allowing, conditions, matching, principals, statements

ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
EXACT = ("StringEquals", "StringLike")
"""The operators that hold for no other value, where the value has no wildcard."""
BY_NAME = ("actor", "workflow")
"""Claims that anybody can come to have: a user's name is given away again, a workflow's is typed in."""
SUBJECT = re.compile(
    r"repo:[\w.-]+(@\d+)?/[\w.-]+(@\d+)?:"
    r"(?P<event>ref:refs/(heads|tags)/[^*?:]+|environment:[^*?%:]+|pull_request)(:job_workflow_ref:[^*?:]+)?"
)
"""One branch, tag, environment or pull request of one repository. A % stands for a character that GitHub encodes:
another environment can be named as the encoded form reads."""
PULL_REQUEST = "pull_request"
PREVIEW = "-preview"
"""How the names of roles end that code which nobody has reviewed may take on: they only read."""
BOUNDARY = "iam:permissionsboundary"
GRANTS = {
    "iam:createrole",
    "iam:putrolepermissionsboundary",
    "iam:putrolepolicy",
    "iam:attachrolepolicy",
    "iam:deleterolepolicy",
    "iam:detachrolepolicy",
}
"""Actions by which somebody gives a role more than they have, unless it must be within a boundary."""
ESCAPES = (
    *("iam:AddUserToGroup", "iam:AttachGroupPolicy", "iam:AttachUserPolicy", "iam:CreateAccessKey"),
    *("iam:CreateLoginProfile", "iam:CreateOpenIDConnectProvider", "iam:CreatePolicyVersion", "iam:CreateSAMLProvider"),
    *("iam:CreateUser", "iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary"),
    *("iam:PutGroupPolicy", "iam:PutUserPolicy", "iam:SetDefaultPolicyVersion", "iam:UpdateAssumeRolePolicy"),
    *("iam:UpdateLoginProfile", "iam:UpdateSAMLProvider", "sts:AssumeRole"),
)
"""Actions by which somebody comes to have what others have, and that no boundary limits."""
RETRUSTS: dict[str, str] = {
    "-deploy": "says who may take its environment's roles on: all are within their boundary, and none delivers",
}
"""The policies, by how their names end, that may change whom roles trust, and why."""


def workflow_is_known_by_its_subject(role: Resource) -> Iterator[str]:
    """A role for GitHub's workflows is for named subjects of one repository, and for AWS as the audience."""
    for statement in allowing(statements(role, "assumeRolePolicy")):
        if any(name.endswith(f"oidc-provider/{ISSUER}") for name in principals(statement, "Federated")):
            yield from _loose(statement, role.name)


def _loose(statement: Statement, name: str) -> Iterator[str]:
    """What lets more workflows in than it says."""
    asked = [
        (operator, key.removeprefix(f"{ISSUER}:"), values)
        for operator, key, values in conditions(statement)
        if key.startswith(f"{ISSUER}:")
    ]
    for operator, claim, values in asked:
        # ForAllValues and ...IfExists hold where the claim is missing; ForAnyValue reads as if it were stricter.
        if operator not in EXACT:
            yield f"{operator} on {claim}, expected StringEquals: others hold for tokens without the claim, or for many"
        if claim in BY_NAME:
            yield f"asks for {claim} {', '.join(values)}, expected no claim that others can come to have"
    given = {claim: values for operator, claim, values in asked if operator in EXACT}
    if given.get("aud") != [AUDIENCE]:
        yield f"aud is {given.get('aud')}, expected {AUDIENCE} alone"
    subjects = given.get("sub", [])
    if not subjects:
        yield "names no subject, expected one by StringEquals on sub: every repository's workflows have the rest"
    for subject in subjects:
        found = SUBJECT.fullmatch(subject)
        if found is None:
            yield f"sub is {subject}, expected one branch, tag or environment of one repository without wildcards"
        elif found["event"] == PULL_REQUEST and not name.endswith(PREVIEW):
            yield f"sub is {subject}, expected a pull request's code to get a role whose name ends with {PREVIEW}"


def roles_are_made_within_a_boundary(resource: Resource) -> Iterator[str]:
    """Who may make roles, or change what they may do, may do so only to those within a permissions boundary."""
    for statement in allowing(documented(resource)):
        granting = sorted(matching(statement, GRANTS))
        if granting and not any(
            key == BOUNDARY and operator in ("StringEquals", "ArnEquals") and values
            for operator, key, values in conditions(statement)
        ):
            yield f"allows {', '.join(granting)}, expected a condition on iam:PermissionsBoundary"


def nobody_comes_to_have_more(resource: Resource) -> Iterator[str]:
    """No statement allows to make users, keys or versions of policies, to change trust, or to take on other roles."""
    excused = resource.name.rstrip("-0123456789").endswith(tuple(RETRUSTS))
    for statement in allowing(documented(resource)):
        for action in matching(statement, ESCAPES):
            if not (excused and action == "iam:UpdateAssumeRolePolicy"):
                yield f"allows {action}, expected none, or a reason in infra/policies/delivery.py, RETRUSTS"


def federated_users_are_narrowed(role: Resource) -> Iterator[str]:
    """Whoever another provider knows takes a role on only by what the provider says of them."""
    for statement in allowing(statements(role, "assumeRolePolicy")):
        narrowed = any(
            operator in EXACT and not key.startswith("aws:") and values and not any(set(v) & WILDCARDS for v in values)
            for operator, key, values in conditions(statement)
        )
        for name in [] if narrowed else principals(statement, "Federated"):
            yield f"trusts all whom {name} knows, expected a condition by StringEquals on what it says of them"


def roles_share_one_boundary(stack: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """Where one role of a stack has a permissions boundary, all have the same."""
    roles = [resource for resource in stack if resource.type == tokens.ROLE]
    known = {at(role.inputs, "permissionsBoundary") for role in roles} - {None}
    for role in roles:
        own = at(role.inputs, "permissionsBoundary")
        if known and (own is None or len(known) > 1):
            yield role, f"permissionsBoundary is {own!r}, expected infra/everywhere.py to set the same on every role"


RULES = (
    ResourceRule(check=workflow_is_known_by_its_subject, on=(tokens.ROLE,), ids=("CKV_AWS_358", "CKV_AWS_393")),
    ResourceRule(check=roles_are_made_within_a_boundary, on=DOCUMENTS, ids=("CKV_AWS_286",)),
    ResourceRule(
        check=nobody_comes_to_have_more,
        on=DOCUMENTS,
        ids=(
            "CKV_AWS_286",
            "iam_inline_policy_allows_privilege_escalation",
            "iam_policy_allows_privilege_escalation",
        ),
    ),
    ResourceRule(check=federated_users_are_narrowed, on=(tokens.ROLE,), ids=()),
    StackRule(check=roles_share_one_boundary, on=(tokens.ROLE,), ids=()),
)
