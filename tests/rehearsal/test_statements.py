"""Every statement of every role is needed, and none gives more than its part: the real program, walked through."""

import time
from collections.abc import Generator
from pathlib import Path

import pytest

from infra.rehearsal.aws import Aws
from infra.rehearsal.environment import environment
from infra.rehearsal.platform import Platform
from infra.rehearsal.rehearse import rehearse
from tests.rehearsal.stack import stack
from tests.rehearsal.statements import RANDOM, mutations, policies, surviving
from tests.rehearsal.walk import Walk

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3000)]


@pytest.fixture(scope="module")
def walk(shipped, tmp_path_factory) -> Generator[Walk]:
    folder = tmp_path_factory.mktemp("walk")
    with rehearse(shipped, "dev", folder / "servers") as rehearsal, environment(rehearsal.environ):
        yield Walk(rehearsal, folder)


def test_each_role_can_do_its_work_and_each_statement_of_it_is_needed(walk: Walk):
    """Each statement is taken away in turn, and kms:Decrypt by itself: the work fails, and the refusal says what."""
    aws, exercises = walk.rehearsal.aws, walk.exercises()
    for exercise in exercises.values():
        exercise()
    assert aws.refusals() == []
    tried, survived = 0, []
    for role, policy, document in policies(aws):
        exercise = next(does for ending, does in exercises.items() if role[:-RANDOM].endswith(ending))
        tried += len(list(mutations(document)))
        survived += surviving(aws, role, policy, document, exercise)
    assert not survived, "\n".join(survived)
    assert tried > 50
    used = {(role, index) for policy, index in aws.statements_used() for role in [policy.partition("/")[0]]}
    assert {(role, index) for role, _, document in policies(aws) for index in range(len(document["Statement"]))} <= used


def test_each_statement_of_an_isolated_endpoint_s_role_is_needed(shipped: Path, tmp_path: Path):
    """prod's endpoint captures by the platform and is watched by alarms."""
    with rehearse(shipped, "prod", tmp_path) as rehearsal:
        aws, outputs = rehearsal.aws, rehearsal.outputs
        name, models = outputs["endpoint_name"], outputs["buckets"]["models"]
        aws.call("s3", "PutObject", Bucket=models, Key="approved/a", Body=b"a model", IfNoneMatch="*")
        config = aws.call("sagemaker", "DescribeEndpoint", EndpointName=name)
        (made,) = [entry for entry in rehearsal.resources if entry.type == "aws:sagemaker/endpoint:Endpoint"]

        def exercise() -> None:
            container = Platform(aws).container(name)
            container.call("s3", "ListObjectsV2", Bucket=models, Prefix="approved/")
            container.call("s3", "GetObject", Bucket=models, Key="approved/a")
            update = {"name": name, "endpointConfigName": config["EndpointConfigName"]}
            deployment = {"deploymentConfig": made.inputs["deploymentConfig"]}
            aws.send("sagemaker", "UpdateEndpoint", {**update, **deployment}, {"name": "EndpointName"})
            wait(aws, name)

        exercise()
        ((role, policy, document),) = policies(aws, "-endpoint-role")
        assert len(document["Statement"]) > 8
        assert surviving(aws, role, policy, document, exercise) == []


def test_each_statement_of_an_asynchronous_endpoint_s_roles_is_needed(tmp_path: Path):
    """What is asked and what is answered are objects: the caller's, and the model's role's."""
    (tmp_path / "project").mkdir()
    root = stack(tmp_path / "project", "small", "dev", {"serving": {"mode": "async", "instances": 10}})
    with rehearse(root, "dev", tmp_path) as rehearsal:
        aws, outputs = rehearsal.aws, rehearsal.outputs
        name, bucket = outputs["endpoint_name"], outputs["buckets"]["capture"]
        aws.call(
            "s3", "PutObject", Bucket=outputs["buckets"]["models"], Key="approved/a", Body=b"a model", IfNoneMatch="*"
        )
        aws.call("s3", "PutObject", Bucket=outputs["buckets"]["tables"], Key="a", Body=b"rows")
        (made,) = [entry for entry in rehearsal.resources if entry.type == "aws:sagemaker/endpoint:Endpoint"]
        update = {"name": name, "endpointConfigName": made.inputs["endpointConfigName"]}
        deployment = {"deploymentConfig": made.inputs["deploymentConfig"]}

        def ask() -> None:
            caller = Platform(aws).assume(outputs["roles"]["caller"])
            caller.call("s3", "PutObject", Bucket=bucket, Key="async/requests/1", Body=b"{}")
            location = f"s3://{bucket}/async/requests/1"
            caller.call("sagemaker-runtime", "InvokeEndpointAsync", EndpointName=name, InputLocation=location)
            # SageMaker writes what the container answers.
            aws.call("s3", "PutObject", Bucket=bucket, Key="async/results/1", Body=b"{}")
            caller.call("s3", "GetObject", Bucket=bucket, Key="async/results/1")
            caller.call("s3", "ListObjectsV2", Bucket=outputs["buckets"]["tables"])
            caller.call("s3", "GetObject", Bucket=outputs["buckets"]["tables"], Key="a")

        def serve() -> None:
            ask()
            container = Platform(aws).container(name)
            container.call("s3", "ListObjectsV2", Bucket=outputs["buckets"]["models"], Prefix="approved/")
            container.call("s3", "GetObject", Bucket=outputs["buckets"]["models"], Key="approved/a")
            aws.send("sagemaker", "UpdateEndpoint", {**update, **deployment}, {"name": "EndpointName"})
            wait(aws, name)

        for ending, exercise in (("-endpoint-role", serve), ("-access-caller", ask)):
            exercise()
            ((role, policy, document),) = policies(aws, ending)
            assert surviving(aws, role, policy, document, exercise) == []


def wait(aws: Aws, endpoint: str) -> None:
    while aws.call("sagemaker", "DescribeEndpoint", EndpointName=endpoint)["EndpointStatus"] != "InService":
        time.sleep(0.05)
