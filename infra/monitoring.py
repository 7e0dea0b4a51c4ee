"""Monitoring: what to look at, and the job that looks."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from infra import alarm, alarms, capture, endpoint_alarms, restoring
from infra.data import DataLake
from infra.image import Image
from infra.job import ScheduledJob, ScheduledJobArgs
from infra.permissions import objects, put_event, put_metrics
from infra.place import Place
from infra.rollout import CHAMPION
from infra.settings import Settings
from infra.tracking import Tracking
from ml import agreed, events

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
    settings: Settings


class Monitoring(pulumi.ComponentResource):
    """Alarms on the endpoint and on its quality, and the job that measures the quality."""

    rollback_alarms: list[pulumi.Output[str]]
    """The names of the alarms that roll any update back, whichever release it brings."""
    alarm_arns: list[pulumi.Output[str]]
    paging: list[pulumi.Output[str]]
    """The names of the alarms that need a person at once."""
    topic_arn: pulumi.Input[str]
    """Where people are told."""
    schedule_name: pulumi.Output[str]

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Monitoring", name, {}, opts)
        self.topic_arn = args.topic_arn
        place, serving, monitor = args.place, args.settings.serving, args.settings.monitor
        rollback = endpoint_alarms.of_endpoint(place.endpoint_name, CHAMPION, serving, monitor.latency_p99_ms)
        others = [
            *endpoint_alarms.of_service(place.endpoint_name, CHAMPION, serving, monitor),
            *alarms.of_monitor(place.endpoint_name, place.metrics_namespace),
        ]
        made = [
            (each, alarm.make(name, each, args.topic_arn, pulumi.ResourceOptions(parent=self)))
            for each in (*rollback, *others)
        ]
        self.rollback_alarms = [resource.name for each, resource in made if each in rollback]
        self.alarm_arns = [resource.arn for _each, resource in made]
        self.paging = [resource.name for each, resource in made if each.pages]
        job = ScheduledJob(
            f"{name}-job",
            ScheduledJobArgs(
                place=args.place,
                purpose="watch",
                command=COMMAND,
                environment=args.environment,
                placement=args.tracking.placement,
                schedule=SCHEDULE,
                image_uri=args.image.uri,
                repository_arn=args.image.repository_arn,
                key_arn=args.data.key_arn,
                statements=[
                    *objects(
                        args.data.capture,
                        read=[capture.PREFIX, capture.PLATFORM_PREFIX, agreed.SCORED],
                        write=["monitoring/"],
                    ),
                    *objects(args.data.raw, read=["quarantine/"]),
                    *objects(args.data.tables, read=[""]),
                    *objects(args.data.models, read=[agreed.APPROVED, "runs/"]),
                    put_metrics(args.place.metrics_namespace),
                    *restoring.statements(args.place, args.data),
                    put_event(args.place, events.source(args.place.prefix), events.DETAIL_TYPE),
                    *args.tracking.client_statements,
                ],
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.schedule_name = job.schedule_name
        self.register_outputs({"rollbackAlarms": self.rollback_alarms, "scheduleName": self.schedule_name})
