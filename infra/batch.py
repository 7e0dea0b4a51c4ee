"""Batch scoring: the scheduled job that scores the tables' latest days with the released bundle."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from infra import alarm, alarms
from infra.data import DataLake
from infra.image import Image
from infra.job import ScheduledJob, ScheduledJobArgs
from infra.permissions import objects, put_metrics, put_objects
from infra.place import Place
from infra.settings import BatchSettings, Release, Settings
from ml import agreed

COMMAND = ("python", "-m", "ml.cli", "score")


@dataclass(frozen=True, kw_only=True)
class BatchScoringArgs:
    place: Place
    data: DataLake
    image: Image
    environment: Mapping[str, pulumi.Input[str]]
    """The variables of `ml.wiring.Wiring`."""
    topic_arn: pulumi.Input[str]
    settings: Settings
    """`model` is the bundle that scores, as it is the one that the endpoint serves."""


class BatchScoring(pulumi.ComponentResource):
    """Scores what has come into the tables, each time that the schedule says."""

    schedule_name: pulumi.Output[str]
    alarm_arns: list[pulumi.Output[str]]

    def __init__(
        self, name: str, args: BatchScoringArgs, batch: BatchSettings, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:BatchScoring", name, {}, opts)
        place, data, release = args.place, args.data, args.settings.model
        job = ScheduledJob(
            f"{name}-job",
            ScheduledJobArgs(
                place=place,
                purpose="score",
                command=(*COMMAND, *_arguments(batch, release)),
                environment=args.environment,
                schedule=batch.schedule,
                instance=batch.instance,
                instances=batch.instances,
                max_hours=batch.max_hours,
                image_uri=args.image.uri,
                repository_arn=args.image.repository_arn,
                key_arn=data.key_arn,
                statements=[
                    *objects(data.tables, read=[""]),
                    *(objects(data.models, read=[agreed.APPROVED]) if release else []),
                    *objects(data.capture, read=[agreed.SCORED]),
                    *put_objects(data.capture, agreed.SCORED),
                    put_metrics(place.metrics_namespace),
                ],
            ),
            pulumi.ResourceOptions(parent=self),
        )
        watched = alarms.of_batch(place.endpoint_name, place.metrics_namespace, batch.fresh_hours)
        self.alarm_arns = [
            alarm.make(name, each, args.topic_arn, pulumi.ResourceOptions(parent=self)).arn for each in watched
        ]
        self.schedule_name = job.schedule_name
        self.register_outputs({"scheduleName": self.schedule_name})


def batch_scoring(name: str, args: BatchScoringArgs) -> BatchScoring | None:
    """The component where the settings have a section `batch`."""
    return BatchScoring(name, args, args.settings.batch) if args.settings.batch else None


def _arguments(batch: BatchSettings, release: Release | None) -> tuple[str, ...]:
    named = ("--url", release.url, "--sha256", release.sha256) if release else ()
    return ("--days", str(batch.days), *named)
