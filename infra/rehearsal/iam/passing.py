"""Roles that a call hands to a service: the caller must be allowed to pass them, and the service to take them on.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from collections.abc import Iterator
from typing import Any

from infra.rehearsal.iam.conditions import Keys
from infra.rehearsal.iam.facts import Call, Facts, Need
from infra.rehearsal.iam.operations.iam import role_arn
from infra.rehearsal.iam.principals import Principal

SERVICES = {
    # https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
    "sagemaker": "sagemaker.amazonaws.com",
    # https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
    "application-autoscaling": "application-autoscaling.amazonaws.com",
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role
    "scheduler": "scheduler.amazonaws.com",
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-iam-roles.html
    "events": "events.amazonaws.com",
    # https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html
    "codebuild": "codebuild.amazonaws.com",
    # https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html
    "firehose": "firehose.amazonaws.com",
    # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html
    "cloudtrail": "cloudtrail.amazonaws.com",
    # https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    "ec2": "vpc-flow-logs.amazonaws.com",
    # https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
    "lambda": "lambda.amazonaws.com",
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#FirehoseExample
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
    "ecs": "ecs-tasks.amazonaws.com",
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html
    "rds": "monitoring.rds.amazonaws.com",
    "logs": "logs.amazonaws.com",
}
"""Who takes on the roles that calls to a service name."""
PARAMETERS = {
    "CloudWatchLogsRoleArn",
    "Role",
    "RoleArn",
    "roleArn",
    "RoleARN",
    "ExecutionRoleArn",
    "serviceRole",
    "DeliverLogsPermissionArn",
    "DeliverCrossAccountRole",
    "executionRoleArn",
    "taskRoleArn",
    "MonitoringRoleArn",
}
"""What a role is called in the services' requests, at any depth."""


def passed_roles(call: Call, facts: Facts, about: str) -> Iterator[Need]:
    """The roles of a request: the caller must be allowed to pass them, and the service to take them on.

    Args:
        about: the ARN of what the call is about, which the service says it acts for.
    """
    service = SERVICES.get(call.service)
    roles = dict.fromkeys(_roles(call.parameters)) if service else {}
    for name in roles:
        role = name if name.startswith("arn:") else role_arn(name, facts)
        yield Need(action="iam:PassRole", resource=role, context={"iam:PassedToService": service or ""})
        taker = Principal(kind="service", service=service or "")
        yield Need(action="sts:AssumeRole", resource=role, context=_said(call, facts, about), who=taker)


def _roles(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name in PARAMETERS and isinstance(item, str) and item:
                yield item
            else:
                yield from _roles(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _roles(item)


def _said(call: Call, facts: Facts, about: str) -> Keys:
    """For whom a service says it takes on a role."""
    if call.service == "firehose":
        # https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#firehose-assume-role
        return {"sts:ExternalId": facts.number}
    if call.service == "scheduler":
        # The group, not the schedule: https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
        start, _, path = about.partition(":schedule/")
        about = f"{start}:schedule-group/{path.partition('/')[0]}"
    return {"aws:SourceAccount": facts.number, "aws:SourceArn": about}
