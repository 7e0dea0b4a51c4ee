"""A scheduled job: one run of the image at a time that a schedule says, with a role of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import documents, instances, names
from infra.permissions import Statement, allow, lend_key, pull_image, put_metrics, service_role, use_key, write_logs
from infra.place import Place
from infra.placement import Placement

JOB_NAME_LIMIT = 63
GROUP = "/aws/sagemaker/ProcessingJobs"
"""SageMaker's own log group and metrics namespace, one for all processing jobs of the account."""
EXECUTION_ID = 36
"""Characters that the scheduler's execution id may have."""


@dataclass(frozen=True, kw_only=True)
class ScheduledJobArgs:
    place: Place
    purpose: str
    """What the job's runs are called, a short word."""
    command: Sequence[str]
    environment: Mapping[str, pulumi.Input[str]]
    schedule: str
    """An EventBridge Scheduler expression, in UTC."""
    image_uri: pulumi.Input[str]
    repository_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    statements: Sequence[Statement]
    """What the job's role may do beside pulling the image, using the key and writing logs."""
    placement: Placement | None = None
    """Where in the network the job runs; None outside of one."""
    enabled: bool = True
    instance: str = "ml.t3.medium"
    instances: int = 1
    """How many run the command at once; each finds its part by SageMaker's own file."""
    max_hours: int = 1


class ScheduledJob(pulumi.ComponentResource):
    """A SageMaker processing job that EventBridge Scheduler starts."""

    role_arn: pulumi.Output[str]
    schedule_name: pulumi.Output[str]

    def __init__(self, name: str, args: ScheduledJobArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:ScheduledJob", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        runs = run_prefix(args.place.prefix, args.purpose)

        role, policy = service_role(
            f"{name}-role",
            service="sagemaker",
            place=args.place,
            statements=[
                *args.statements,
                *(args.placement.statements if args.placement else ()),
                use_key(args.key_arn),
                *pull_image(args.repository_arn),
                write_logs(args.place, GROUP),
                put_metrics(GROUP),
            ],
            opts=child,
        )
        jobs = args.place.arn("sagemaker", f"processing-job/{runs}*")
        to_sagemaker = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
        starter, starter_policy = service_role(
            f"{name}-scheduler",
            service="scheduler",
            place=args.place,
            statements=[
                allow("sagemaker:CreateProcessingJob", "sagemaker:AddTags", on=jobs),
                allow("iam:PassRole", on=role.arn, when=to_sagemaker),
                *lend_key(args.key_arn),
            ],
            opts=child,
        )
        schedule = aws.scheduler.Schedule(
            f"{name}-schedule",
            schedule_expression=args.schedule,
            state="ENABLED" if args.enabled else "DISABLED",
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": "arn:aws:scheduler:::aws-sdk:sagemaker:createProcessingJob",
                "role_arn": starter.arn,
                "input": documents.dumps(_request(args, runs, role.arn)),
                "retry_policy": {"maximum_event_age_in_seconds": 3600, "maximum_retry_attempts": 3},
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy, starter_policy]),
        )

        self.role_arn = role.arn
        self.schedule_name = schedule.name
        self.register_outputs({"roleArn": self.role_arn, "scheduleName": self.schedule_name})


def run_prefix(prefix: str, purpose: str) -> str:
    """What the names of a job's runs start with: short enough for the execution id behind it."""
    room = JOB_NAME_LIMIT - EXECUTION_ID - len(purpose) - 2
    return f"{names.shorten(prefix, room)}-{purpose}-"


def _request(args: ScheduledJobArgs, runs: str, role_arn: pulumi.Input[str]) -> dict:
    """CreateProcessingJob's request."""
    key = {} if instances.has_own_disk(args.instance) else {"VolumeKmsKeyId": args.key_arn}
    network = {"NetworkConfig": {"VpcConfig": args.placement.vpc_config}} if args.placement else {}
    return {
        "ProcessingJobName": f"{runs}<aws.scheduler.execution-id>",
        "RoleArn": role_arn,
        "AppSpecification": {"ImageUri": args.image_uri, "ContainerEntrypoint": list(args.command)},
        # boto3 reads the second, the table library either.
        "Environment": {"AWS_REGION": args.place.region, "AWS_DEFAULT_REGION": args.place.region, **args.environment},
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceCount": args.instances,
                "InstanceType": args.instance,
                "VolumeSizeInGB": 30,
                **key,
            }
        },
        **network,
        "StoppingCondition": {"MaxRuntimeInSeconds": args.max_hours * 3600},
        "Tags": [{"Key": key, "Value": value} for key, value in args.place.tags.items()],
    }
