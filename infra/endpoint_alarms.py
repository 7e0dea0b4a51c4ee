"""Which alarms an environment has on its endpoint. Pure."""

import pulumi

from infra import metrics
from infra.alarm import DAY, HOUR, Alarm
from infra.settings import Async, Function, MonitorSettings, Serverless, Serving
from ml import published

FAILING_PERCENT = 5
SERVERLESS_SHARE = 0.9
"""Of the allowed concurrency: what comes beyond it is refused."""


def of_endpoint(endpoint: str, variant: str, serving: Serving, latency_p99_ms: int) -> list[Alarm]:
    """What rolls an update back."""
    return [
        Alarm(
            name="errors",
            what="The endpoint answered a request with a server error.",
            metrics={"errors": metrics.invoked(endpoint, variant, serving, "Invocation5XXErrors", "Sum")},
            threshold=1,
            comparison="GreaterThanOrEqualToThreshold",
            period=60,
            periods=1,
            # No request is no error.
            missing="notBreaching",
        ),
        Alarm(
            name="latency",
            what=f"For three minutes, one in 100 requests took the model longer than {latency_p99_ms} ms.",
            metrics={"latency": metrics.invoked(endpoint, variant, serving, "ModelLatency", "p99")},
            threshold=metrics.latency(serving, latency_p99_ms),
            comparison="GreaterThanThreshold",
            period=60,
            periods=3,
            missing="notBreaching",
            pages=True,
        ),
    ]


def of_service(endpoint: str, variant: str, serving: Serving, monitor: MonitorSettings) -> list[Alarm]:
    """What else the endpoint's callers notice."""
    return [
        Alarm(
            name="failing",
            what=f"For five minutes, {FAILING_PERCENT} % of the requests or more ended in a server error.",
            metrics={
                "errors": metrics.invoked(endpoint, variant, serving, "Invocation5XXErrors", "Sum"),
                "requests": metrics.invoked(endpoint, variant, serving, "Invocations", "Sum"),
            },
            expression="100 * errors / requests",
            threshold=FAILING_PERCENT,
            comparison="GreaterThanOrEqualToThreshold",
            period=60,
            periods=5,
            missing="notBreaching",
            pages=True,
        ),
        Alarm(
            name="concurrency",
            what=_full(serving, monitor),
            metrics={"concurrency": metrics.concurrency(endpoint, variant, serving)},
            threshold=full(serving, monitor),
            comparison="GreaterThanOrEqualToThreshold",
            period=60,
            periods=5,
            missing="notBreaching",
            pages=True,
        ),
        *([_throttled(endpoint)] if isinstance(serving, Function) else []),
    ]


def _throttled(function: str) -> Alarm:
    return Alarm(
        name="throttled",
        runbook="concurrency",
        what="The function refused a request, as all that it may run at a time were taken.",
        metrics={"refused": metrics.of_function(function, "Throttles", "Sum")},
        threshold=1,
        comparison="GreaterThanOrEqualToThreshold",
        period=60,
        periods=1,
        missing="notBreaching",
    )


def full(serving: Serving, monitor: MonitorSettings) -> float:
    """The value of `metrics.concurrency` from which the endpoint is full."""
    if isinstance(serving, Function):
        return SERVERLESS_SHARE * serving.concurrency
    return SERVERLESS_SHARE if isinstance(serving, Serverless) else monitor.concurrent_requests


def _full(serving: Serving, monitor: MonitorSettings) -> str:
    if isinstance(serving, Serverless | Function):
        most = serving.concurrency if isinstance(serving, Function) else serving.max_concurrency
        return f"For five minutes, {SERVERLESS_SHARE:.0%} of the {most} requests at a time were taken."
    if isinstance(serving, Async):
        return f"For five minutes, {monitor.concurrent_requests} requests or more waited for each instance."
    return f"For five minutes, a model had {monitor.concurrent_requests} requests or more at a time."


def of_capture(
    endpoint: str, variant: str, serving: Serving, namespace: str, stream: pulumi.Input[str] | None
) -> Alarm:
    """Requests of which nothing reaches the bucket: without them nobody can judge the model."""
    requests = metrics.invoked(endpoint, variant, serving, "Invocations", "Sum")
    if stream is None:
        return Alarm(
            name="capture",
            what="For two days there were requests, and the monitor found no captured prediction of the last day.",
            # SageMaker publishes nothing of its own capture: the monitor looks what arrived.
            metrics={
                "requests": requests,
                "runs": metrics.of_monitor(endpoint, namespace, published.MONITOR_RUNS, "Sum"),
                "age": metrics.of_monitor(endpoint, namespace, published.CAPTURE_AGE_HOURS, "Maximum"),
            },
            # Where it found nothing for days, the monitor gives no age.
            expression="IF(requests > 0 AND runs > 0 AND FILL(age, 99) > 24, 1, 0)",
            threshold=1,
            comparison="GreaterThanOrEqualToThreshold",
            period=DAY,
            # A request after the day's run is captured too late for it.
            periods=2,
            missing="notBreaching",
        )
    return Alarm(
        name="capture",
        what="For two hours there were requests, and no captured prediction reached the bucket.",
        metrics={
            "requests": requests,
            "delivered": metrics.delivered(stream),
        },
        # Where nothing was delivered, Firehose says nothing.
        expression="IF(requests > 0 AND FILL(delivered, 0) == 0, 1, 0)",
        threshold=1,
        comparison="GreaterThanOrEqualToThreshold",
        period=HOUR,
        # A line of the last minute of an hour arrives in the next.
        periods=2,
        missing="notBreaching",
    )
