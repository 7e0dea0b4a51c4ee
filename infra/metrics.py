"""The metrics that alarms watch and the dashboard shows: AWS's own, and what the jobs publish. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from infra.settings import Async, Function, RealTime, Serverless, Serving
from ml import published

INVOKED = "AWS/SageMaker"
"""What SageMaker counts of an endpoint's requests."""
HOSTED = "/aws/sagemaker/Endpoints"
"""What SageMaker measures of an endpoint's containers."""
FUNCTION = "AWS/Lambda"
"""What Lambda counts of a function, and of the requests of its URL, in milliseconds:
docs.aws.amazon.com/lambda/latest/dg/urls-monitoring.html"""
OF_FUNCTION = {
    "Invocations": "UrlRequestCount",
    "Invocation4XXErrors": "Url4xxCount",
    "Invocation5XXErrors": "Url5xxCount",
    "ModelLatency": "UrlRequestLatency",
}
"""By what SageMaker calls the like."""
DELIVERED = "AWS/Firehose"
EXECUTED = "AWS/Sagemaker/ModelBuildingPipeline"
"""What SageMaker counts of a pipeline's executions; the small m is AWS's own."""
QUEUED = "AWS/SQS"
BALANCED = "AWS/ApplicationELB"
CERTIFIED = "AWS/CertificateManager"
STORED = "AWS/RDS"
DELIVERED_RECORDS = "DeliveryToS3.Records"


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric and how it is summed up."""

    namespace: str
    name: str
    dimensions: Mapping[str, pulumi.Input[str]]
    statistic: str
    """A statistic, or a percentile such as p99."""


def of_variant(endpoint: str, variant: str, name: str, statistic: str, namespace: str = INVOKED) -> Metric:
    """A metric that SageMaker has of one variant: without both dimensions it has none of this name."""
    dimensions = {"EndpointName": endpoint, "VariantName": variant}
    return Metric(namespace=namespace, name=name, dimensions=dimensions, statistic=statistic)


def invoked(endpoint: str, variant: str, serving: Serving, name: str, statistic: str) -> Metric:
    """What is counted of requests, by SageMaker's name for it."""
    if isinstance(serving, Function):
        return of_function(endpoint, OF_FUNCTION[name], statistic)
    return of_variant(endpoint, variant, name, statistic)


def of_function(function: str, name: str, statistic: str) -> Metric:
    return Metric(namespace=FUNCTION, name=name, dimensions={"FunctionName": function}, statistic=statistic)


def latency(serving: Serving, milliseconds: int) -> int:
    """A latency in the unit of the mode's metric."""
    return milliseconds if isinstance(serving, Function) else milliseconds * 1000


BACKLOG = "ApproximateBacklogSizePerInstance"
"""Requests that wait for an asynchronous endpoint: .../sagemaker/latest/dg/async-inference-monitor.html"""
CONCURRENCY: dict[type[Serving], tuple[str, str]] = {
    Serverless: ("ServerlessConcurrentExecutionsUtilization", "Maximum"),
    RealTime: ("ConcurrentRequestsPerModel", "Maximum"),
}
"""How full an endpoint is, by the way it serves: a share of what is allowed, or requests at the same time."""


def concurrency(endpoint: str, variant: str, serving: Serving) -> Metric:
    if isinstance(serving, Async):
        return Metric(namespace=INVOKED, name=BACKLOG, dimensions={"EndpointName": endpoint}, statistic="Average")
    if isinstance(serving, Function):
        return of_function(endpoint, "ConcurrentExecutions", "Maximum")
    return of_variant(endpoint, variant, *CONCURRENCY[type(serving)])


def delivered(stream: pulumi.Input[str]) -> Metric:
    """The captured lines that reached the bucket."""
    dimensions = {"DeliveryStreamName": stream}
    return Metric(namespace=DELIVERED, name=DELIVERED_RECORDS, dimensions=dimensions, statistic="Sum")


def executions(pipeline: pulumi.Input[str], name: str) -> Metric:
    return Metric(namespace=EXECUTED, name=name, dimensions={"PipelineName": pipeline}, statistic="Sum")


def waiting(queue: pulumi.Input[str]) -> Metric:
    """The messages that a queue holds."""
    dimensions = {"QueueName": queue}
    return Metric(
        namespace=QUEUED, name="ApproximateNumberOfMessagesVisible", dimensions=dimensions, statistic="Maximum"
    )


def healthy(balancer: pulumi.Input[str], target_group: pulumi.Input[str]) -> Metric:
    """The targets of a group that answer, both named by the ends of their ARNs."""
    dimensions = {"LoadBalancer": balancer, "TargetGroup": target_group}
    return Metric(namespace=BALANCED, name="HealthyHostCount", dimensions=dimensions, statistic="Maximum")


def days_left(certificate: pulumi.Input[str]) -> Metric:
    dimensions = {"CertificateArn": certificate}
    return Metric(namespace=CERTIFIED, name="DaysToExpiry", dimensions=dimensions, statistic="Minimum")


def free_storage(database: pulumi.Input[str]) -> Metric:
    """In bytes."""
    dimensions = {"DBInstanceIdentifier": database}
    return Metric(namespace=STORED, name="FreeStorageSpace", dimensions=dimensions, statistic="Minimum")


def of_monitor(endpoint: str, namespace: str, name: str, statistic: str, check: str = "") -> Metric:
    """A metric of the monitor job, of one check where it names one."""
    dimensions = {published.ENDPOINT: endpoint, **({published.CHECK: check} if check else {})}
    return Metric(namespace=namespace, name=name, dimensions=dimensions, statistic=statistic)
