"""What SageMaker does with the role of a model or a job, on the user's behalf, before it starts anything."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from infra.rehearsal.iam.encryption import DECRYPT, GENERATE, through, topic_key
from infra.rehearsal.iam.facts import Call, Facts, Need
from infra.rehearsal.iam.operations.kms import encryption_context
from infra.rehearsal.iam.operations.rows import found
from infra.rehearsal.iam.principals import Principal

INTERFACES = ["CreateNetworkInterface", "CreateNetworkInterfacePermission", "DeleteNetworkInterface"]
INTERFACES += ["DeleteNetworkInterfacePermission", "DescribeNetworkInterfaces", "DescribeVpcs", "DescribeDhcpOptions"]
INTERFACES += ["DescribeSubnets", "DescribeSecurityGroups"]
IN_A_VPC = {"sagemaker:CreateProcessingJob": "NetworkConfig.VpcConfig", "sagemaker:CreateTrainingJob": "VpcConfig"}
"""Calls that start a job, and where they say in which network."""


def models(call: Call, facts: Facts) -> Iterator[Need]:
    """A new model's artifact is read, and its network interfaces are made, by its role.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
    """
    if (call.service, call.operation) != ("sagemaker", "CreateModel") or "ExecutionRoleArn" not in call.parameters:
        return
    role = session(call.parameters["ExecutionRoleArn"], facts)
    for path in ("PrimaryContainer.ModelDataUrl", "Containers[].ModelDataUrl"):
        for url in found(call.parameters, path):
            # A release of the real account is in a bucket that a rehearsal does not have.
            if facts.has_bucket(urlsplit(url).netloc):
                yield from _object(url, "s3:GetObject", DECRYPT, role, call, facts)
    if call.parameters.get("VpcConfig"):
        yield from _interfaces(role, call, facts)


def jobs(call: Call, facts: Facts) -> Iterator[Need]:
    """A job in a VPC makes its network interfaces with its role.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
    """
    path = IN_A_VPC.get(f"{call.service}:{call.operation}")
    if path and found(call.parameters, path):
        yield from _interfaces(session(call.parameters["RoleArn"], facts), call, facts)


def endpoints(call: Call, facts: Facts) -> Iterator[Need]:
    """A deployment looks at the alarms that roll it back, writes what it captures and answers, and tells what failed.

    All by the role of its models. An asynchronous endpoint answers by objects.

    Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html,
    https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html,
    https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-create-endpoint-prerequisites.html
    """
    if call.service != "sagemaker" or call.operation not in {"CreateEndpoint", "UpdateEndpoint"}:
        return
    config = facts.endpoint_config(call.parameters["EndpointConfigName"])
    if config is None:
        return
    for role in _roles(config, facts):
        for alarm in found(call.parameters, "DeploymentConfig.AutoRollbackConfiguration.Alarms[].AlarmName"):
            arn = f"arn:aws:cloudwatch:{call.region}:{facts.number}:alarm:{alarm}"
            yield Need(action="cloudwatch:DescribeAlarms", resource=arn, who=role)
        capture = config.get("DataCaptureConfig") or {}
        if capture.get("EnableCapture"):
            yield from _written(capture["DestinationS3Uri"], role, call, facts)
        yield from _asynchronous(config, role, call, facts)


def _asynchronous(config: Mapping[str, Any], role: Principal, call: Call, facts: Facts) -> Iterator[Need]:
    output = found(config, "AsyncInferenceConfig.OutputConfig")
    for path in ("S3OutputPath", "S3FailurePath"):
        for uri in found(output[0], path) if output else ():
            yield from _written(uri, role, call, facts)
    for topic in found(output[0], "NotificationConfig.ErrorTopic") if output else ():
        yield Need(action="sns:Publish", resource=topic, who=role)
        if key := facts.topic_key(topic):
            for action in (GENERATE, DECRYPT):
                yield topic_key(action, key, topic, call, facts, role)


def _written(uri: str, role: Principal, call: Call, facts: Facts) -> Iterator[Need]:
    yield from _object(f"{uri.rstrip('/')}/*", "s3:PutObject", GENERATE, role, call, facts)


def invocations(call: Call, facts: Facts) -> Iterator[Need]:
    """What an asynchronous endpoint is asked is an object, read by the role of its models.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-create-endpoint-prerequisites.html
    """
    if call.operation != "InvokeEndpointAsync" or "InputLocation" not in call.parameters:
        return
    config = facts.endpoint_config(facts.endpoint_runs(call.parameters["EndpointName"]) or "")
    for role in _roles(config, facts) if config else ():
        yield from _object(call.parameters["InputLocation"], "s3:GetObject", DECRYPT, role, call, facts)


def session(role: str, facts: Facts) -> Principal:
    """A role as SageMaker has taken it on."""
    taken = f"arn:aws:sts::{facts.number}:assumed-role/{role.rpartition('/')[2]}/SageMaker"
    return Principal(kind="role", account=facts.number, arn=role, session_arn=taken)


def _roles(config: Mapping[str, Any], facts: Facts) -> Iterable[Principal]:
    variants = [*config.get("ProductionVariants", ()), *(config.get("ShadowProductionVariants") or ())]
    names = dict.fromkeys(variant["ModelName"] for variant in variants if variant.get("ModelName"))
    described = [facts.model(name) for name in names]
    roles = dict.fromkeys(model["ExecutionRoleArn"] for model in described if model)
    return [session(role, facts) for role in roles]


def _object(url: str, action: str, key_action: str, role: Principal, call: Call, facts: Facts) -> Iterator[Need]:
    bucket, name = urlsplit(url).netloc, urlsplit(url).path.lstrip("/")
    arn = f"arn:aws:s3:::{bucket}/{name}"
    yield Need(action=action, resource=arn, who=role)
    key = facts.object_key(bucket, name, None) if key_action == DECRYPT else facts.bucket_key(bucket)
    if key:
        told = encryption_context(
            {"aws:s3:arn": f"arn:aws:s3:::{bucket}" if facts.bucket_key_is_shared(bucket) else arn}
        )
        yield Need(action=key_action, resource=key, context={**through("s3", call, facts), **told}, who=role)


def _interfaces(role: Principal, call: Call, facts: Facts) -> Iterator[Need]:
    """Describing has no resource type; making has several, of which the interface is asked for."""
    made = f"arn:aws:ec2:{call.region}:{facts.number}:network-interface/*"
    for action in INTERFACES:
        yield Need(action=f"ec2:{action}", resource="*" if action.startswith("Describe") else made, who=role)
