"""The environment's roles do their work within the boundary that the account sets, and nothing beyond it."""

from pathlib import Path
from typing import Any

import pytest

from infra.rehearsal.aws import Aws, RefusedError
from infra.rehearsal.execution import Execution
from infra.rehearsal.platform import ENDPOINTS, Platform
from infra.rehearsal.request import plain
from infra.rehearsal.starting import Starting
from tests.rehearsal.delivery.conftest import STATE, Delivered
from tests.rehearsal.in_order import policy

pytestmark = pytest.mark.slow


class ReachedError(Exception):
    """The first job's container is there."""


class FirstStep(Execution):
    """An execution of the pipeline that ends where its first container would begin."""

    container: Aws

    def _process(self, name: str, request: Any, root: Path, container: Aws, *, isolated: bool) -> None:
        self.container = container
        raise ReachedError(f"{name}: {root}, {request}, isolated: {isolated}")


def test_jobs_endpoint_build_and_people_work_within_it(delivered: Delivered, tmp_path: Path):
    aws = delivered.aws
    aws.refusals()
    _, program = delivered.apply("dev", delivered.acting("dev", "deploy"))
    outputs, platform = plain(program.outputs), Platform(aws)
    roles = [
        aws.call("iam", "GetRole", RoleName=role["RoleName"])["Role"] for role in aws.pages("iam", "ListRoles", "Roles")
    ]
    bounded = [role for role in roles if not role["Path"].startswith("/delivery/")]
    assert len(bounded) > 5
    arns = {role["PermissionsBoundary"]["PermissionsBoundaryArn"] for role in bounded}
    assert arns == {"arn:aws:iam::123456789012:policy/delivery/mlops-demo-dev-boundary"}

    buckets = outputs["buckets"]
    step = FirstStep(aws, Starting(aws).started(outputs["schedules"]["train"]), tmp_path)
    with pytest.raises(ReachedError):
        step.run()
    _, watching = platform.job(outputs["schedules"]["watch"])
    for container in (step.container, watching):
        container.call("s3", "ListObjectsV2", Bucket=buckets["tables"])
    watching.call("s3", "PutObject", Bucket=buckets["capture"], Key="monitoring/a", Body=b"{}")
    platform.container(outputs["endpoint_name"]).call("s3", "ListObjectsV2", Bucket=buckets["models"])
    platform.delivery(f"{ENDPOINTS}/{outputs['endpoint_name']}", outputs["capture_stream"])
    platform.build(aws.call("codebuild", "ListProjects")["projects"][0])
    producer = platform.assume(outputs["roles"]["producer"])
    producer.call("s3", "PutObject", Bucket=buckets["tables"], Key="a", Body=b"rows")
    caller = platform.assume(outputs["roles"]["caller"])
    assert caller.call("s3", "GetObject", Bucket=buckets["tables"], Key="a")["Body"].read() == b"rows"
    platform.assume(outputs["roles"]["releaser"]).ask("sagemaker:CallMlflowAppApi", outputs["mlflow"])
    assert aws.refusals() == []


def test_a_role_that_the_deploy_role_makes_can_do_nothing_beyond_it(delivered: Delivered):
    """Whatever its own policy says: this is what a deploy role could make for itself."""
    aws, deployer = delivered.aws, delivered.acting("dev", "deploy")
    trust = policy(Principal={"AWS": "arn:aws:iam::123456789012:root"}, Action="sts:AssumeRole")
    boundary = "arn:aws:iam::123456789012:policy/delivery/mlops-demo-dev-boundary"
    name = "mlops-demo-dev-greedy"
    made = deployer.call(
        "iam", "CreateRole", RoleName=name, AssumeRolePolicyDocument=trust, PermissionsBoundary=boundary
    )
    everything = policy(Action="*", Resource="*")
    deployer.call("iam", "PutRolePolicy", RoleName=name, PolicyName="all", PolicyDocument=everything)
    greedy = Platform(aws).assume(made["Role"]["Arn"])
    for service, operation, request in [
        ("iam", "CreateRole", {"RoleName": "mlops-demo-dev-a", "AssumeRolePolicyDocument": trust}),
        ("iam", "PutRolePolicy", {"RoleName": name, "PolicyName": "b", "PolicyDocument": everything}),
        ("iam", "DeleteRolePermissionsBoundary", {"RoleName": name}),
        ("s3", "GetObject", {"Bucket": STATE, "Key": ".pulumi/stacks/mlops-demo/prod.json"}),
        ("s3", "GetObject", {"Bucket": "mlops-demo-prod-data-raw-bucket", "Key": "a"}),
        ("kms", "CreateKey", {}),
        ("sagemaker", "DeleteEndpoint", {"EndpointName": "mlops-demo-dev"}),
    ]:
        with pytest.raises(RefusedError, match="no statement of the permissions boundary"):
            greedy.call(service, operation, **request)
