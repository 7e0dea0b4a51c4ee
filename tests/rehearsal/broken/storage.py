"""What breaks the rules on buckets, objects, keys and images."""

import json
from typing import Any

from infra.rehearsal.rules import (
    ecr,
    kms,
    lifecycle,
    s3,
    tags,
)
from tests.rehearsal.broken.case import GONE, Case
from tests.rehearsal.in_order import ACCOUNT, IMAGES, policy

IMAGE_RULES = ("ecr", "PutLifecyclePolicy")
BUCKET_RULES, OBJECT, BUCKET_POLICY = (
    ("s3", "PutBucketLifecycleConfiguration"),
    ("s3", "PutObject"),
    ("s3", "PutBucketPolicy"),
)
TAGGING, TAG_SET = ("s3", "PutBucketTagging"), "Tagging.TagSet"
KEYS = ("kms", "CreateKey")
FIRST = "LifecycleConfiguration.Rules.0"
SECOND = "LifecycleConfiguration.Rules.1"
KMS_BY_DEFAULT = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}


def images(*changes: dict[str, Any]) -> dict[str, str]:
    """A lifecycle policy of one rule for each change."""
    return {"lifecyclePolicyText": json.dumps({"rules": [{**IMAGES, **change} for change in changes]})}


def selected(**selection: Any) -> dict[str, str]:
    return images({"selection": {**IMAGES["selection"], **selection}})


def bucket_policy(**statement: Any) -> dict[str, str]:
    given = {"Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*", **statement}
    return {"Policy": policy(**{name: value for name, value in given.items() if value is not None})}


CASES: list[Case] = [
    *(
        Case(("s3", "CreateBucket"), s3.a_bucket_has_a_name_that_s3_takes, {"Bucket": name}, said)
        for name, said in {
            "Data": "lower-case letters",
            "b" * 64: "3 to 63",
            "a..b": "3 to 63",
            "xn--data": "not to begin with",
            "data-s3alias": "nor to end with",
            "10.0.0.1": "no IP address",
        }.items()
    ),
    Case(
        BUCKET_POLICY,
        s3.a_bucket_policy_is_about_this_bucket,
        bucket_policy(Resource="arn:aws:s3:::dat/*"),
        "arn:aws:s3:::dat/*, expected arn:aws:s3:::data",
    ),
    Case(BUCKET_POLICY, s3.a_bucket_policy_is_about_this_bucket, bucket_policy(Action="kms:Decrypt"), "of s3"),
    Case(
        ("s3", "PutBucketEncryption"),
        s3.a_key_goes_with_kms,
        {"ServerSideEncryptionConfiguration.Rules.0.ApplyServerSideEncryptionByDefault.SSEAlgorithm": "AES256"},
        "with AES256",
    ),
    Case(OBJECT, s3.an_object_has_a_key_of_1024_bytes, {"Key": "é" * 513}, "1026 bytes, expected at most 1024"),
    Case(OBJECT, s3.an_object_has_2_kilobytes_of_metadata, {"Metadata": {"a": "x" * 2048}}, "2049 bytes"),
    Case(OBJECT, s3.an_object_s_key_goes_with_kms, {"ServerSideEncryption": "AES256"}, "with AES256"),
    Case(
        BUCKET_RULES,
        lifecycle.a_bucket_has_1_to_1000_lifecycle_rules,
        {"LifecycleConfiguration.Rules": []},
        "0, expected 1 to 1000",
    ),
    Case(BUCKET_RULES, lifecycle.lifecycle_rules_have_ids_of_their_own, {f"{FIRST}.ID": "expired"}, "expired twice"),
    Case(
        BUCKET_RULES,
        lifecycle.a_lifecycle_rule_does_something,
        {f"{FIRST}.AbortIncompleteMultipartUpload": GONE, f"{FIRST}.NoncurrentVersionExpiration": GONE},
        "no action",
    ),
    Case(
        BUCKET_RULES, lifecycle.a_lifecycle_rule_has_a_filter_or_a_prefix, {f"{FIRST}.Filter": GONE}, "neither Filter"
    ),
    Case(BUCKET_RULES, lifecycle.a_lifecycle_rule_has_a_filter_or_a_prefix, {f"{FIRST}.Prefix": "a"}, "one of the two"),
    Case(
        BUCKET_RULES,
        lifecycle.a_lifecycle_rule_has_a_filter_or_a_prefix,
        {f"{FIRST}.Filter": {"Prefix": "a", "ObjectSizeGreaterThan": 1}},
        "or And",
    ),
    Case(
        BUCKET_RULES,
        lifecycle.objects_expire_by_one_measure,
        {f"{SECOND}.Expiration.ExpiredObjectDeleteMarker": True},
        "Days and ExpiredObjectDeleteMarker",
    ),
    Case(BUCKET_RULES, lifecycle.days_are_at_least_one, {f"{SECOND}.Expiration.Days": 0}, "Expiration.Days: 0"),
    Case(
        BUCKET_RULES,
        lifecycle.infrequent_access_comes_after_30_days_and_before_the_end,
        {f"{SECOND}.Transitions.0.Days": 29},
        "29, expected at least 30 to STANDARD_IA",
    ),
    Case(
        BUCKET_RULES,
        lifecycle.infrequent_access_comes_after_30_days_and_before_the_end,
        {f"{SECOND}.Expiration.Days": 30},
        "less than Expiration.Days (30)",
    ),
    Case(
        BUCKET_RULES,
        lifecycle.uploads_are_not_chosen_by_tag_or_size,
        {f"{FIRST}.Filter": {"ObjectSizeGreaterThan": 1}},
        "with ObjectSizeGreaterThan",
    ),
    Case(
        ("kms", "ScheduleKeyDeletion"),
        kms.a_key_waits_7_to_30_days_for_its_deletion,
        {"PendingWindowInDays": 6},
        "6, expected 7 to 30",
    ),
    Case(
        ("kms", "CreateAlias"),
        kms.an_alias_begins_with_alias_and_is_not_aws_s,
        {"AliasName": "alias/aws/s3"},
        "alias/aws/s3",
    ),
    Case(
        ("kms", "CreateAlias"),
        kms.an_alias_begins_with_alias_and_is_not_aws_s,
        {"AliasName": "data"},
        "alias/ and a name",
    ),
    *(
        Case(
            key,
            kms.a_key_policy_lets_somebody_change_it,
            {"Policy": policy(Principal={"AWS": ACCOUNT}, Action="kms:Decrypt", Resource="*")},
            "nobody who may kms:PutKeyPolicy",
        )
        for key in (KEYS, ("kms", "PutKeyPolicy"))
    ),
    Case(
        ("ecr", "CreateRepository"),
        ecr.a_key_is_for_kms_encryption,
        {"encryptionConfiguration.encryptionType": "AES256"},
        "with AES256",
    ),
    Case(
        IMAGE_RULES, ecr.a_lifecycle_policy_is_json_with_1_to_50_rules, images(*[{"rulePriority": 1}] * 51), "1 to 50"
    ),
    Case(IMAGE_RULES, ecr.rule_priorities_differ, images({}, {}), "1 twice"),
    Case(IMAGE_RULES, ecr.rule_priorities_differ, images({"rulePriority": 0}), "0, expected a whole number"),
    Case(IMAGE_RULES, ecr.a_rule_for_any_image_comes_last, images({}, {"rulePriority": 2}), "any before others"),
    Case(IMAGE_RULES, ecr.a_selection_says_which_tags, selected(tagStatus="all"), "all, expected one of tagged"),
    Case(IMAGE_RULES, ecr.a_selection_says_which_tags, selected(tagStatus="tagged"), "tagged with no list"),
    Case(IMAGE_RULES, ecr.a_selection_counts_images_or_days, selected(countType="images"), "images, expected one of"),
    Case(
        IMAGE_RULES, ecr.a_selection_counts_images_or_days, selected(countUnit="days"), "none with imageCountMoreThan"
    ),
    Case(IMAGE_RULES, ecr.a_selection_counts_images_or_days, selected(countNumber=0), "0, expected a whole number"),
    Case(
        IMAGE_RULES, ecr.a_rule_has_an_action, images({"action": {"type": "delete"}}), "delete, expected one of expire"
    ),
    Case(TAGGING, tags.tags_are_at_most_50, {TAG_SET: [{"Key": f"k{i}", "Value": ""} for i in range(51)]}, "51"),
    Case(
        TAGGING, tags.tag_keys_occur_once_and_are_not_aws_s_own, {f"{TAG_SET}.0.Key": "AWS:x"}, "AWS:x, expected keys"
    ),
    Case(TAGGING, tags.tags_are_of_128_and_256_characters, {f"{TAG_SET}.0.Key": "k" * 129}, "a key of 129"),
    Case(TAGGING, tags.tags_are_of_128_and_256_characters, {f"{TAG_SET}.0.Value": "v" * 257}, "a value of 257"),
    Case(OBJECT, tags.an_object_has_10_tags, {"Tagging": "&".join(f"k{i}=v" for i in range(11))}, "11 tags"),
    Case(OBJECT, tags.tag_keys_occur_once_and_are_not_aws_s_own, {"Tagging": "team=a&team=b"}, "team twice"),
    Case(
        ("s3", "PutBucketLogging"),
        s3.access_logs_go_to_a_bucket_with_s3_s_own_key,
        {},
        "logs with aws:kms",
        {"GetBucketEncryption": {"ServerSideEncryptionConfiguration": {"Rules": [KMS_BY_DEFAULT]}}},
    ),
    Case(
        BUCKET_RULES,
        lifecycle.superseded_versions_need_versioning,
        {},
        "without versioning, expected PutBucketVersioning first",
        {"GetBucketVersioning": {}},
    ),
    Case(
        ("kms", "EnableKeyRotation"),
        kms.only_symmetric_keys_are_rotated,
        {},
        "a key of RSA_2048",
        {"DescribeKey": {"KeyMetadata": {"KeySpec": "RSA_2048"}}},
    ),
]
