"""`make bootstrap` in an account that is not empty: what went, what others made, and who must not be beside it."""

from pathlib import Path

import pytest

from infra.account import settings
from infra.account.errors import BootstrapError
from infra.rehearsal.aws import Aws
from tests.rehearsal.delivery.conftest import PROVIDER
from tests.rehearsal.delivery.stand_ins import state
from tests.rehearsal.in_order import policy

pytestmark = pytest.mark.slow


def gone(aws: Aws, root: Path, left: str) -> None:
    """The account's stack is destroyed, but for the provider, which it keeps; what is left of its state."""
    for role in [role["RoleName"] for role in aws.pages("iam", "ListRoles", "Roles")]:
        for attached in aws.pages("iam", "ListAttachedRolePolicies", "AttachedPolicies", RoleName=role):
            aws.call("iam", "DetachRolePolicy", RoleName=role, PolicyArn=attached["PolicyArn"])
        aws.call("iam", "DeleteRole", RoleName=role)
    for kept in aws.pages("iam", "ListPolicies", "Policies", Scope="Local"):
        aws.call("iam", "DeletePolicy", PolicyArn=kept["Arn"])
    bucket, key = state(root), ".pulumi/stacks/mlops-account/account.json"
    aws.call("s3", "DeleteObject", Bucket=bucket, Key=key)
    body = {"removed": (f"{key}.bak", b"{}"), "empty": (key, b'{"version": 3, "checkpoint": {"latest": null}}')}
    aws.call("s3", "PutObject", Bucket=bucket, Key=body[left][0], Body=body[left][1])


@pytest.mark.parametrize("left", ["removed", "empty"])
def test_the_provider_that_a_stack_left_behind_is_adopted_by_the_next(run, root: Path, aws: Aws, left: str):
    run()
    assert settings.read(root).provider == "make"
    tags = aws.call("iam", "GetOpenIDConnectProvider", OpenIDConnectProviderArn=PROVIDER)["Tags"]
    assert {"Key": "Stack", "Value": "mlops-demo-account"} in tags
    gone(aws, root, left)
    run()
    assert settings.read(root).provider == "adopt"
    assert len(aws.call("iam", "ListOpenIDConnectProviders")["OpenIDConnectProviderList"]) == 1
    # It is in the state from now on, but only looked up.
    run()
    assert settings.read(root).provider == "adopt"


@pytest.mark.parametrize("other", ["mlops-demo-dev-eu", "mlops"])
def test_a_project_whose_rights_would_reach_another_s_is_refused_before_anything_is_made(run, aws: Aws, other: str):
    """mlops with an environment `demo`, or a project mlops-demo-dev with an environment `eu`."""
    name = f"{other}-demo" if other == "mlops" else other
    document = policy(Action="s3:GetObject", Resource="*")
    aws.call("iam", "CreatePolicy", PolicyName=f"{name}-boundary", Path="/delivery/", PolicyDocument=document)
    with pytest.raises(BootstrapError, match=rf"environment {name} is in this account, and mlops-demo-dev is to"):
        run()
    assert aws.call("s3", "ListBuckets")["Buckets"] == []


def test_a_project_beside_it_is_none_of_its_business(run, aws: Aws):
    document = policy(Action="s3:GetObject", Resource="*")
    for name in ("mlops-demonstration-dev", "mlops-demo-staging", "other-dev"):
        aws.call("iam", "CreatePolicy", PolicyName=f"{name}-boundary", Path="/delivery/", PolicyDocument=document)
    said, _, _ = run()
    assert any("will be made" in line for line in said)
