"""IAM roles for AWS services, and the statements in them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from infra import documents
from infra.place import Place

Statement = dict[str, Any]
Arns = pulumi.Input[str] | Sequence[pulumi.Input[str]] | pulumi.Output[list[str]]
WRITE = ("s3:PutObject", "s3:AbortMultipartUpload")
CHANNELS = tuple(f"ssmmessages:{verb}{kind}Channel" for verb in ("Create", "Open") for kind in ("Control", "Data"))
"""What Session Manager's agent does in a container."""
Conditions = Mapping[str, Mapping[str, Any]]


def allow(*actions: str, on: Arns, when: Conditions | None = None) -> Statement:
    """A statement that allows actions on resources."""
    statement: Statement = {"Effect": "Allow", "Action": list(actions), "Resource": on}
    return statement | ({"Condition": when} if when else {})


def service_role(
    name: str,
    *,
    service: str,
    place: Place,
    statements: Sequence[Statement],
    opts: pulumi.ResourceOptions,
    when: Conditions | None = None,
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """A role that one AWS service may take on for this account only, and its policy.

    What uses the role depends on the policy: else a service may start before it is allowed to.

    Args:
        when: how the service says which account it works for; most by `aws:SourceAccount`. Nothing for one that takes
            on roles of its own account alone.
    """
    trust: Statement = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    if when is None:
        when = {"StringEquals": {"aws:SourceAccount": place.account}}
    trust |= {"Condition": when} if when else {}
    role = aws.iam.Role(name, assume_role_policy=document(trust), opts=opts)
    policy = aws.iam.RolePolicy(f"{name}-policy", role=role.id, policy=document(*statements), opts=opts)
    return role, policy


def document(*statements: Statement) -> pulumi.Output[str]:
    """A policy document as JSON."""
    return documents.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def objects(bucket: pulumi.Output[str], *, read: Sequence[str] = (), write: Sequence[str] = ()) -> list[Statement]:
    """Lists a bucket and reads the objects under prefixes, "" for all; writes and deletes those under others as well.

    Without the listing, what is not there is answered as forbidden.
    """
    return [
        allow("s3:ListBucket", on=bucket_arn(bucket)),
        *([allow("s3:GetObject", on=_objects(bucket, read))] if read else []),
        *([allow("s3:GetObject", *WRITE, "s3:DeleteObject", on=_objects(bucket, write))] if write else []),
    ]


def read_objects(bucket: pulumi.Output[str], *prefixes: str) -> Statement:
    """Reads objects whose names are known, under the prefixes of a bucket, and lists none."""
    return allow("s3:GetObject", on=_objects(bucket, prefixes))


def put_objects(bucket: pulumi.Output[str], *prefixes: str) -> list[Statement]:
    """Writes new objects under the prefixes of a bucket, and reads none."""
    return [allow(*WRITE, on=_objects(bucket, prefixes))]


def read_key(key_arn: pulumi.Input[str]) -> Statement:
    """Reads what the key encrypts."""
    return allow("kms:Decrypt", on=key_arn)


def use_key(key_arn: pulumi.Input[str]) -> Statement:
    """Reads and writes what the key encrypts."""
    return allow("kms:Decrypt", "kms:GenerateDataKey", on=key_arn)


def lend_key(key_arn: pulumi.Input[str]) -> list[Statement]:
    """Lets SageMaker encrypt the disks of what it starts: asked of whoever starts it."""
    lent = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    return [allow("kms:CreateGrant", on=key_arn, when=lent), allow("kms:DescribeKey", on=key_arn)]


def pull_image(repository_arn: pulumi.Input[str]) -> list[Statement]:
    return [
        allow("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", on=repository_arn),
        # Has no resource type: AWS accepts only "*" here.
        allow("ecr:GetAuthorizationToken", on="*"),
    ]


def write_logs(place: Place, group: str) -> Statement:
    """Writes log streams of a group, or of the groups that a pattern names."""
    # What is asked for is a stream even where the group is meant.
    streams = place.arn("logs", f"log-group:{group}:*")
    return allow(
        "logs:CreateLogGroup", "logs:DescribeLogStreams", "logs:CreateLogStream", "logs:PutLogEvents", on=streams
    )


def put_metrics(*namespaces: str) -> Statement:
    # Has no resource type: the namespace is the only limit that AWS offers.
    return allow("cloudwatch:PutMetricData", on="*", when={"StringEquals": {"cloudwatch:namespace": list(namespaces)}})


def put_event(place: Place, source: str, detail_type: str) -> Statement:
    """Puts events of one source and one kind on the account's default bus, and no others."""
    said = {"StringEquals": {"events:source": source, "events:detail-type": detail_type}}
    return allow("events:PutEvents", on=place.arn("events", "event-bus/default"), when=said)


def bucket_arn(bucket: pulumi.Output[str]) -> pulumi.Output[str]:
    """The ARN of a bucket."""
    return bucket.apply(lambda name: f"arn:aws:s3:::{name}")


def _objects(bucket: pulumi.Output[str], prefixes: Sequence[str]) -> pulumi.Output[list[str]]:
    return bucket.apply(lambda name: [f"arn:aws:s3:::{name}/{prefix}*" for prefix in prefixes])
