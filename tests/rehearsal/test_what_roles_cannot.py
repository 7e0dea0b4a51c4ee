"""What no role of the program may do: beside its own prefixes, keys, endpoints and services."""

from collections.abc import Generator
from typing import Any

import pytest

from infra.rehearsal.aws import Aws, RefusedError
from infra.rehearsal.credentials import of_service
from infra.rehearsal.platform import Platform
from infra.rehearsal.rehearse import Rehearsal, rehearse

pytestmark = pytest.mark.slow

SERVICE = {
    "capture-role": "firehose",
    "capture-sender": "logs",
    "endpoint-role": "sagemaker",
    "image-build-role": "codebuild",
    "tracking-role": "sagemaker",
    "train-job-role": "sagemaker",
    "train-pipeline-role": "sagemaker",
    "train-start-decider": "events",
    "train-start-timer": "scheduler",
    "watch-job-role": "sagemaker",
    "watch-job-scheduler": "scheduler",
}
"""Who takes a role on; the others are taken on by people."""
EVERYBODY = [
    "iam:CreateRole role/new",
    "iam:PutRolePolicy {self}",
    "iam:PassRole {self}",
    "kms:ScheduleKeyDeletion {key}",
    "kms:PutKeyPolicy {key}",
    "kms:Decrypt {other_key}",
    "s3:PutBucketPolicy {tables}",
    "s3:DeleteObject {models}/approved/a",
    "s3:DeleteObjectVersion {models}/approved/a",
    "s3:GetObject {elsewhere}/a",
    "sagemaker:DeleteEndpoint endpoint",
    "sagemaker:UpdateEndpoint endpoint",
    "secretsmanager:GetSecretValue secret",
]
BESIDE = {
    "access-caller": [
        "s3:PutObject {tables}/flights/a",
        "s3:GetObject {models}/approved/a",
        "s3:GetObject {capture}/capture/a",
        "kms:GenerateDataKey {key}",
        "sagemaker:InvokeEndpoint {other_endpoint}",
    ],
    "access-producer": [
        "s3:GetObject {models}/approved/a",
        "s3:GetObject {raw}/quarantine/a",
        "s3:PutObject {raw}/elsewhere/a",
        "s3:PutObject {capture}/capture/a",
        "sagemaker:InvokeEndpoint {endpoint}",
    ],
    "access-releaser": ["s3:GetObject {models}/approved/a", "s3:GetObject {tables}/flights/a", "kms:Decrypt {key}"],
    "capture-role": ["s3:GetObject {capture}/capture/a", "s3:PutObject {capture}/monitoring/a"],
    "capture-sender": ["s3:PutObject {capture}/capture/a", "firehose:DeleteDeliveryStream {stream}"],
    "endpoint-role": [
        "s3:GetObject {models}/releases/a",
        "s3:PutObject {models}/approved/a",
        "s3:GetObject {capture}/capture/a",
        "s3:GetObject {tables}/flights/a",
    ],
    "image-build-role": ["s3:GetObject {models}/approved/a", "s3:PutObject {models}/image-source/a"],
    "tracking-role": ["s3:GetObject {models}/approved/a", "s3:PutObject {models}/releases/a"],
    "train-job-role": [
        "s3:PutObject {tables}/flights/a",
        "s3:GetObject {capture}/capture/a",
        "s3:PutObject {models}/image-source/a",
        "sagemaker:CreateProcessingJob {job}",
        "sns:Publish {topic}",
    ],
    "train-pipeline-role": [
        "s3:GetObject {models}/approved/a",
        "s3:PutObject {models}/pipeline/a",
        "s3:GetObject {tables}/flights/a",
        "sagemaker:CreateProcessingJob {job}",
        "sagemaker:StopTrainingJob {others_job}",
        "sagemaker:CreateEndpoint {endpoint}",
    ],
    "train-start-decider": ["sagemaker:StartPipelineExecution {others_pipeline}", "iam:PassRole {train_role}"],
    "train-start-timer": ["sagemaker:StartPipelineExecution {others_pipeline}", "iam:PassRole {train_role}"],
    "watch-job-role": [
        "s3:PutObject {models}/approved/a",
        "s3:PutObject {capture}/capture/a",
        "s3:PutObject {tables}/flights/a",
        "s3:DeleteObject {models}/runs/running.json",
        # Without the stack's own source and kind of event.
        "events:PutEvents {bus}",
        "sagemaker:StartPipelineExecution {others_pipeline}",
    ],
    "watch-job-scheduler": ["iam:PassRole {train_role}", "sagemaker:CreateEndpoint {endpoint}"],
}
"""The role's end of the name, and what it may not do, each as action and resource."""


@pytest.fixture(scope="module")
def rehearsal(shipped, tmp_path_factory) -> Generator[Rehearsal]:
    with rehearse(shipped, "dev", tmp_path_factory.mktemp("roles")) as rehearsal:
        yield rehearsal


@pytest.fixture(scope="module")
def roles(rehearsal: Rehearsal) -> dict[str, str]:
    """The ARN of each role of the program, by the end of its name."""
    made = [resource for resource in rehearsal.resources if resource.type == "aws:iam/role:Role"]
    prefix = rehearsal.outputs["endpoint_name"]
    return {resource.name.removeprefix(f"{prefix}-"): resource.outputs["arn"] for resource in made}


def test_each_role_of_the_program_is_in_the_list(roles):
    assert set(BESIDE) == set(roles)
    assert set(SERVICE) == {name for name in roles if not name.startswith("access-")}


@pytest.mark.parametrize("role", BESIDE)
def test_a_role_may_do_nothing_beside_its_part(rehearsal: Rehearsal, roles, role: str):
    aws, outputs = rehearsal.aws, rehearsal.outputs
    key = next(r.outputs["arn"] for r in rehearsal.resources if r.type == "aws:kms/key:Key")
    names = {
        **{name: f"arn:aws:s3:::{bucket}" for name, bucket in outputs["buckets"].items()},
        "elsewhere": "arn:aws:s3:::elsewhere",
        "key": key,
        "other_key": aws.call("kms", "CreateKey")["KeyMetadata"]["Arn"],
        "self": roles[role],
        "train_role": roles["train-job-role"],
        "topic": outputs["topic"],
        "stream": aws.arn("firehose", f"deliverystream/{outputs['capture_stream']}"),
        "endpoint": aws.arn("sagemaker", f"endpoint/{outputs['endpoint_name']}"),
        "other_endpoint": aws.arn("sagemaker", "endpoint/another"),
        "job": aws.arn("sagemaker", "processing-job/another"),
        # Named as every pipeline names its jobs, without the stack's tag.
        "others_job": aws.arn("sagemaker", "training-job/pipelines-abc-train-def"),
        "others_pipeline": aws.arn("sagemaker", "pipeline/another"),
        "bus": aws.arn("events", "event-bus/default"),
    }
    session = Platform(aws).assume(roles[role], service=SERVICE.get(role, ""))
    asked = [denied.format(**names).partition(" ") for denied in EVERYBODY + BESIDE[role]]
    answers = {f"{action} {on}": refusal(session, action, on) for action, _, on in asked}
    # By the policies, and not because the session is unknown.
    assert [what for what, answer in answers.items() if "is not authorized to perform" not in answer] == []


def refusal(session: Aws, action: str, resource: str) -> str:
    """Why the session may not do it; empty where it may."""
    try:
        session.ask(
            action, resource if resource.startswith("arn:") else session.arn(action.partition(":")[0], resource)
        )
    except RefusedError as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize("role", BESIDE)
def test_no_role_writes_over_an_approved_model_or_deletes_it(rehearsal: Rehearsal, roles, role: str):
    models, key = rehearsal.outputs["buckets"]["models"], f"approved/{role}/model.tar.gz"
    version = rehearsal.aws.call("s3", "PutObject", Bucket=models, Key=key, Body=b"right", IfNoneMatch="*")["VersionId"]
    session = Platform(rehearsal.aws).assume(roles[role], service=SERVICE.get(role, ""))
    calls: dict[str, dict[str, Any]] = {
        "PutObject": {"Body": b"wrong"},
        "CopyObject": {"CopySource": f"{models}/{key}"},
        "DeleteObject": {},
    }
    for operation, more in [*calls.items(), ("DeleteObject", {"VersionId": version})]:
        with pytest.raises(RefusedError, match="AccessDenied"):
            session.call("s3", operation, Bucket=models, Key=key, **more)
    assert rehearsal.aws.call("s3", "ListObjectVersions", Bucket=models, Prefix=key)["Versions"][0]["IsLatest"]
    assert len(rehearsal.aws.call("s3", "ListObjectVersions", Bucket=models, Prefix=key)["Versions"]) == 1


@pytest.mark.parametrize("service", ["lambda", "ec2", "sagemaker", "scheduler", "codebuild", "firehose", "logs"])
def test_no_service_takes_on_a_role_that_was_made_for_another(rehearsal: Rehearsal, roles, service: str):
    for name, arn in roles.items():
        if SERVICE.get(name) == service:
            continue
        with pytest.raises(RefusedError, match="sts:AssumeRole"):
            Platform(rehearsal.aws).assume(arn, service=service)


def test_the_log_bucket_lets_in_the_log_service_for_the_buckets_of_the_stack_only(rehearsal: Rehearsal):
    aws = rehearsal.aws
    service = aws.acting(of_service("logging.s3"))
    logged = [resource.inputs for resource in rehearsal.resources if resource.type.endswith(":BucketLogging")]
    assert len(logged) == 4
    for logging in logged:
        target = f"arn:aws:s3:::{logging['targetBucket']}/{logging['targetPrefix']}a"
        service.ask("s3:PutObject", target, {"aws:SourceArn": f"arn:aws:s3:::{logging['bucket']}"})
        with pytest.raises(RefusedError, match="no statement of the resource's policy"):
            service.ask("s3:PutObject", target, {"aws:SourceArn": "arn:aws:s3:::another"})
