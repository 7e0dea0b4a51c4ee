"""One private bucket."""

from collections.abc import Callable
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.permissions import Statement, document


@dataclass(frozen=True, kw_only=True)
class PrivateBucketArgs:
    retention_days: int
    """Days a superseded object version is kept."""
    expire_days: int | None = None
    """Days after which an object is deleted; None keeps it."""
    protect: bool = True
    """Refuses deletion, and leaves the bucket as it is where it is taken out of the program."""
    key_arn: pulumi.Input[str] | None = None
    """The KMS key; None encrypts with S3's own keys."""
    log_bucket: pulumi.Input[str] | None = None
    """Where accesses are logged; None for the log bucket itself."""
    statements: Callable[[pulumi.Output[str]], list[Statement]] = lambda _arn: []
    """What the bucket's policy allows, by the bucket's ARN."""
    write_once: str | None = None
    """The prefix of objects that nobody may write over or delete while the bucket's policy stands."""


class PrivateBucket(pulumi.ComponentResource):
    """A bucket that is versioned, encrypted, TLS only and closed to the public and to ACLs."""

    bucket_name: pulumi.Output[str]

    def __init__(self, name: str, args: PrivateBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:PrivateBucket", name, {}, opts)
        # A bucket that outlives the stack keeps what protects it.
        kept = pulumi.ResourceOptions(parent=self, retain_on_delete=args.protect)

        bucket = aws.s3.Bucket(
            f"{name}-bucket",
            force_destroy=not args.protect,
            opts=pulumi.ResourceOptions.merge(kept, pulumi.ResourceOptions(protect=args.protect)),
        )
        versioning = aws.s3.BucketVersioning(
            f"{name}-versioning", bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=kept
        )
        encryption = aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption", bucket=bucket.id, rules=[_encryption(args.key_arn)], opts=kept
        )
        private = aws.s3.BucketPublicAccessBlock(
            f"{name}-private",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=kept,
        )
        aws.s3.BucketOwnershipControls(
            f"{name}-ownership", bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}, opts=kept
        )
        objects = bucket.arn.apply(lambda arn: f"{arn}/*")
        tls_only = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [bucket.arn, objects],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        policy = aws.s3.BucketPolicy(
            f"{name}-policy",
            bucket=bucket.id,
            policy=document(
                tls_only,
                *args.statements(bucket.arn),
                *_once(bucket.arn, args.write_once),
            ),
            # S3 answers a conflict when the policy and the access block change at the same time.
            opts=pulumi.ResourceOptions.merge(kept, pulumi.ResourceOptions(depends_on=[private])),
        )
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=bucket.id,
            rules=_lifecycle(args),
            # S3 rejects rules about superseded versions until versioning is on.
            opts=pulumi.ResourceOptions.merge(kept, pulumi.ResourceOptions(depends_on=[versioning])),
        )
        if args.log_bucket is not None:
            aws.s3.BucketLogging(
                f"{name}-logging",
                bucket=bucket.id,
                target_bucket=args.log_bucket,
                target_prefix=f"{name}/",
                opts=kept,
            )

        # Nothing is written before the bucket is private, versioned and encrypted, and its policy stands.
        ready = pulumi.Output.all(bucket.id, versioning.id, encryption.id, private.id, policy.id)
        self.bucket_name = ready.apply(lambda ids: ids[0])
        self.register_outputs({"bucketName": self.bucket_name})


def _once(bucket_arn: pulumi.Output[str], prefix: str | None) -> list[Statement]:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html"""
    if prefix is None:
        return []
    everybody = {"Effect": "Deny", "Principal": "*", "Resource": bucket_arn.apply(lambda arn: f"{arn}/{prefix}*")}
    return [
        {
            **everybody,
            "Action": "s3:PutObject",
            # The parts of an upload carry no such header: what makes them an object does.
            "Condition": {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}},
        },
        # Behind a delete marker the key would be free for other bytes.
        {**everybody, "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"]},
    ]


def _encryption(
    key_arn: pulumi.Input[str] | None,
) -> aws.s3.BucketServerSideEncryptionConfigurationRuleArgsDict:
    if key_arn is None:
        return {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
    return {
        "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key_arn},
        "bucket_key_enabled": True,
    }


def _lifecycle(args: PrivateBucketArgs) -> list[aws.s3.BucketLifecycleConfigurationRuleArgsDict]:
    rules: list[aws.s3.BucketLifecycleConfigurationRuleArgsDict] = [
        {
            "id": "superseded",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
            "noncurrent_version_expiration": {"noncurrent_days": args.retention_days},
        }
    ]
    if args.expire_days is not None:
        rules.append(
            {
                "id": "expired",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "expiration": {"days": args.expire_days},
            }
        )
    return rules
