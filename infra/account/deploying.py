"""What the deploy role may do: make, update and delete its environment, within bounds that it cannot move."""

from infra import tags
from infra.account.rights import EMPTYING, PASSED_TO, RIGHTS
from infra.account.scope import Scope, Statement, allow, deny
from infra.account.state import of_stack
from infra.names import DELIVERY_PATH


def statements(scope: Scope) -> list[Statement]:
    """The rows, the roles within their boundary, the environment's state, and what nothing else may allow either."""
    rows = [*RIGHTS, *([EMPTYING] if scope.unprotected else [])]
    return [
        *(row.statement(scope) for row in rows),
        # Only through S3 and Secrets Manager, which ask with the role's own rights for the source and for passwords.
        allow(
            "kms:Decrypt",
            "kms:GenerateDataKey",
            on=scope.arns("kms", "key/*"),
            when={
                "StringEquals": {
                    **scope.of_this_stack["StringEquals"],
                    "kms:ViaService": [
                        f"{service}.{scope.region}.amazonaws.com" for service in ("s3", "secretsmanager")
                    ],
                }
            },
        ),
        *_bounded_roles(scope),
        *of_stack(scope, write=True),
        *denials(scope),
    ]


def _bounded_roles(scope: Scope) -> list[Statement]:
    roles = scope.arns("iam", "role/{prefix}-*")
    granting = "CreateRole PutRolePermissionsBoundary PutRolePolicy DeleteRolePolicy AttachRolePolicy DetachRolePolicy"
    return [
        allow(
            *(f"iam:{name}" for name in granting.split()),
            on=roles,
            when={"StringEquals": {"iam:PermissionsBoundary": scope.boundary_arn}},
        ),
        allow("iam:PassRole", on=roles, when={"StringEquals": {"iam:PassedToService": list(PASSED_TO)}}),
    ]


def denials(scope: Scope) -> list[Statement]:
    """What the role may not do whatever else it is given: change the boundary, itself, or who else may deliver."""
    own = scope.arns("iam", f"role{DELIVERY_PATH}*", f"policy{DELIVERY_PATH}*", "oidc-provider/*")
    return [
        deny(*(f"iam:{name}" for name in CHANGES.split()), on=own),
        deny("iam:DeleteRolePermissionsBoundary"),
        deny("sts:AssumeRole", on=own[:1]),
        # What carries another stack's tag is not to be taken over.
        deny(
            "ec2:CreateTags",
            "ec2:DeleteTags",
            "kms:TagResource",
            "kms:UntagResource",
            "kms:PutKeyPolicy",
            "kms:ScheduleKeyDeletion",
            when={
                "StringNotEquals": {f"aws:ResourceTag/{tags.STACK}": scope.prefix},
                "Null": {f"aws:ResourceTag/{tags.STACK}": "false"},
            },
        ),
        deny(
            "s3:DeleteBucket", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", on=[f"arn:aws:s3:::{scope.state_bucket}"]
        ),
    ]


CHANGES = """
CreateRole DeleteRole UpdateRole UpdateAssumeRolePolicy PutRolePolicy DeleteRolePolicy AttachRolePolicy DetachRolePolicy
PutRolePermissionsBoundary TagRole UntagRole PassRole CreatePolicy DeletePolicy CreatePolicyVersion DeletePolicyVersion
SetDefaultPolicyVersion CreateOpenIDConnectProvider DeleteOpenIDConnectProvider UpdateOpenIDConnectProviderThumbprint
AddClientIDToOpenIDConnectProvider RemoveClientIDFromOpenIDConnectProvider
"""
"""Actions of IAM that change roles, policies or who may sign in."""
