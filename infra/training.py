"""Training: the pipeline's job, its schedule and what it may touch."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from infra.data import APPROVED, DataLake
from infra.image import Image
from infra.job import ScheduledJob, ScheduledJobArgs
from infra.permissions import objects, put_objects
from infra.place import Place
from infra.settings import TrainingSettings
from infra.tracking import Tracking

COMMAND = ("python", "-m", "ml.cli", "pipeline")


@dataclass(frozen=True, kw_only=True)
class TrainingArgs:
    place: Place
    data: DataLake
    image: Image
    environment: Mapping[str, pulumi.Input[str]]
    """The variables of `ml.wiring.Wiring`."""
    tracking: Tracking
    settings: TrainingSettings


class Training(pulumi.ComponentResource):
    """Trains, evaluates and registers a model whenever the schedule says."""

    schedule_name: pulumi.Output[str]

    def __init__(self, name: str, args: TrainingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Training", name, {}, opts)
        job = ScheduledJob(
            f"{name}-job",
            ScheduledJobArgs(
                place=args.place,
                purpose="train",
                command=COMMAND,
                environment=args.environment,
                placement=args.tracking.placement,
                schedule=args.settings.schedule,
                enabled=args.settings.enabled,
                instance=args.settings.instance,
                max_hours=args.settings.max_hours,
                image_uri=args.image.uri,
                repository_arn=args.image.repository_arn,
                key_arn=args.data.key_arn,
                statements=[
                    *objects(args.data.tables, read=[""]),
                    *objects(args.data.models, read=[APPROVED], write=["releases/", "runs/", *args.tracking.artifacts]),
                    *put_objects(args.data.models, APPROVED),
                    *args.tracking.client_statements,
                ],
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.schedule_name = job.schedule_name
        self.register_outputs({"scheduleName": self.schedule_name})
