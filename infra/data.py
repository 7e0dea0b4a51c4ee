"""The data lake: every bucket of the stack, and the key that encrypts them."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.bucket import PrivateBucket, PrivateBucketArgs
from infra.permissions import Statement, document
from infra.place import Place
from infra.settings import DataSettings
from ml.agreed import APPROVED

LOG_DAYS = 365
AUDIT_PREFIX = "audit"
"""Where the log bucket holds what CloudTrail writes."""
BALANCER_PREFIX = "balancer"
"""Where it holds what load balancers write."""
TRAIL = {"Service": "cloudtrail.amazonaws.com"}


@dataclass(frozen=True, kw_only=True)
class DataLakeArgs:
    place: Place
    settings: DataSettings


class DataLake(pulumi.ComponentResource):
    """The buckets for raw data, tables, models and captured predictions."""

    raw: pulumi.Output[str]
    tables: pulumi.Output[str]
    models: pulumi.Output[str]
    capture: pulumi.Output[str]
    logs: pulumi.Output[str]
    """Where buckets and load balancers write who asked them for what."""
    key_arn: pulumi.Output[str]
    protect: bool
    """Whether what holds data refuses its deletion."""

    def __init__(self, name: str, args: DataLakeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:DataLake", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        key = aws.kms.Key(
            f"{name}-key",
            description=f"Data, logs and notifications of {args.place.prefix}",
            enable_key_rotation=True,
            deletion_window_in_days=30 if args.settings.protect else 7,
            policy=document(*_key_users(args.place)),
            # Without its key a retained bucket cannot be read.
            opts=pulumi.ResourceOptions(
                parent=self, protect=args.settings.protect, retain_on_delete=args.settings.protect
            ),
        )
        aws.kms.Alias(f"{name}-key-alias", target_key_id=key.key_id, opts=child)

        logs = PrivateBucket(
            f"{name}-logs",
            PrivateBucketArgs(
                protect=args.settings.protect,
                retention_days=args.settings.retention_days,
                expire_days=LOG_DAYS,
                statements=lambda arn: [
                    _access_logs(args.place, arn, f"{name}-*"),
                    *_audit_logs(args.place, arn),
                    _balancer_logs(args.place, arn),
                ],
            ),
            child,
        )

        def bucket(purpose: str, expire_days: int | None = None, write_once: str | None = None) -> pulumi.Output[str]:
            return PrivateBucket(
                f"{name}-{purpose}",
                PrivateBucketArgs(
                    protect=args.settings.protect,
                    retention_days=args.settings.retention_days,
                    expire_days=expire_days,
                    write_once=write_once,
                    key_arn=key.arn,
                    log_bucket=logs.bucket_name,
                ),
                child,
            ).bucket_name

        self.raw = bucket("raw")
        self.tables = bucket("tables")
        self.models = bucket("models", write_once=APPROVED)
        self.capture = bucket("capture", args.settings.capture_days)
        self.logs = logs.bucket_name
        self.key_arn = key.arn
        self.protect = args.settings.protect
        self.register_outputs({**self.buckets, "keyArn": self.key_arn})

    @property
    def buckets(self) -> dict[str, pulumi.Output[str]]:
        """The names of the buckets of data and models by what they hold."""
        return {"raw": self.raw, "tables": self.tables, "models": self.models, "capture": self.capture}


def _key_users(place: Place) -> list[Statement]:
    """The account, through its IAM policies, and the services that write encrypted things for it."""
    here = {"StringEquals": {"aws:SourceAccount": place.account}}
    groups = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": place.arn("logs", f"log-group:*{place.prefix}*")}}
    use = ["kms:Decrypt", "kms:GenerateDataKey*"]
    return [
        _key_user({"AWS": place.root_arn}, ["kms:*"]),
        _key_user(
            {"Service": f"logs.{place.region}.amazonaws.com"},
            [*use, "kms:Encrypt", "kms:ReEncrypt*", "kms:Describe*"],
            groups,
        ),
        # Alarms and budgets publish to the encrypted topic.
        _key_user({"Service": ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]}, use, here),
        *_key_of_trail(place),
    ]


def _key_of_trail(place: Place) -> list[Statement]:
    """Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html"""
    context = {"kms:EncryptionContext:aws:cloudtrail:arn": place.arn("cloudtrail", "trail/*")}
    return [
        _key_user(TRAIL, ["kms:GenerateDataKey*"], {**_by_trail(place), "StringLike": context}),
        _key_user(TRAIL, ["kms:DescribeKey"], _by_trail(place)),
    ]


def _by_trail(place: Place) -> dict:
    return {"ArnLike": {"aws:SourceArn": place.arn("cloudtrail", f"trail/{place.prefix}-*")}}


def _key_user(principal: dict, actions: list[str], when: dict | None = None) -> Statement:
    # In a key's own policy "*" is that key.
    statement = {"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*"}
    return statement | ({"Condition": when} if when else {})


def _access_logs(place: Place, log_bucket: pulumi.Output[str], buckets: str) -> Statement:
    return {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": log_bucket.apply("{}/*".format),
        "Condition": {
            "ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{buckets}"},
            "StringEquals": {"aws:SourceAccount": place.account},
        },
    }


def _audit_logs(place: Place, log_bucket: pulumi.Output[str]) -> list[Statement]:
    """Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html"""
    files = pulumi.Output.concat(log_bucket, f"/{AUDIT_PREFIX}/AWSLogs/", place.account, "/*")
    owned = {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}
    trail = {"Effect": "Allow", "Principal": TRAIL}
    return [
        {**trail, "Action": "s3:GetBucketAcl", "Resource": log_bucket, "Condition": _by_trail(place)},
        {**trail, "Action": "s3:PutObject", "Resource": files, "Condition": {**_by_trail(place), **owned}},
    ]


def _balancer_logs(place: Place, log_bucket: pulumi.Output[str]) -> Statement:
    """docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html"""
    balancers = place.arn("elasticloadbalancing", "loadbalancer/*")
    return {
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": pulumi.Output.concat(log_bucket, f"/{BALANCER_PREFIX}/AWSLogs/", place.account, "/*"),
        "Condition": {
            "ArnLike": {"aws:SourceArn": balancers},
            "StringEquals": {"aws:SourceAccount": place.account},
        },
    }
