"""What a call needs beside its own permission, in an account whose bucket has a key."""

from typing import Any

from infra.rehearsal.iam.actions import needs
from infra.rehearsal.iam.facts import Need
from infra.rehearsal.iam.implied import implied
from tests.rehearsal.iam.account import REGION, Account, Asked
from tests.rehearsal.iam.asking import ACCOUNT, ROLE

KEY, OTHER_KEY = (f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{name}" for name in ("data", "other"))
SEALED = Account(buckets={"b": KEY}, objects={("b", "k"): KEY, ("from", "x"): OTHER_KEY})
PASSED = f"arn:aws:iam::{ACCOUNT}:role/passed"
PASSING: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    (
        "cloudtrail",
        "CreateTrail",
        {"Name": "t", "CloudWatchLogsRoleArn": PASSED},
        {"aws:SourceArn": f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/t"},
    ),
    (
        "sagemaker",
        "CreateProcessingJob",
        {"ProcessingJobName": "j", "RoleArn": PASSED},
        {"aws:SourceArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:processing-job/j"},
    ),
    (
        "sagemaker",
        "CreateModel",
        {"ModelName": "m", "ExecutionRoleArn": PASSED},
        {"aws:SourceArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model/m"},
    ),
    (
        "scheduler",
        "CreateSchedule",
        {"Name": "s", "Target": {"RoleArn": PASSED, "Input": f'{{"RoleArn": "{ROLE.arn}"}}'}},
        {"aws:SourceArn": f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/default"},
    ),
    (
        "codebuild",
        "CreateProject",
        {"name": "p", "serviceRole": PASSED},
        {"aws:SourceArn": f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/p"},
    ),
    (
        "ec2",
        "CreateFlowLogs",
        {"ResourceIds": ["vpc-1"], "DeliverLogsPermissionArn": PASSED},
        {"aws:SourceArn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc-flow-log/*"},
    ),
    (
        "firehose",
        "CreateDeliveryStream",
        {"DeliveryStreamName": "d", "ExtendedS3DestinationConfiguration": {"RoleARN": PASSED}},
        {"sts:ExternalId": ACCOUNT},
    ),
    (
        "logs",
        "PutSubscriptionFilter",
        {"logGroupName": "g", "roleArn": PASSED},
        {"aws:SourceArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:g:log-stream:"},
    ),
]
"""Calls that hand `PASSED` over: service, operation, parameters, and the condition keys of taking it on."""


def needed(service: str, operation: str, account: Account = SEALED, /, **parameters: Any) -> list[Need]:
    call = Asked(service=service, operation=operation, parameters=parameters)
    return implied(call, account, needs(call, account))


def texts(service: str, operation: str, account: Account = SEALED, /, **parameters: Any) -> list[str]:
    """Who needs which action on what; without a name it is the caller."""
    return [
        f"{need.who or ''} {need.action} {need.resource}".strip()
        for need in needed(service, operation, account, **parameters)
    ]
