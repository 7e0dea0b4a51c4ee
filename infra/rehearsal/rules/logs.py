"""CloudWatch Logs."""

from infra.rehearsal.bounds import compiled
from infra.rehearsal.rules.rule import Key, Request, Rule, expected, one_of

RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180,
    365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
KEY_ARN = r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/.+"


def logs_are_kept_for_days_that_aws_offers(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""
    days = request["retentionInDays"]
    return None if days in RETENTION_DAYS else expected("retentionInDays", days, one_of(RETENTION_DAYS))


def a_group_is_not_named_as_aws_s_own(request: Request) -> str | None:
    """ "Log group names can't start with the string aws/".

    docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
    """
    name = request["logGroupName"]
    return expected("logGroupName", name, "one that does not begin with aws/") if name.startswith("aws/") else None


def a_group_s_key_is_named_by_its_arn(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"""
    key = request.get("kmsKeyId")
    if key is None or compiled(KEY_ARN).fullmatch(key):
        return None
    return expected("kmsKeyId", key, "the ARN of a key, no alias")


def a_default_value_goes_without_dimensions(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html"""
    for index, item in enumerate(request["metricTransformations"]):
        if item.get("dimensions") and "defaultValue" in item:
            return expected(f"metricTransformations[{index}].defaultValue", "with dimensions", "one of the two")
    return None


RULES: dict[Key, list[Rule]] = {
    ("logs", "PutRetentionPolicy"): [logs_are_kept_for_days_that_aws_offers],
    ("logs", "CreateLogGroup"): [a_group_is_not_named_as_aws_s_own, a_group_s_key_is_named_by_its_arn],
    ("logs", "PutMetricFilter"): [a_default_value_goes_without_dimensions],
}
