"""Training: the pipeline, its roles, and what starts it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import definition, documents
from infra.data import DataLake
from infra.image import Image
from infra.permissions import objects, put_objects
from infra.pipeline_roles import job_role, pipeline_role
from infra.place import Place
from infra.settings import Settings
from infra.starts import Starts, StartsArgs
from infra.tracking import Tracking
from ml import agreed

HOURS_TO_WAIT = 2
"""How much longer than it may run a job may wait for spot capacity."""


@dataclass(frozen=True, kw_only=True)
class TrainingArgs:
    place: Place
    data: DataLake
    image: Image
    environment: Mapping[str, pulumi.Input[str]]
    """The variables of `ml.wiring.Wiring`."""
    tracking: Tracking
    settings: Settings


class Training(pulumi.ComponentResource):
    """Trains, evaluates and registers a model when the schedule or the monitor says so."""

    pipeline_name: pulumi.Output[str]
    schedule_name: pulumi.Output[str]
    queue_name: pulumi.Output[str]
    """The queue of starts that did not succeed."""

    def __init__(self, name: str, args: TrainingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Training", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        jobs, jobs_policy = job_role(
            f"{name}-job-role",
            place=args.place,
            key_arn=args.data.key_arn,
            repository_arn=args.image.repository_arn,
            statements=[
                *objects(args.data.tables, read=[""]),
                *objects(
                    args.data.models,
                    read=[agreed.APPROVED],
                    write=["releases/", "runs/", f"{definition.HANDED_ON}/", *args.tracking.artifacts],
                ),
                *put_objects(args.data.models, agreed.APPROVED),
                *args.tracking.client_statements,
                *(args.tracking.placement.statements if args.tracking.placement else ()),
            ],
            opts=child,
        )
        role, policy = pipeline_role(
            f"{name}-pipeline-role",
            place=args.place,
            key_arn=args.data.key_arn,
            models=args.data.models,
            job_role_arn=jobs.arn,
            opts=child,
        )
        pipeline = aws.sagemaker.Pipeline(
            f"{name}-pipeline",
            pipeline_name=args.place.prefix,
            pipeline_display_name=args.place.prefix,
            pipeline_description="Trains a candidate, compares it with the champion and leaves a release record.",
            role_arn=role.arn,
            pipeline_definition=_definition(args, jobs.arn),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy, jobs_policy]),
        )
        starts = Starts(
            f"{name}-start",
            StartsArgs(place=args.place, pipeline_arn=pipeline.arn, settings=args.settings.training),
            child,
        )
        self.pipeline_name = pipeline.pipeline_name
        self.schedule_name, self.queue_name = starts.schedule_name, starts.queue_name
        self.register_outputs({"pipelineName": self.pipeline_name, "scheduleName": self.schedule_name})


def _definition(args: TrainingArgs, job_role_arn: pulumi.Input[str]) -> pulumi.Output[str]:
    """The compiled definition with this stack's values."""
    seconds = args.settings.training.max_hours * 3600
    values: dict[str, pulumi.Input[str] | int] = {
        "Role": job_role_arn,
        "Image": args.image.uri,
        "Key": args.data.key_arn,
        "Region": args.place.region,
        "Instance": args.settings.training.instance,
        "TrainingInstance": args.settings.training.instance,
        "MaxSeconds": seconds,
        "MaxWaitSeconds": seconds + HOURS_TO_WAIT * 3600,
        **args.environment,
    }
    network = args.tracking.placement.vpc_config if args.tracking.placement else None
    filled = definition.filled(definition.load(), values, tags=args.place.tags, vpc_config=network)
    return documents.dumps(filled)
