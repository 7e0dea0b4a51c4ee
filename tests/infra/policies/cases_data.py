"""Cases of the rules about buckets and encryption."""

from typing import Any

from infra.policies import tokens
from tests.infra.policies.asked import (
    KEY_ARN,
    Asked,
    allowed,
    ask,
    document,
)
from tests.infra.policies.case import INSTANCES, Case, Inputs, each

BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
TIDY = {
    "status": "Enabled",
    "filter": {"prefix": ""},
    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
    "noncurrentVersionExpiration": {"noncurrentDays": 30},
}
PLAIN_HTTP: dict[str, Any] = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::a", "arn:aws:s3:::a/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
EVERYBODY = {"Effect": "Deny", "Principal": "*", "Resource": "arn:aws:s3:::a/approved/*"}
OVERWRITE = {
    **EVERYBODY,
    "Action": "s3:PutObject",
    "Condition": {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}},
}
DELETE = {**EVERYBODY, "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"]}
BUCKET, LOGS = (ask(tokens.BUCKET, name=f"demo-prod-data-{name}") for name in ("raw", "logs"))
LOGGING = ask(
    tokens.BUCKET_LOGGING,
    bucket="raw-1",
    targetBucket="logs-1",
    uses={"bucket": [BUCKET.urn], "targetBucket": [LOGS.urn]},
)
COMPANIONS = [
    ask(type_, uses={"bucket": [BUCKET.urn]})
    for type_ in (
        tokens.BUCKET_BLOCK,
        tokens.BUCKET_OWNERSHIP,
        tokens.BUCKET_POLICY,
        tokens.BUCKET_VERSIONING,
        tokens.BUCKET_ENCRYPTION,
        tokens.BUCKET_LIFECYCLE,
    )
]
BY_KEY = {
    "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY_ARN},
    "bucketKeyEnabled": True,
}
BY_S3 = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}


def expires(prefix: str) -> Inputs:
    return {"status": "Enabled", "filter": {"prefix": prefix}, "expiration": {"days": 365.0}}


def models_policy(*statements: Inputs) -> Asked:
    return ask(tokens.BUCKET_POLICY, name="demo-prod-data-models-policy", policy=document(*statements))


def encrypted(bucket: Asked, *rules: Inputs) -> Asked:
    return ask(tokens.BUCKET_ENCRYPTION, rules=list(rules), uses={"bucket": [bucket.urn]})


STORAGE = {
    "bucket-blocks-public-access": each(
        tokens.BUCKET_BLOCK, dict.fromkeys(BLOCKS, True), {**dict.fromkeys(BLOCKS, True), "ignorePublicAcls": False}
    ),
    "bucket-owner-owns-objects": each(
        tokens.BUCKET_OWNERSHIP,
        {"rule": {"objectOwnership": "BucketOwnerEnforced"}},
        {"rule": {"objectOwnership": "ObjectWriter"}},
    ),
    "bucket-has-no-acl": each(tokens.BUCKET, {"acl": "private"}, {"acl": "public-read"}, fine=True),
    "bucket-is-versioned": each(
        tokens.BUCKET_VERSIONING,
        {"versioningConfiguration": {"status": "Enabled"}},
        {"versioningConfiguration": {"status": "Suspended"}},
    ),
    "bucket-is-tidied-up": each(
        tokens.BUCKET_LIFECYCLE, {"rules": [TIDY]}, {"rules": [{**TIDY, "filter": {"prefix": "some/"}}]}
    ),
    "bucket-is-over-tls-only": each(
        tokens.BUCKET_POLICY,
        {"policy": document(PLAIN_HTTP)},
        {"policy": document({**PLAIN_HTTP, "Resource": "arn:aws:s3:::a/*"})},
    ),
    "approved-models-are-written-once": Case(
        keeps=[models_policy(OVERWRITE, DELETE), ask(tokens.BUCKET_POLICY, policy=document(PLAIN_HTTP))],
        breaks=[models_policy(OVERWRITE, {**DELETE, "Condition": PLAIN_HTTP["Condition"]})],
        lacks=[models_policy(PLAIN_HTTP)],
    ),
    "bucket-name-cannot-be-guessed": each(
        tokens.BUCKET, {"bucket": "demo-prod-data-raw-0a1b2c3"}, {"bucket": "demo-prod-raw"}, fine=True
    ),
    "bucket-has-companions": Case(keeps=[BUCKET, *COMPANIONS], breaks=[BUCKET, *COMPANIONS[1:]], lacks=[BUCKET]),
    "bucket-accesses-are-logged": Case(
        keeps=[BUCKET, LOGS, LOGGING],
        breaks=[BUCKET, LOGS],
        lacks=[BUCKET, LOGS, ask(tokens.BUCKET_LOGGING, uses={"bucket": [BUCKET.urn], "targetBucket": [LOGS.urn]})],
    ),
}
OBJECTS = [
    {"field": "eventCategory", "equals": ["Data"]},
    {"field": "resources.type", "equals": ["AWS::S3::Object"]},
    {"field": "resources.ARN", "startsWiths": ["arn:aws:s3:::raw-1/"]},
]


def trail(*fields: Inputs) -> Asked:
    recorded = {"advancedEventSelectors": [BUCKET.urn]}
    return ask(tokens.TRAIL, advancedEventSelectors=[{"fieldSelectors": list(fields)}], uses=recorded)


PROTECTED = ask(tokens.BUCKET, forceDestroy=False)
KEEPING = {
    "protected-data-is-not-forced-away": Case(
        keeps=[
            *(PROTECTED, ask(tokens.REPOSITORY, forceDelete=False), ask(tokens.VAULT, recoveryWindowInDays=30.0)),
            ask(tokens.LOG_GROUP, retentionInDays=30.0),
        ],
        breaks=[PROTECTED, ask(tokens.VAULT, recoveryWindowInDays=0.0)],
        lacks=[ask(tokens.BUCKET), ask(tokens.REPOSITORY), ask(tokens.VAULT), ask(tokens.LOG_GROUP)],
        lacking_is_fine=True,
    ),
    "approved-models-do-not-expire": Case(
        keeps=[
            ask(tokens.BUCKET_LIFECYCLE, name="demo-prod-data-models-lifecycle", rules=[TIDY, expires("runs/")]),
            ask(tokens.BUCKET_LIFECYCLE, rules=[expires("")]),
        ],
        breaks=[ask(tokens.BUCKET_LIFECYCLE, name="demo-prod-data-models-lifecycle", rules=[expires("")])],
        lacks=[ask(tokens.BUCKET_LIFECYCLE, name="demo-prod-data-models-lifecycle")],
        lacking_is_fine=True,
    ),
    "key-stays-in-the-account-s-hands": each(
        tokens.KEY, {"bypassPolicyLockoutSafetyCheck": False}, {"bypassPolicyLockoutSafetyCheck": True}, fine=True
    ),
}
AUDIT = {
    "trail-files-are-signed": each(tokens.TRAIL, {"enableLogFileValidation": True}, {"enableLogFileValidation": False}),
    "trail-is-encrypted": each(tokens.TRAIL, {"kmsKeyId": KEY_ARN}, {"kmsKeyId": ""}),
    "trail-records": each(tokens.TRAIL, {"enableLogging": True}, {"enableLogging": False}, fine=True),
    "accesses-to-objects-are-recorded": Case(
        keeps=[BUCKET, LOGS, LOGGING, trail(*OBJECTS)],
        breaks=[BUCKET, LOGS, LOGGING, trail(*OBJECTS, {"field": "readOnly", "equals": ["true"]})],
        lacks=[BUCKET, LOGS, LOGGING, trail()],
    ),
}
STREAM_DISKS = {"serverSideEncryption": {"enabled": True}, "extendedS3Configuration": {"kmsKeyArn": KEY_ARN}}
JOB = "arn:aws:scheduler:::aws-sdk:sagemaker:createProcessingJob"


def starts(request: str) -> Inputs:
    return {"target": {"arn": JOB, "input": request}}


ENCRYPTION = {
    "key-rotates": each(tokens.KEY, {"enableKeyRotation": True}, {"enableKeyRotation": False}),
    "key-is-in-use": each(tokens.KEY, {"isEnabled": True}, {"isEnabled": False}, fine=True),
    "key-has-a-policy": each(tokens.KEY, {"policy": document(allowed("kms:*", "*"))}, {"policy": "{}"}),
    "bucket-is-encrypted-with-a-key": Case(
        keeps=[BUCKET, LOGS, LOGGING, encrypted(BUCKET, BY_KEY), encrypted(LOGS, BY_S3)],
        breaks=[BUCKET, LOGS, LOGGING, encrypted(BUCKET, BY_S3)],
        lacks=[BUCKET, encrypted(BUCKET)],
    ),
    "topic-is-encrypted": each(tokens.TOPIC, {"kmsMasterKeyId": KEY_ARN}, {"kmsMasterKeyId": ""}),
    "queue-is-encrypted": each(tokens.QUEUE, {"kmsMasterKeyId": KEY_ARN}, {"sqsManagedSseEnabled": False}),
    "log-group-is-encrypted": each(tokens.LOG_GROUP, {"kmsKeyId": KEY_ARN}, {"kmsKeyId": ""}),
    "repository-is-encrypted": each(
        tokens.REPOSITORY,
        {"encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": KEY_ARN}]},
        {"encryptionConfigurations": [{"encryptionType": "AES256"}]},
    ),
    "build-is-encrypted": each(tokens.BUILD, {"encryptionKey": KEY_ARN}, {"encryptionKey": ""}),
    "stream-is-encrypted": each(
        tokens.STREAM, STREAM_DISKS, {**STREAM_DISKS, "serverSideEncryption": {"enabled": False}}
    ),
    "endpoint-disks-are-encrypted": each(
        tokens.ENDPOINT_CONFIG,
        {"productionVariants": [{**INSTANCES, "instanceType": "ml.g5.xlarge"}]},
        {"productionVariants": [INSTANCES, {**INSTANCES, "instanceType": "ml.g5.xlarge"}]},
    ),
    "captured-data-is-encrypted": each(
        tokens.ENDPOINT_CONFIG,
        {"dataCaptureConfig": {"enableCapture": True, "kmsKeyId": KEY_ARN}},
        {"dataCaptureConfig": {"enableCapture": True, "kmsKeyId": ""}},
        {"dataCaptureConfig": {"enableCapture": True}},
    ),
    "job-disks-are-encrypted": each(
        tokens.SCHEDULE,
        starts('{"ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.g5.xlarge"}}}'),
        starts('{"ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.m5.large"}}}'),
    ),
}
