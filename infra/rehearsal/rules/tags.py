"""Tags, which every service takes in a form of its own.

docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html, "Tag naming limits and requirements".
"""

from infra.rehearsal.iam.operations.rows import tag_pairs
from infra.rehearsal.rules.rule import Key, Request, Rule, expected, twice

TAGS, OBJECT_TAGS = 50, 10
KEY_CHARACTERS, VALUE_CHARACTERS = 128, 256
TAKERS: tuple[Key, ...] = (
    ("budgets", "CreateBudget"),
    ("cloudtrail", "CreateTrail"),
    ("cloudwatch", "PutMetricAlarm"),
    ("codebuild", "CreateProject"),
    ("ecr", "CreateRepository"),
    ("iam", "CreatePolicy"),
    ("iam", "CreateRole"),
    ("kms", "CreateKey"),
    ("logs", "CreateLogGroup"),
    ("s3", "PutBucketTagging"),
    ("s3", "PutObject"),
    ("sagemaker", "CreateEndpoint"),
    ("sagemaker", "CreateEndpointConfig"),
    ("sagemaker", "CreateMlflowApp"),
    ("sagemaker", "CreateModel"),
    ("sagemaker", "CreateModelCard"),
    ("sagemaker", "CreateModelPackageGroup"),
    ("sagemaker", "CreatePipeline"),
    ("sagemaker", "CreateProcessingJob"),
    ("scheduler", "CreateScheduleGroup"),
    ("sns", "CreateTopic"),
)


def tags_are_at_most_50(request: Request) -> str | None:
    """docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html"""
    count = len(tag_pairs(request))
    return expected("Tags", count, f"at most {TAGS}") if count > TAGS else None


def an_object_has_10_tags(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html"""
    count = len(tag_pairs(request))
    return expected("Tagging", f"{count} tags", f"at most {OBJECT_TAGS}") if count > OBJECT_TAGS else None


def tag_keys_occur_once_and_are_not_aws_s_own(request: Request) -> str | None:
    """docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html"""
    keys = [key for key, _value in tag_pairs(request)]
    if reserved := [key for key in keys if key.lower().startswith("aws:")]:
        return expected("Tags", reserved[0], "keys that do not begin with aws:")
    return expected("Tags", f"{same[0]} twice", "each key once") if (same := twice(keys)) else None


def tags_are_of_128_and_256_characters(request: Request) -> str | None:
    """docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html"""
    for key, value in tag_pairs(request):
        if not 0 < len(key) <= KEY_CHARACTERS or len(value) > VALUE_CHARACTERS:
            sizes = f"a key of {len(key)} and a value of {len(value)} characters"
            return expected("Tags", sizes, f"1 to {KEY_CHARACTERS} and at most {VALUE_CHARACTERS}")
    return None


_RULES: list[Rule] = [tags_are_at_most_50, tag_keys_occur_once_and_are_not_aws_s_own]
# Only S3's model says nothing of lengths.
RULES: dict[Key, list[Rule]] = dict.fromkeys(TAKERS, _RULES) | {
    ("s3", "PutBucketTagging"): [*_RULES, tags_are_of_128_and_256_characters],
    ("s3", "PutObject"): [
        an_object_has_10_tags,
        tag_keys_occur_once_and_are_not_aws_s_own,
        tags_are_of_128_and_256_characters,
    ],
}
