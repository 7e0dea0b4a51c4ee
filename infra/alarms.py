"""Which alarms an environment has on what runs beside its endpoint. Pure."""

import pulumi

from infra import metrics
from infra.alarm import DAY, HOUR, Alarm
from infra.metrics import Metric
from ml import published

CHECKS = ("performance", "calibration")
"""The monitor's label-based checks, by their names in `ml.monitoring.checks.ACTED_ON`."""
CERTIFICATE_DAYS = 60
"""Each `pulumi up` of its last 120 days would have renewed the stack's own (`infra/certificate.py`)."""
FREE_GB = 1
"""RDS makes a disk larger once less than a tenth is free, 2 GB at the least: below this it is as large as it may be."""


def of_batch(endpoint: str, namespace: str, fresh_hours: int) -> list[Alarm]:
    """What batch scoring publishes at the end of each run."""
    return [
        Alarm(
            name="unscored",
            what="Rows of a day could not be scored by the release.",
            metrics={"days": metrics.of_monitor(endpoint, namespace, published.BATCH_FAILED_DAYS, "Maximum")},
            threshold=1,
            comparison="GreaterThanOrEqualToThreshold",
            period=HOUR,
            periods=1,
            # Between two runs nothing is known: what the last one said holds.
            missing="ignore",
        ),
        Alarm(
            name="stale",
            what=f"For {fresh_hours} hours, no run of batch scoring said that its newest day is younger than that.",
            # Of several instances, the one with the newest day.
            metrics={"age": metrics.of_monitor(endpoint, namespace, published.BATCH_AGE_HOURS, "Minimum")},
            threshold=fresh_hours,
            comparison="GreaterThanThreshold",
            period=HOUR,
            periods=fresh_hours,
            missing="breaching",
        ),
    ]


def of_training(pipeline: pulumi.Input[str], queue: pulumi.Input[str]) -> list[Alarm]:
    """Runs that came to no release, and starts that came to no run."""
    return [
        Alarm(
            name="training",
            what="A training run failed, or its candidate was refused by the gate.",
            metrics={"failed": metrics.executions(pipeline, "ExecutionFailed")},
            threshold=1,
            comparison="GreaterThanOrEqualToThreshold",
            period=HOUR,
            periods=1,
            # Nothing is said while nothing runs.
            missing="notBreaching",
        ),
        Alarm(
            name="starts",
            what="A training run was asked for and could not be started.",
            metrics={"waiting": metrics.waiting(queue)},
            threshold=1,
            comparison="GreaterThanOrEqualToThreshold",
            period=300,
            periods=1,
            # SQS says nothing of a queue that nobody has used for hours.
            missing="notBreaching",
        ),
    ]


def of_tracking(healthy: Metric, certificate: pulumi.Input[str], database: pulumi.Input[str]) -> list[Alarm]:
    """What training notices of the MLflow server, or will."""
    return [
        Alarm(
            name="mlflow",
            what="For five minutes, no MLflow server answered the load balancer.",
            metrics={"healthy": healthy},
            threshold=1,
            comparison="LessThanThreshold",
            period=60,
            periods=5,
            missing="breaching",
        ),
        Alarm(
            name="certificate",
            what=f"The MLflow server's certificate ends in less than {CERTIFICATE_DAYS} days.",
            metrics={"days": metrics.days_left(certificate)},
            threshold=CERTIFICATE_DAYS,
            comparison="LessThanThreshold",
            period=DAY,
            periods=1,
            # ACM says nothing of a certificate that is a day young, or has ended.
            missing="ignore",
        ),
        Alarm(
            name="database",
            what=f"For an hour, MLflow's database had less than {FREE_GB} GB left, and grew no more.",
            metrics={"free": metrics.free_storage(database)},
            threshold=FREE_GB * 2**30,
            comparison="LessThanThreshold",
            period=300,
            periods=12,
            missing="breaching",
        ),
    ]


def of_monitor(endpoint: str, namespace: str) -> list[Alarm]:
    """What the monitor job publishes once a day, under `Wiring.metrics_namespace`."""
    checks = [
        Alarm(
            name=check,
            what=f"The latest window violates the {check} check, on labels.",
            metrics={"violation": metrics.of_monitor(endpoint, namespace, published.VIOLATION, "Maximum", check)},
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
            name="restored",
            what="The monitor gave the endpoint back to the release before, or could not: labels show a worse one.",
            metrics={"restorations": metrics.of_monitor(endpoint, namespace, published.RESTORATIONS, "Sum")},
            threshold=1,
            comparison="GreaterThanOrEqualToThreshold",
            period=DAY,
            periods=1,
            missing="notBreaching",
        ),
        Alarm(
            name="runs",
            what="The monitor job has not come to an end for two days.",
            metrics={"runs": metrics.of_monitor(endpoint, namespace, published.MONITOR_RUNS, "Sum")},
            threshold=1,
            comparison="LessThanThreshold",
            period=DAY,
            periods=2,
            missing="breaching",
        ),
    ]
