"""The bucket and the key of Pulumi's state, by API calls: they must be there before Pulumi can keep anything."""

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from infra import tags
from infra.account.errors import BootstrapError
from infra.account.settings import FILE

RANDOM_BYTES = 6
SUPERSEDED_DAYS = 90
"""Days that a superseded state is kept: what a lost update is brought back from."""
Clients = Callable[[str], Any]
"""A boto3 client by its service."""


@dataclass(frozen=True, kw_only=True)
class Backend:
    """Where a project's state is, in one account and region; names are empty for what is not there yet."""

    project: str
    account: str
    region: str
    bucket: str
    key: str
    """The key's ARN."""

    @property
    def url(self) -> str:
        """What `backend` in Pulumi.yaml says."""
        return f"s3://{self.bucket}?region={self.region}"

    @property
    def secrets_provider(self) -> str:
        """What `secretsprovider` in a stack's settings says."""
        return f"awskms://{alias(self.project)}?region={self.region}"


def alias(project: str) -> str:
    return f"alias/{project}-state"


def stack(project: str) -> str:
    """The tag's value by which bucket and key are known for the state's: no environment's, so no delivery role's."""
    return f"{project}-state"


def find(project: str, account: str, region: str, clients: Clients) -> Backend:
    """What is there already. Raises BootstrapError where it cannot be used."""
    return Backend(
        project=project,
        account=account,
        region=region,
        bucket=_find_bucket(project, region, clients("s3")),
        key=_find_key(project, clients),
    )


def make(found: Backend, clients: Clients) -> Backend:
    """Makes what is missing, and puts the settings of bucket and key again: somebody may have changed them."""
    key = found.key or _make_key(found, clients("kms"))
    kms = clients("kms")
    kms.enable_key_rotation(KeyId=key)
    aliases = kms.get_paginator("list_aliases").paginate(KeyId=key)
    if not any(entry["AliasName"] == alias(found.project) for page in aliases for entry in page["Aliases"]):
        kms.create_alias(AliasName=alias(found.project), TargetKeyId=key)
    bucket = found.bucket or _make_bucket(found, clients("s3"))
    _settle(bucket, key, found, clients("s3"))
    return Backend(project=found.project, account=found.account, region=found.region, bucket=bucket, key=key)


def _find_bucket(project: str, region: str, s3: Any) -> str:
    pattern = re.compile(rf"{re.escape(project)}-state-[0-9a-f]{{{2 * RANDOM_BYTES}}}")
    names = [entry["Name"] for entry in s3.list_buckets()["Buckets"] if pattern.fullmatch(entry["Name"])]
    if len(names) > 1:
        raise BootstrapError(f"the buckets {', '.join(names)} are there, expected one: delete those that hold no state")
    if not names:
        return ""
    # S3 says nothing of its first region.
    place = s3.get_bucket_location(Bucket=names[0]).get("LocationConstraint") or "us-east-1"
    if place != region:
        raise BootstrapError(
            f"the bucket {names[0]} is in {place}, expected {region}: state stays where it is, so set aws:region of "
            f"{FILE} to {place}"
        )
    return names[0]


def _find_key(project: str, clients: Clients) -> str:
    kms = clients("kms")
    pages = kms.get_paginator("list_aliases").paginate()
    named = {entry["AliasName"]: entry.get("TargetKeyId") for page in pages for entry in page["Aliases"]}
    if not named.get(alias(project)):
        # A run that was stopped may have left it without its alias.
        filters = [{"Key": tags.STACK, "Values": [stack(project)]}]
        tagged = clients("resourcegroupstaggingapi").get_resources(TagFilters=filters, ResourceTypeFilters=["kms:key"])
        arns = [entry["ResourceARN"] for entry in tagged["ResourceTagMappingList"]]
        usable = [arn for arn in arns if kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "Enabled"]
        return usable[0] if usable else ""
    known = kms.describe_key(KeyId=named[alias(project)])["KeyMetadata"]
    if known["KeyState"] != "Enabled":
        raise BootstrapError(
            f"the key {known['Arn']} of the state is {known['KeyState']}, expected Enabled: "
            f"`aws kms cancel-key-deletion --key-id {known['KeyId']}` and `aws kms enable-key` bring it back"
        )
    return known["Arn"]


def _make_key(backend: Backend, kms: Any) -> str:
    root = {"AWS": f"arn:aws:iam::{backend.account}:root"}
    # In a key's own policy "*" is that key; who of the account may use it, its IAM policies say.
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}],
    }
    made = kms.create_key(
        Description=f"Pulumi's state of {backend.project}",
        Policy=json.dumps(policy),
        Tags=[{"TagKey": key, "TagValue": value} for key, value in _tags(backend).items()],
    )
    return made["KeyMetadata"]["Arn"]


def _make_bucket(backend: Backend, s3: Any) -> str:
    # Nobody can take the name first who does not know its end.
    name = f"{backend.project}-state-{secrets.token_hex(RANDOM_BYTES)}"
    place = {"CreateBucketConfiguration": {"LocationConstraint": backend.region}}
    s3.create_bucket(Bucket=name, **({} if backend.region == "us-east-1" else place))
    return name


def _settle(bucket: str, key: str, backend: Backend, s3: Any) -> None:
    """Private, versioned, encrypted, over TLS alone."""
    blocked = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(blocked, True))
    s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    sealed = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    s3.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": sealed, "BucketKeyEnabled": True}]
        },
    )
    s3.put_bucket_tagging(
        Bucket=bucket, Tagging={"TagSet": [{"Key": name, "Value": value} for name, value in _tags(backend).items()]}
    )
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket,
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": "superseded",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                    "NoncurrentVersionExpiration": {"NoncurrentDays": SUPERSEDED_DAYS},
                }
            ]
        },
    )
    plain = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [plain]}))


def _tags(backend: Backend) -> dict[str, str]:
    return {"Project": backend.project, tags.STACK: stack(backend.project)}
