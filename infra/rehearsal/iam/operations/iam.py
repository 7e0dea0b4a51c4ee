"""IAM and STS.

Sources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html,
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
"""

from collections.abc import Mapping

from infra.rehearsal.iam.facts import Call, Facts, Need
from infra.rehearsal.iam.operations.rows import Row, Special, Table, keys, tag_keys, tags_of

BOUNDARY = "iam:PermissionsBoundary"
REQUESTED_BOUNDARY = {BOUNDARY: "PermissionsBoundary"}


def _on_role(operation: str, paths: Mapping[str, str] | None = None, *, bounded: bool = False) -> Special:
    """An operation on a role that is there.

    Args:
        bounded: whether the boundary that the role has is a condition key.
    """

    def needs(call: Call, facts: Facts) -> list[Need]:
        name = call.parameters["RoleName"]
        boundary = facts.role_boundary(name) if bounded else None
        context = keys(call, paths or {}) | ({BOUNDARY: boundary} if boundary else {})
        return [Need(action=f"iam:{operation}", resource=role_arn(name, facts), context=context)]

    return needs


def role_arn(name: str, facts: Facts) -> str:
    return facts.role_arn(name) or f"arn:aws:iam::{facts.number}:role/{name}"


def _created(call: Call, facts: Facts) -> list[Need]:
    path = call.parameters.get("Path", "/")
    role = f"arn:aws:iam::{facts.number}:role{path}{call.parameters['RoleName']}"
    tags = tag_keys(tags_of(call.parameters))
    needed = [Need(action="iam:CreateRole", resource=role, context=keys(call, REQUESTED_BOUNDARY) | tags)]
    return needed + ([Need(action="iam:TagRole", resource=role, context=tags)] if tags else [])


def _policy_created(call: Call, facts: Facts) -> list[Need]:
    """A policy's path is in its ARN, and not given where it is `/`."""
    made = f"arn:aws:iam::{facts.number}:policy{call.parameters.get('Path', '/')}{call.parameters['PolicyName']}"
    tags = tag_keys(tags_of(call.parameters))
    needed = [Need(action="iam:CreatePolicy", resource=made, context=tags)]
    return needed + ([Need(action="iam:TagPolicy", resource=made, context=tags)] if tags else [])


ATTACHED = {"iam:PolicyARN": "PolicyArn"}
TABLE = Table(
    prefix="iam",
    arn="arn:aws:iam::{account}:",
    tagging_of={"CreateOpenIDConnectProvider": "iam:TagOpenIDConnectProvider"},
    rows={
        "ListRoles": "*",
        "ListPolicies": "*",
        "ListOpenIDConnectProviders": "*",
        "CreateRole": _created,
        "GetRole": _on_role("GetRole"),
        "ListRolePolicies": _on_role("ListRolePolicies"),
        "ListAttachedRolePolicies": _on_role("ListAttachedRolePolicies"),
        "ListInstanceProfilesForRole": _on_role("ListInstanceProfilesForRole"),
        "ListRoleTags": _on_role("ListRoleTags"),
        "GetRolePolicy": _on_role("GetRolePolicy"),
        "UpdateRole": _on_role("UpdateRole"),
        "UpdateRoleDescription": _on_role("UpdateRoleDescription"),
        "UpdateAssumeRolePolicy": _on_role("UpdateAssumeRolePolicy"),
        "DeleteRole": _on_role("DeleteRole"),
        "PutRolePolicy": _on_role("PutRolePolicy", bounded=True),
        "DeleteRolePolicy": _on_role("DeleteRolePolicy", bounded=True),
        "AttachRolePolicy": _on_role("AttachRolePolicy", ATTACHED, bounded=True),
        "DetachRolePolicy": _on_role("DetachRolePolicy", ATTACHED, bounded=True),
        "PutRolePermissionsBoundary": _on_role("PutRolePermissionsBoundary", REQUESTED_BOUNDARY),
        "DeleteRolePermissionsBoundary": _on_role("DeleteRolePermissionsBoundary", bounded=True),
        "TagRole": _on_role("TagRole"),
        "UntagRole": _on_role("UntagRole"),
        "CreatePolicy": _policy_created,
        "GetPolicy": "{PolicyArn}",
        "GetPolicyVersion": "{PolicyArn}",
        "ListPolicyVersions": "{PolicyArn}",
        "CreatePolicyVersion": "{PolicyArn}",
        "SetDefaultPolicyVersion": "{PolicyArn}",
        "DeletePolicyVersion": "{PolicyArn}",
        "DeletePolicy": "{PolicyArn}",
        "CreateOpenIDConnectProvider": "oidc-provider/*",
        "GetOpenIDConnectProvider": "{OpenIDConnectProviderArn}",
        "DeleteOpenIDConnectProvider": "{OpenIDConnectProviderArn}",
        "CreateServiceLinkedRole": Row(
            on="role/aws-service-role/{AWSServiceName}/*", keys={"iam:AWSServiceName": "AWSServiceName"}
        ),
    },
)


def _assumed(call: Call, _facts: Facts) -> list[Need]:
    role, tags = call.parameters["RoleArn"], tag_keys(tags_of(call.parameters))
    paths = {"sts:RoleSessionName": "RoleSessionName", "sts:ExternalId": "ExternalId"}
    needed = [Need(action="sts:AssumeRole", resource=role, context=keys(call, paths) | tags)]
    return needed + ([Need(action="sts:TagSession", resource=role, context=tags)] if tags else [])


def _nothing(_call: Call, _facts: Facts) -> list[Need]:
    """Who asks about itself needs no permission."""
    return []


STS = Table(
    prefix="sts",
    arn="arn:aws:sts::{account}:",
    rows={
        "AssumeRole": _assumed,
        # https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
        "GetCallerIdentity": _nothing,
    },
)
