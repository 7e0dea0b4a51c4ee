"""S3's buckets: names, policies, encryption, logging."""

import ipaddress
import re

from infra.rehearsal.iam.kinds import BUCKET
from infra.rehearsal.rules.documents import statements
from infra.rehearsal.rules.rule import Ask, AskingRule, Key, Request, Rule, expected

NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
RESERVED_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
RESERVED_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
KEY_BYTES = 1024
METADATA_BYTES = 2 * 1024
KMS = ("aws:kms", "aws:kms:dsse")


def a_bucket_has_a_name_that_s3_takes(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""
    name = request["Bucket"]
    if not NAME.fullmatch(name) or ".." in name:
        return expected("Bucket", name, "3 to 63 lower-case letters, digits, dots and dashes")
    if name.startswith(RESERVED_STARTS) or name.endswith(RESERVED_ENDS):
        return expected("Bucket", name, f"not to begin with {RESERVED_STARTS}, nor to end with {RESERVED_ENDS}")
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return None
    return expected("Bucket", name, "no IP address")


def a_bucket_policy_is_about_this_bucket(request: Request) -> str | None:
    """ "Policy has invalid resource".

    docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
    """
    arn = re.compile(rf"\*|arn:[a-z*-]+:s3:::{re.escape(request['Bucket'])}(/.*|\*)?")
    for statement in statements(request, BUCKET):
        for resource in statement.resources:
            if not arn.fullmatch(resource):
                return expected("Policy", resource, f"arn:aws:s3:::{request['Bucket']} or what is in it")
        for action in () if statement.other_actions else statement.actions:
            if action != "*" and not action.startswith("s3:"):
                return expected("Policy", action, "an action of s3")
    return None


def a_key_goes_with_kms(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html, KMSMasterKeyID"""
    rules = request["ServerSideEncryptionConfiguration"]["Rules"]
    if len(rules) != 1:
        return expected("ServerSideEncryptionConfiguration.Rules", len(rules), "exactly 1")
    default = rules[0].get("ApplyServerSideEncryptionByDefault", {})
    if "KMSMasterKeyID" in default and default["SSEAlgorithm"] not in KMS:
        return expected("KMSMasterKeyID", f"with {default['SSEAlgorithm']}", "aws:kms or aws:kms:dsse")
    return None


def an_object_has_a_key_of_1024_bytes(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"""
    size = len(request["Key"].encode())
    return expected("Key", f"{size} bytes", f"at most {KEY_BYTES}") if size > KEY_BYTES else None


def an_object_has_2_kilobytes_of_metadata(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html"""
    size = sum(len(f"{key}{value}".encode()) for key, value in (request.get("Metadata") or {}).items())
    return expected("Metadata", f"{size} bytes", f"at most {METADATA_BYTES}") if size > METADATA_BYTES else None


def an_object_s_key_goes_with_kms(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html, SSEKMSKeyId"""
    if request.get("SSEKMSKeyId") and request.get("ServerSideEncryption", KMS[0]) not in KMS:
        return expected("SSEKMSKeyId", f"with {request['ServerSideEncryption']}", "aws:kms or aws:kms:dsse")
    return None


def access_logs_go_to_a_bucket_with_s3_s_own_key(request: Request, ask: Ask) -> str | None:
    """ "Default bucket encryption on the destination bucket may be used only if SSE-S3 is selected".

    docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    """
    target = request["BucketLoggingStatus"].get("LoggingEnabled", {}).get("TargetBucket")
    encryption = (ask("s3", "GetBucketEncryption", {"Bucket": target}) if target else None) or {}
    for rule in encryption.get("ServerSideEncryptionConfiguration", {}).get("Rules", ()):
        if (algorithm := rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]) in KMS:
            return expected("TargetBucket", f"{target} with {algorithm}", "a bucket with AES256: no log would arrive")
    return None


RULES: dict[Key, list[Rule]] = {
    ("s3", "CreateBucket"): [a_bucket_has_a_name_that_s3_takes],
    ("s3", "PutBucketPolicy"): [a_bucket_policy_is_about_this_bucket],
    ("s3", "PutBucketEncryption"): [a_key_goes_with_kms],
    ("s3", "PutObject"): [
        an_object_has_a_key_of_1024_bytes,
        an_object_has_2_kilobytes_of_metadata,
        an_object_s_key_goes_with_kms,
    ],
}
ASKING: dict[Key, list[AskingRule]] = {("s3", "PutBucketLogging"): [access_logs_go_to_a_bucket_with_s3_s_own_key]}
