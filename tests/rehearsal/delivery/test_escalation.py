"""What would let the deploy role do more than its environment asks for, tried under it."""

from typing import Any

import pytest

from infra.rehearsal.aws import Aws, RefusedError
from infra.rehearsal.credentials import ADMIN
from tests.rehearsal.conftest import emptied
from tests.rehearsal.delivery.conftest import STATE, made
from tests.rehearsal.delivery.escalations import ANYTHING, MINE, NEW, RAISED
from tests.rehearsal.in_order import KEY_POLICY

pytestmark = pytest.mark.slow


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
