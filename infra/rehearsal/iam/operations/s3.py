"""S3. Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html"""

from urllib.parse import parse_qs, unquote

from infra.rehearsal.iam.facts import Call, Facts, Need
from infra.rehearsal.iam.operations.rows import Row, Special, Table, keys, tag_keys, tags_of

BUCKET, OBJECT = "{Bucket}", "{Bucket}/{Key}"
LISTED = {"s3:prefix": "Prefix", "s3:delimiter": "Delimiter", "s3:max-keys": "MaxKeys"}
WRITTEN = {
    "s3:x-amz-acl": "ACL",
    "s3:x-amz-server-side-encryption": "ServerSideEncryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    "s3:x-amz-storage-class": "StorageClass",
    "s3:if-none-match": "IfNoneMatch",
    "s3:if-match": "IfMatch",
}

CREATING = {"PutObject", "CopyObject", "CompleteMultipartUpload"}
"""Calls after which there is an object; those about the parts of an upload ask for s3:PutObject, too."""


def _versioned(action: str) -> Special:
    """An action on an object, or its twin on a version where the call names one."""

    def needs(call: Call, _facts: Facts) -> list[Need]:
        return [
            _on_version(action, call.parameters["Bucket"], call.parameters["Key"], call.parameters.get("VersionId"))
        ]

    return needs


def _on_version(action: str, bucket: str, key: str, version: str | None) -> Need:
    resource = f"arn:aws:s3:::{bucket}/{key}"
    if version is None:
        return Need(action=f"s3:{action}", resource=resource)
    # ObjectTagging becomes ObjectVersionTagging.
    versioned = action.replace("Object", "ObjectVersion", 1)
    return Need(action=f"s3:{versioned}", resource=resource, context={"s3:versionid": version})


def _written(call: Call, _facts: Facts) -> list[Need]:
    """A new object, with what its request sets beside the content."""
    given = call.parameters
    resource = f"arn:aws:s3:::{given['Bucket']}/{given['Key']}"
    tags = tags_of(given)
    context = keys(call, WRITTEN) | {"s3:ObjectCreationOperation": str(call.operation in CREATING).lower()}
    context |= {f"s3:RequestObjectTag/{name}": value for name, value in tags.items()}
    context |= {"s3:RequestObjectTagKeys": list(tags)} if tags else {}
    also = {
        "PutObjectTagging": bool(tags),
        "PutObjectAcl": any(name in given for name in ("ACL", "GrantFullControl", "GrantRead", "GrantWriteACP")),
        "PutObjectRetention": "ObjectLockMode" in given,
        "PutObjectLegalHold": "ObjectLockLegalHoldStatus" in given,
    }
    needed = [Need(action="s3:PutObject", resource=resource, context=context)]
    return needed + [Need(action=f"s3:{action}", resource=resource) for action, asked in also.items() if asked]


def copy_source(call: Call) -> tuple[str, str, str | None]:
    """Bucket, key and version that a copy reads."""
    source = call.parameters["CopySource"]
    if not isinstance(source, str):
        return source["Bucket"], source["Key"], source.get("VersionId")
    path, _, query = source.partition("?versionId=")
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    return bucket, key, parse_qs(f"v={query}")["v"][0] if query else None


def _copied(call: Call, facts: Facts) -> list[Need]:
    return [_on_version("GetObject", *copy_source(call)), *_written(call, facts)]


def _deleted(call: Call, _facts: Facts) -> list[Need]:
    bucket, objects = call.parameters["Bucket"], call.parameters["Delete"]["Objects"]
    return [_on_version("DeleteObject", bucket, item["Key"], item.get("VersionId")) for item in objects]


def _created(call: Call, _facts: Facts) -> list[Need]:
    given = call.parameters
    bucket = f"arn:aws:s3:::{given['Bucket']}"
    context = keys(
        call, {"s3:x-amz-acl": "ACL", "s3:locationconstraint": "CreateBucketConfiguration.LocationConstraint"}
    )
    tags = tags_of(given.get("CreateBucketConfiguration") or {})
    also = {
        "PutBucketAcl": "ACL" in given,
        "PutBucketOwnershipControls": "ObjectOwnership" in given,
        "PutBucketObjectLockConfiguration": bool(given.get("ObjectLockEnabledForBucket")),
        "PutBucketVersioning": bool(given.get("ObjectLockEnabledForBucket")),
        "TagResource": bool(tags),
    }
    needed = [Need(action="s3:CreateBucket", resource=bucket, context=context | tag_keys(tags))]
    return needed + [Need(action=f"s3:{action}", resource=bucket) for action, asked in also.items() if asked]


def _bucket(action: str) -> Row:
    return Row(on=BUCKET, action=action)


TABLE = Table(
    prefix="s3",
    arn="arn:aws:s3:::",
    rows={
        "ListBuckets": Row(action="ListAllMyBuckets"),
        "CreateBucket": _created,
        "DeleteBucket": BUCKET,
        "HeadBucket": _bucket("ListBucket"),
        "ListObjects": Row(on=BUCKET, action="ListBucket", keys=LISTED),
        "ListObjectsV2": Row(on=BUCKET, action="ListBucket", keys=LISTED),
        "ListObjectVersions": Row(on=BUCKET, action="ListBucketVersions", keys=LISTED),
        "ListMultipartUploads": Row(on=BUCKET, action="ListBucketMultipartUploads"),
        "GetObject": _versioned("GetObject"),
        "HeadObject": _versioned("GetObject"),
        "GetObjectTagging": _versioned("GetObjectTagging"),
        "PutObjectTagging": _versioned("PutObjectTagging"),
        "DeleteObjectTagging": _versioned("DeleteObjectTagging"),
        "GetObjectAcl": _versioned("GetObjectAcl"),
        "PutObjectAcl": _versioned("PutObjectAcl"),
        "PutObject": _written,
        "CopyObject": _copied,
        "CreateMultipartUpload": _written,
        "UploadPart": _written,
        "UploadPartCopy": _copied,
        "CompleteMultipartUpload": _written,
        "AbortMultipartUpload": OBJECT,
        "ListParts": Row(on=OBJECT, action="ListMultipartUploadParts"),
        "DeleteObject": _versioned("DeleteObject"),
        "DeleteObjects": _deleted,
        "GetBucketLocation": BUCKET,
        "GetBucketAcl": BUCKET,
        "PutBucketAcl": Row(on=BUCKET, keys={"s3:x-amz-acl": "ACL"}),
        "GetBucketPolicy": BUCKET,
        "PutBucketPolicy": BUCKET,
        "DeleteBucketPolicy": BUCKET,
        "GetBucketPolicyStatus": BUCKET,
        "GetBucketVersioning": BUCKET,
        "PutBucketVersioning": BUCKET,
        "GetBucketEncryption": _bucket("GetEncryptionConfiguration"),
        "PutBucketEncryption": _bucket("PutEncryptionConfiguration"),
        "DeleteBucketEncryption": _bucket("PutEncryptionConfiguration"),
        "GetBucketLifecycleConfiguration": _bucket("GetLifecycleConfiguration"),
        "PutBucketLifecycleConfiguration": _bucket("PutLifecycleConfiguration"),
        "DeleteBucketLifecycle": _bucket("PutLifecycleConfiguration"),
        "GetPublicAccessBlock": _bucket("GetBucketPublicAccessBlock"),
        "PutPublicAccessBlock": _bucket("PutBucketPublicAccessBlock"),
        "DeletePublicAccessBlock": _bucket("PutBucketPublicAccessBlock"),
        "GetBucketOwnershipControls": BUCKET,
        "PutBucketOwnershipControls": BUCKET,
        "DeleteBucketOwnershipControls": _bucket("PutBucketOwnershipControls"),
        "GetBucketLogging": BUCKET,
        "PutBucketLogging": BUCKET,
        "GetBucketTagging": BUCKET,
        "PutBucketTagging": BUCKET,
        "DeleteBucketTagging": _bucket("PutBucketTagging"),
        "GetBucketNotificationConfiguration": _bucket("GetBucketNotification"),
        "PutBucketNotificationConfiguration": _bucket("PutBucketNotification"),
    },
)
