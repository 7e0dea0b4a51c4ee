"""What would let the deploy role do more than its environment asks for, tried under it."""

from typing import Any

import pytest

from infra.rehearsal.aws import Aws, RefusedError
from infra.rehearsal.credentials import ADMIN
from tests.rehearsal.conftest import emptied
from tests.rehearsal.delivery.conftest import STATE, made
from tests.rehearsal.in_order import KEY_POLICY, policy

pytestmark = pytest.mark.slow

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


@pytest.fixture(scope="module")
def deployer(_account: Aws, tmp_path_factory: pytest.TempPathFactory) -> Aws:
    """dev's deploy role, beside a role within the boundary, one without, and one of somebody else."""
    delivered = made(emptied(_account), tmp_path_factory.mktemp("delivered") / "project")
    aws = delivered.aws
    aws.call("iam", "CreateRole", **{**NEW, "RoleName": "mlops-demo-dev-bounded"}, PermissionsBoundary=MINE)
    for name in ("mlops-demo-dev-free", "foreign"):
        aws.call("iam", "CreateRole", **{**NEW, "RoleName": name})
    return delivered.acting("dev", "deploy")


@pytest.mark.parametrize("what", RAISED)
def test_what_would_let_it_do_more_is_refused(deployer: Aws, what: str):
    service, operation, request = RAISED[what]
    with pytest.raises(RefusedError, match=r"AccessDenied.*mlops-demo-dev-deploy/workflow is not authorized"):
        deployer.call(service, operation, **request)


@pytest.mark.parametrize("operation", ["PutKeyPolicy", "ScheduleKeyDeletion", "TagResource", "Decrypt"])
def test_the_state_s_key_and_others_keys_are_not_its_own(deployer: Aws, operation: str):
    admin = deployer.acting(ADMIN)
    keys = {
        whose: admin.call("kms", "CreateKey", Tags=[{"TagKey": "Stack", "TagValue": whose}])["KeyMetadata"]["Arn"]
        for whose in ("mlops-demo-prod", "mlops-demo-state")
    }
    requests: dict[str, dict[str, Any]] = {
        "PutKeyPolicy": {"PolicyName": "default", "Policy": KEY_POLICY},
        "ScheduleKeyDeletion": {"PendingWindowInDays": 7},
        "TagResource": {"Tags": [{"TagKey": "Stack", "TagValue": "mlops-demo-dev"}]},
        "Decrypt": {"CiphertextBlob": b"sealed"},
    }
    for arn in keys.values():
        with pytest.raises(RefusedError, match=rf"is not authorized to perform: kms:{operation}"):
            deployer.call("kms", operation, KeyId=arn, **requests[operation])


def test_it_keeps_its_environment_s_state(deployer: Aws):
    for key in ("stacks/mlops-demo/dev.json", "locks/organization/mlops-demo/dev/a.json", "history/mlops-demo/dev/a"):
        deployer.call("s3", "PutObject", Bucket=STATE, Key=f".pulumi/{key}", Body=b"{}")
        assert deployer.call("s3", "GetObject", Bucket=STATE, Key=f".pulumi/{key}")["Body"].read() == b"{}"
    deployer.call("s3", "ListObjectsV2", Bucket=STATE, Prefix=".pulumi/stacks")


def test_a_role_within_the_boundary_may_be_made_and_changed(deployer: Aws):
    deployer.call("iam", "CreateRole", **NEW, PermissionsBoundary=MINE)
    deployer.call("iam", "PutRolePolicy", RoleName=NEW["RoleName"], PolicyName="p", PolicyDocument=ANYTHING)
    deployer.call("iam", "DeleteRolePolicy", RoleName=NEW["RoleName"], PolicyName="p")
    deployer.call("iam", "DeleteRole", RoleName=NEW["RoleName"])
