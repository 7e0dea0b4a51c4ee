"""What CloudTrail itself must be allowed before a trail is made."""

from collections.abc import Iterator

from infra.rehearsal.iam.facts import Call, Facts, Need
from infra.rehearsal.iam.operations.kms import encryption_context
from infra.rehearsal.iam.principals import Principal

TRAIL = Principal(kind="service", service="cloudtrail.amazonaws.com")


def trails(call: Call, facts: Facts) -> Iterator[Need]:
    """CloudTrail must be let in by the policies of the bucket and of the key that a trail names.

    Sources: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html,
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
    """
    given = call.parameters
    if call.service != "cloudtrail" or call.operation not in {"CreateTrail", "UpdateTrail"}:
        return
    trail = f"arn:aws:cloudtrail:{call.region}:{facts.number}:trail/{given['Name']}"
    who = {"aws:SourceArn": trail}
    if bucket := given.get("S3BucketName"):
        prefix = f"{given['S3KeyPrefix']}/" if given.get("S3KeyPrefix") else ""
        file = f"arn:aws:s3:::{bucket}/{prefix}AWSLogs/{facts.number}/CloudTrail/file"
        owned = {"s3:x-amz-acl": "bucket-owner-full-control"}
        yield Need(action="s3:GetBucketAcl", resource=f"arn:aws:s3:::{bucket}", context=who, who=TRAIL)
        yield Need(action="s3:PutObject", resource=file, context={**who, **owned}, who=TRAIL)
    if key := given.get("KmsKeyId"):
        arn = facts.key_arn(key, call.region) or key
        told = {**who, **encryption_context({"aws:cloudtrail:arn": trail})}
        yield Need(action="kms:GenerateDataKey", resource=arn, context=told, who=TRAIL)
        yield Need(action="kms:DescribeKey", resource=arn, context=who, who=TRAIL)
