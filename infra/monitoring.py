"""Monitoring: what to look at, and the job that looks."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import alarms, capture
from infra.alarms import Alarm
from infra.data import APPROVED, DataLake
from infra.image import Image
from infra.job import ScheduledJob, ScheduledJobArgs
from infra.permissions import objects, put_metrics
from infra.place import Place
from infra.rollout import CHAMPION
from infra.settings import MonitorSettings
from infra.tracking import Tracking

COMMAND = ("python", "-m", "ml.cli", "monitor")
SCHEDULE = "rate(1 day)"
"""How often the job looks whether a window has closed."""


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    place: Place
    data: DataLake
    image: Image
    topic_arn: pulumi.Input[str]
    environment: Mapping[str, pulumi.Input[str]]
    """The variables of `ml.wiring.Wiring`."""
    tracking: Tracking
    settings: MonitorSettings


class Monitoring(pulumi.ComponentResource):
    """Alarms on the endpoint and on its quality, and the job that measures the quality."""

    rollback_alarms: list[pulumi.Output[str]]
    """The names of the alarms that roll an update back."""
    schedule_name: pulumi.Output[str]

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Monitoring", name, {}, opts)
        of_endpoint = alarms.of_endpoint(args.place.endpoint_name, CHAMPION, args.settings.latency_p99_ms)
        self.rollback_alarms = [self._alarm(name, alarm, args.topic_arn).name for alarm in of_endpoint]
        for alarm in alarms.of_monitor(args.place.endpoint_name, args.place.metrics_namespace):
            self._alarm(name, alarm, args.topic_arn)
        job = ScheduledJob(
            f"{name}-job",
            ScheduledJobArgs(
                place=args.place,
                purpose="watch",
                command=COMMAND,
                environment=args.environment,
                schedule=SCHEDULE,
                image_uri=args.image.uri,
                repository_arn=args.image.repository_arn,
                key_arn=args.data.key_arn,
                statements=[
                    *objects(args.data.capture, read=[capture.PREFIX], write=["monitoring/"]),
                    *objects(args.data.raw, read=["quarantine/"]),
                    *objects(args.data.tables, read=[""]),
                    *objects(args.data.models, read=[APPROVED, "runs/"]),
                    put_metrics(args.place.metrics_namespace),
                    *args.tracking.client_statements,
                ],
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.schedule_name = job.schedule_name
        self.register_outputs({"rollbackAlarms": self.rollback_alarms, "scheduleName": self.schedule_name})

    def _alarm(self, name: str, alarm: Alarm, topic_arn: pulumi.Input[str]) -> aws.cloudwatch.MetricAlarm:
        percentile = alarm.statistic.startswith("p")
        return aws.cloudwatch.MetricAlarm(
            f"{name}-{alarm.name}",
            alarm_description=alarm.description,
            namespace=alarm.namespace,
            metric_name=alarm.metric,
            dimensions=alarm.dimensions,
            statistic=None if percentile else alarm.statistic,
            extended_statistic=alarm.statistic if percentile else None,
            threshold=alarm.threshold,
            comparison_operator=alarm.comparison,
            period=alarm.period,
            evaluation_periods=alarm.periods,
            treat_missing_data=alarm.missing,
            alarm_actions=[topic_arn],
            ok_actions=[topic_arn],
            opts=pulumi.ResourceOptions(parent=self),
        )
