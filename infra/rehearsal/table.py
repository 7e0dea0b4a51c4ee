"""The one table from resource type to API calls, and the listing of what is there."""

from infra.rehearsal.aws import Aws
from infra.rehearsal.entry import Entry
from infra.rehearsal.services import (
    autoscaling,
    budgets,
    cloudtrail,
    codebuild,
    ec2,
    ecr,
    ecs,
    elasticloadbalancing,
    events,
    firehose,
    firewall,
    functions,
    iam,
    kms,
    observability,
    rds,
    s3,
    sagemaker,
    scheduler,
    secretsmanager,
    sns,
    sqs,
)

SERVICES = (
    kms,
    s3,
    ecr,
    iam,
    sagemaker,
    autoscaling,
    scheduler,
    observability,
    firehose,
    sqs,
    events,
    functions,
    sns,
    budgets,
    codebuild,
    cloudtrail,
    ec2,
    firewall,
    rds,
    elasticloadbalancing,
    ecs,
    secretsmanager,
)
ENTRIES: dict[str, Entry] = {token: entry for service in SERVICES for token, entry in service.ENTRIES.items()}


def inventory(aws: Aws) -> set[str]:
    """The ARNs of everything that any service of the table holds."""
    return {arn for service in SERVICES for arn in service.remaining(aws)}
