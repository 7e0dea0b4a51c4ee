"""Which alarms an endpoint has, as plain data: metric, dimensions, threshold and what silence means."""

from dataclasses import dataclass

DAY = 86_400
CHECKS = ("performance", "calibration")
"""The monitor's label-based checks, by their names in `ml.monitoring.checks.ACTED_ON`."""


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One CloudWatch alarm."""

    name: str
    description: str
    namespace: str
    metric: str
    dimensions: dict[str, str]
    statistic: str
    """A statistic, or a percentile such as p99."""
    threshold: float
    comparison: str
    period: int
    periods: int
    missing: str
    """What no data means: notBreaching, breaching or ignore."""


def of_endpoint(endpoint_name: str, variant: str, latency_p99_ms: int) -> list[Alarm]:
    """What SageMaker measures: also what rolls an update back."""
    dimensions = {"EndpointName": endpoint_name, "VariantName": variant}
    return [
        Alarm(
            name="errors",
            description="The endpoint answered a request with a server error.",
            namespace="AWS/SageMaker",
            metric="Invocation5XXErrors",
            dimensions=dimensions,
            statistic="Sum",
            threshold=1,
            comparison="GreaterThanOrEqualToThreshold",
            period=60,
            periods=1,
            # No request is no error.
            missing="notBreaching",
        ),
        Alarm(
            name="latency",
            description=f"One in 100 requests took the model longer than {latency_p99_ms} ms.",
            namespace="AWS/SageMaker",
            metric="ModelLatency",
            dimensions=dimensions,
            statistic="p99",
            # Microseconds.
            threshold=latency_p99_ms * 1000,
            comparison="GreaterThanThreshold",
            period=60,
            periods=3,
            missing="notBreaching",
        ),
    ]


def of_monitor(endpoint_name: str, namespace: str) -> list[Alarm]:
    """What the monitor job publishes once a day, under `Wiring.metrics_namespace`."""
    dimensions = {"EndpointName": endpoint_name}
    checks = [
        Alarm(
            name=check,
            description=f"The latest window violates the {check} check, on labels.",
            namespace=namespace,
            metric="Violation",
            dimensions={**dimensions, "Check": check},
            statistic="Maximum",
            threshold=1,
            comparison="GreaterThanOrEqualToThreshold",
            period=DAY,
            periods=1,
            # A window without enough labels says nothing new.
            missing="ignore",
        )
        for check in CHECKS
    ]
    return [
        *checks,
        Alarm(
            name="capture",
            description="The newest captured prediction is more than two days old, though there was one this window.",
            namespace=namespace,
            metric="CaptureAgeHours",
            dimensions=dimensions,
            statistic="Maximum",
            threshold=48,
            comparison="GreaterThanThreshold",
            period=DAY,
            periods=1,
            # An idle endpoint captures nothing, and the job then publishes nothing.
            missing="notBreaching",
        ),
        Alarm(
            name="runs",
            description="The monitor job has not come to an end for two days.",
            namespace=namespace,
            metric="MonitorRuns",
            dimensions=dimensions,
            statistic="Sum",
            threshold=1,
            comparison="LessThanThreshold",
            period=DAY,
            periods=2,
            missing="breaching",
        ),
    ]
