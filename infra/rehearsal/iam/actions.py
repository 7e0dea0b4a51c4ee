"""The permissions that a call to an API asks for by itself."""

from dataclasses import replace

from infra.rehearsal.iam.facts import Call, Facts, Need
from infra.rehearsal.iam.operations import delivery, iam, kms, network, observability, s3, sagemaker, tracking
from infra.rehearsal.iam.operations.rows import Table

TABLES: dict[str, Table] = {
    "application-autoscaling": sagemaker.SCALING,
    "acm": tracking.ACM,
    "ecs": tracking.ECS,
    "elbv2": tracking.ELB,
    "rds": tracking.RDS,
    "secretsmanager": tracking.SECRETS,
    "budgets": delivery.BUDGETS,
    "cloudtrail": delivery.CLOUDTRAIL,
    "cloudwatch": observability.CLOUDWATCH,
    "codebuild": delivery.CODEBUILD,
    "ec2": network.EC2,
    "ecr": delivery.ECR,
    "events": observability.EVENTS,
    "sqs": observability.SQS,
    "firehose": observability.FIREHOSE,
    "iam": iam.TABLE,
    "kms": kms.TABLE,
    "lambda": delivery.LAMBDA,
    "logs": observability.LOGS,
    "resourcegroupstaggingapi": delivery.TAGGING,
    "s3": s3.TABLE,
    "sagemaker": sagemaker.TABLE,
    "sagemaker-runtime": sagemaker.RUNTIME,
    "scheduler": delivery.SCHEDULER,
    "sns": observability.SNS,
    "sts": iam.STS,
}
"""By the name that botocore gives a service."""


class UnknownOperationError(LookupError):
    """A call whose permissions nobody has looked up; it is refused, since nothing says who may make it."""


def needs(call: Call, facts: Facts) -> list[Need]:
    """What a caller must be allowed to make the call. Raises UnknownOperationError."""
    table = TABLES.get(call.service)
    if table is None or call.operation not in table.rows:
        raise UnknownOperationError(
            f"{call.service}:{call.operation}: no permissions are known for it: "
            "add it to its service's table in infra/rehearsal/iam/operations/"
        )
    region = {"aws:RequestedRegion": call.region}
    return [replace(need, context={**region, **need.context}) for need in table.needs(call, facts)]
