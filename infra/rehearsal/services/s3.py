"""S3 buckets, their settings, and objects."""

import base64
import json
from typing import Any
from urllib.parse import urlencode

from infra.rehearsal import assets
from infra.rehearsal.aws import Aws, RefusedError
from infra.rehearsal.entry import Entry, Inputs, Made
from infra.rehearsal.names import Naming
from infra.rehearsal.request import PROVIDER_ONLY

SENT = {"bucket", "bucketPrefix", "objectLockEnabled", "tagsAll"}


def create_bucket(inputs: Inputs, aws: Aws) -> Made:
    name = inputs["bucket"]
    request: dict[str, Any] = {"Bucket": name, "ObjectLockEnabledForBucket": inputs.get("objectLockEnabled", False)}
    if aws.region != "us-east-1":
        request["CreateBucketConfiguration"] = {"LocationConstraint": aws.region}
    aws.call("s3", "CreateBucket", **request)
    if tags := inputs.get("tagsAll"):
        pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
        aws.call("s3", "PutBucketTagging", Bucket=name, Tagging={"TagSet": pairs})
    aws.unplaced += sorted(set(inputs) - SENT - PROVIDER_ONLY)
    return Made(
        id=name,
        outputs={
            "arn": f"arn:aws:s3:::{name}",
            "bucketRegion": aws.region,
            "bucketDomainName": f"{name}.s3.amazonaws.com",
            "bucketRegionalDomainName": f"{name}.s3.{aws.region}.amazonaws.com",
        },
    )


def delete_bucket(bucket: str, _inputs: Inputs, aws: Aws) -> None:
    empty(bucket, aws)
    aws.call("s3", "DeleteBucket", Bucket=bucket)


def empty(bucket: str, aws: Aws) -> None:
    """Deletes every object, version, delete marker and unfinished upload."""
    for upload in aws.pages("s3", "ListMultipartUploads", "Uploads", Bucket=bucket):
        aws.call("s3", "AbortMultipartUpload", Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    while listed := _versions(aws.call("s3", "ListObjectVersions", Bucket=bucket)):
        answer = aws.call("s3", "DeleteObjects", Bucket=bucket, Delete={"Objects": listed, "Quiet": True})
        # A refusal of single objects is no refusal of the call: the listing would never get empty.
        for error in answer.get("Errors", ()):
            raise RefusedError("s3:DeleteObjects", f"{error.get('Code')}: {error.get('Key')}: {error.get('Message')}")


def _versions(page: dict[str, Any]) -> list[dict[str, str]]:
    listed = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
    return [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in listed]


def create_versioning(inputs: Inputs, aws: Aws) -> Made:
    aws.send("s3", "PutBucketVersioning", inputs)
    return Made(id=inputs["bucket"])


def create_encryption(inputs: Inputs, aws: Aws) -> Made:
    request = {"bucket": inputs["bucket"], "serverSideEncryptionConfiguration": {"rules": inputs["rules"]}}
    aws.send("s3", "PutBucketEncryption", request)
    return Made(id=inputs["bucket"])


def delete_encryption(bucket: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("s3", "DeleteBucketEncryption", Bucket=bucket)


def create_public_access_block(inputs: Inputs, aws: Aws) -> Made:
    settings = {name: value for name, value in inputs.items() if name != "bucket"}
    aws.send("s3", "PutPublicAccessBlock", {"bucket": inputs["bucket"], "publicAccessBlockConfiguration": settings})
    return Made(id=inputs["bucket"])


def delete_public_access_block(bucket: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("s3", "DeletePublicAccessBlock", Bucket=bucket)


def create_ownership(inputs: Inputs, aws: Aws) -> Made:
    request = {"bucket": inputs["bucket"], "ownershipControls": {"rules": [inputs["rule"]]}}
    aws.send("s3", "PutBucketOwnershipControls", request)
    return Made(id=inputs["bucket"])


def delete_ownership(bucket: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("s3", "DeleteBucketOwnershipControls", Bucket=bucket)


def create_policy(inputs: Inputs, aws: Aws) -> Made:
    document = inputs["policy"] if isinstance(inputs["policy"], str) else json.dumps(inputs["policy"])
    aws.call("s3", "PutBucketPolicy", Bucket=inputs["bucket"], Policy=document)
    return Made(id=inputs["bucket"])


def delete_policy(bucket: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("s3", "DeleteBucketPolicy", Bucket=bucket)


def create_lifecycle(inputs: Inputs, aws: Aws) -> Made:
    rest = {name: value for name, value in inputs.items() if name != "rules"}
    aws.send("s3", "PutBucketLifecycleConfiguration", {**rest, "lifecycleConfiguration": {"rules": inputs["rules"]}})
    return Made(id=inputs["bucket"])


def delete_lifecycle(bucket: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("s3", "DeleteBucketLifecycle", Bucket=bucket)


def create_logging(inputs: Inputs, aws: Aws) -> Made:
    target = {name: value for name, value in inputs.items() if name != "bucket"}
    request = {"bucket": inputs["bucket"], "bucketLoggingStatus": {"loggingEnabled": target}}
    aws.send("s3", "PutBucketLogging", request)
    return Made(id=inputs["bucket"])


def delete_logging(bucket: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("s3", "PutBucketLogging", Bucket=bucket, BucketLoggingStatus={})


def create_object(inputs: Inputs, aws: Aws) -> Made:
    request = {name: value for name, value in inputs.items() if name not in {"source", "content", "contentBase64"}}
    request |= {"body": body(inputs), "tagsAll": urlencode(inputs.get("tagsAll", {}))}
    answer = aws.send("s3", "PutObject", request, {"kmsKeyId": "SSEKMSKeyId", "tagsAll": "Tagging"})
    return Made(
        id=f"{inputs['bucket']}/{inputs['key']}",
        outputs={"etag": answer["ETag"].strip('"'), "versionId": answer.get("VersionId", "")},
    )


def body(inputs: Inputs) -> bytes:
    """The bytes of an object, from whichever of the three inputs holds them."""
    if "source" in inputs:
        return assets.read(inputs["source"])
    if "contentBase64" in inputs:
        return base64.b64decode(inputs["contentBase64"])
    return inputs.get("content", "").encode()


def delete_object(_id: str, inputs: Inputs, aws: Aws) -> None:
    bucket, key = inputs["bucket"], inputs["key"]
    for kind in ("Versions", "DeleteMarkers"):
        for item in aws.pages("s3", "ListObjectVersions", kind, Bucket=bucket, Prefix=key):
            if item["Key"] == key:
                aws.call("s3", "DeleteObject", Bucket=bucket, Key=key, VersionId=item["VersionId"])


def remaining(aws: Aws) -> list[str]:
    return [f"arn:aws:s3:::{bucket['Name']}" for bucket in aws.call("s3", "ListBuckets")["Buckets"]]


ENTRIES = {
    "aws:s3/bucket:Bucket": Entry(
        create=create_bucket, delete=delete_bucket, naming=Naming(limit=63, field="bucket", lower=True)
    ),
    "aws:s3/bucketVersioning:BucketVersioning": Entry(create=create_versioning),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": Entry(
        create=create_encryption, delete=delete_encryption
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Entry(
        create=create_public_access_block, delete=delete_public_access_block
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": Entry(create=create_ownership, delete=delete_ownership),
    "aws:s3/bucketPolicy:BucketPolicy": Entry(create=create_policy, delete=delete_policy),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": Entry(
        create=create_lifecycle, delete=delete_lifecycle, note="nothing expires"
    ),
    "aws:s3/bucketLogging:BucketLogging": Entry(
        create=create_logging,
        delete=delete_logging,
        note="no access is logged",
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": Entry(create=create_object, delete=delete_object),
}
