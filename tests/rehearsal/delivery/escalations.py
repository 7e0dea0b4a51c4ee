"""Requests that would let the deploy role do more than its environment asks for."""

from typing import Any

from tests.rehearsal.delivery.conftest import STATE
from tests.rehearsal.in_order import policy

TRUST = policy(Action="sts:AssumeRole", Principal={"Service": "sagemaker.amazonaws.com"})
ANYTHING = policy(Action="s3:GetObject", Resource="*")
MINE = "arn:aws:iam::123456789012:policy/delivery/mlops-demo-dev-boundary"
OIDC = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
OWN_POLICY = "arn:aws:iam::123456789012:policy/delivery/mlops-demo-dev-0-deploy"
NEW = {"RoleName": "mlops-demo-dev-new", "AssumeRolePolicyDocument": TRUST}
RAISED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a role without a boundary": ("iam", "CreateRole", NEW),
    "a role within another's boundary": (
        "iam",
        "CreateRole",
        {**NEW, "PermissionsBoundary": MINE.replace("dev", "prod")},
    ),
    "a role of another name": ("iam", "CreateRole", {**NEW, "RoleName": "anything", "PermissionsBoundary": MINE}),
    "a role among those that deliver": (
        "iam",
        "CreateRole",
        {**NEW, "Path": "/delivery/", "PermissionsBoundary": MINE},
    ),
    "the boundary taken off": ("iam", "DeleteRolePermissionsBoundary", {"RoleName": "mlops-demo-dev-bounded"}),
    "the boundary taken off itself": ("iam", "DeleteRolePermissionsBoundary", {"RoleName": "mlops-demo-dev-deploy"}),
    "another boundary": (
        "iam",
        "PutRolePermissionsBoundary",
        {"RoleName": "mlops-demo-dev-bounded", "PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"},
    ),
    "a policy for a role without a boundary": (
        "iam",
        "PutRolePolicy",
        {"RoleName": "mlops-demo-dev-free", "PolicyName": "p", "PolicyDocument": ANYTHING},
    ),
    "a policy of its own": (
        "iam",
        "PutRolePolicy",
        {"RoleName": "mlops-demo-dev-deploy", "PolicyName": "p", "PolicyDocument": ANYTHING},
    ),
    "a policy attached to itself": (
        "iam",
        "AttachRolePolicy",
        {"RoleName": "mlops-demo-dev-deploy", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
    ),
    "its own policy, anew": (
        "iam",
        "CreatePolicyVersion",
        {"PolicyArn": OWN_POLICY, "PolicyDocument": ANYTHING, "SetAsDefault": True},
    ),
    "the boundary, anew": (
        "iam",
        "CreatePolicyVersion",
        {"PolicyArn": MINE, "PolicyDocument": ANYTHING, "SetAsDefault": True},
    ),
    "a version of the boundary": ("iam", "DeletePolicyVersion", {"PolicyArn": MINE, "VersionId": "v1"}),
    "another version of the boundary": ("iam", "SetDefaultPolicyVersion", {"PolicyArn": MINE, "VersionId": "v1"}),
    "the boundary itself": ("iam", "DeletePolicy", {"PolicyArn": MINE}),
    "whom it trusts": (
        "iam",
        "UpdateAssumeRolePolicy",
        {"RoleName": "mlops-demo-dev-deploy", "PolicyDocument": TRUST},
    ),
    "prod's deploy role": ("iam", "DeleteRole", {"RoleName": "mlops-demo-prod-deploy"}),
    "GitHub's provider": ("iam", "DeleteOpenIDConnectProvider", {"OpenIDConnectProviderArn": OIDC}),
    "a second provider": (
        "iam",
        "CreateOpenIDConnectProvider",
        {"Url": "https://example.com", "ClientIDList": ["a"], "ThumbprintList": ["0" * 40]},
    ),
    "a foreign role to pass": (
        "sagemaker",
        "CreateModel",
        {
            "ModelName": "mlops-demo-dev-model",
            "ExecutionRoleArn": "arn:aws:iam::123456789012:role/foreign",
            "PrimaryContainer": {"Image": "i"},
        },
    ),
    "prod's model": ("sagemaker", "DeleteModel", {"ModelName": "mlops-demo-prod-model"}),
    "prod's objects": ("s3", "GetObject", {"Bucket": "mlops-demo-prod-data-raw-bucket", "Key": "a"}),
    "its own environment's data": ("s3", "GetObject", {"Bucket": "mlops-demo-dev-data-raw-bucket", "Key": "a"}),
    "prod's state": ("s3", "GetObject", {"Bucket": STATE, "Key": ".pulumi/stacks/mlops-demo/prod.json"}),
    "prod's state, written": (
        "s3",
        "PutObject",
        {"Bucket": STATE, "Key": ".pulumi/stacks/mlops-demo/prod.json", "Body": b""},
    ),
    "the account's state": ("s3", "GetObject", {"Bucket": STATE, "Key": ".pulumi/stacks/mlops-account/account.json"}),
    "the state's bucket": ("s3", "DeleteBucket", {"Bucket": STATE}),
    "a key of no stack": ("kms", "CreateKey", {}),
    "a budget of others": ("budgets", "DeleteBudget", {"AccountId": "123456789012", "BudgetName": "all"}),
}
