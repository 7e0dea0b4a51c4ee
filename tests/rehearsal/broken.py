"""What breaks each rule: changes to the requests of `in_order`, or another account, and what must be said."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.rehearsal.rules import (
    budgets,
    cloudwatch,
    codebuild,
    deployment,
    documents,
    ecr,
    iam,
    kms,
    lifecycle,
    logs,
    s3,
    sagemaker,
    scheduler,
    sns,
    tags,
    target,
)
from tests.rehearsal.in_order import ACCOUNT, IMAGES, JOB, TOPIC, policy

GONE = object()
"""Takes a member out."""
Key = tuple[str, str]
MODEL, CONFIG = ("sagemaker", "CreateModel"), ("sagemaker", "CreateEndpointConfig")
UPDATE, PIPELINE = ("sagemaker", "UpdateEndpoint"), ("sagemaker", "CreatePipeline")
ALARM, DATA = ("cloudwatch", "PutMetricAlarm"), ("cloudwatch", "PutMetricData")
SCHEDULE, BUDGET = ("scheduler", "CreateSchedule"), ("budgets", "CreateBudget")
IMAGE_RULES, BUILD = ("ecr", "PutLifecyclePolicy"), ("codebuild", "CreateProject")
BUCKET_RULES, OBJECT, BUCKET_POLICY = (
    ("s3", "PutBucketLifecycleConfiguration"),
    ("s3", "PutObject"),
    ("s3", "PutBucketPolicy"),
)
TAGGING, TAG_SET = ("s3", "PutBucketTagging"), "Tagging.TagSet"
KEYS, TOPICS, TOPIC_POLICY = ("kms", "CreateKey"), ("sns", "CreateTopic"), ("sns", "SetTopicAttributes")
ROLE, INLINE = ("iam", "CreateRole"), ("iam", "PutRolePolicy")

VARIANT = {"VariantName": "challenger", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
CONTAINER = {"Image": "i"}
S3_DATA = {"S3DataSource": {"S3Uri": "s3://b/p/", "S3DataType": "S3Prefix", "CompressionType": "None"}}
BLUE_GREEN = "DeploymentConfig.BlueGreenUpdatePolicy"
ROUTING = f"{BLUE_GREEN}.TrafficRoutingConfiguration"
ROLLING = {"MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50}, "WaitIntervalInSeconds": 60}
QUERY = {"Id": "a", "MetricStat": {"Metric": {"MetricName": "m", "Namespace": "n"}, "Period": 60, "Stat": "p99"}}
SUBSCRIBERS = "NotificationsWithSubscribers.0.Subscribers"
MAIL = {"SubscriptionType": "EMAIL", "Address": "a@example.com"}
FIRST = "LifecycleConfiguration.Rules.0"
SECOND = "LifecycleConfiguration.Rules.1"


def percent(value: int) -> dict[str, Any]:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


def images(*changes: dict[str, Any]) -> dict[str, str]:
    """A lifecycle policy of one rule for each change."""
    return {"lifecyclePolicyText": json.dumps({"rules": [{**IMAGES, **change} for change in changes]})}


def selected(**selection: Any) -> dict[str, str]:
    return images({"selection": {**IMAGES["selection"], **selection}})


def job(**parameters: Any) -> dict[str, str]:
    return {"Target.Input": json.dumps({**JOB, **parameters})}


def topic_policy(**statement: Any) -> dict[str, str]:
    given = {"Principal": "*", "Action": "sns:Publish", "Resource": TOPIC, **statement}
    return {"AttributeValue": policy(**{name: value for name, value in given.items() if value is not None})}


def bucket_policy(**statement: Any) -> dict[str, str]:
    given = {"Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*", **statement}
    return {"Policy": policy(**{name: value for name, value in given.items() if value is not None})}


STATEMENT = {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": TOPIC}


def documented(key: Key, **statement: Any) -> dict[str, Any]:
    """The change that puts a document of one statement into a request."""
    member = {"CreateTopic": "Attributes.Policy", "SetTopicAttributes": "AttributeValue"}
    return {member.get(key[1], documents.KINDS[key].member): policy(**statement) if statement else "{}"}


WHO = {key: {"Principal": "*"} if kind.principals else {} for key, kind in documents.KINDS.items()}
DOCUMENTS: list[tuple[Key, Any, dict[str, Any], str]] = [
    case
    for key, (rule,) in documents.RULES.items()
    for case in (
        (key, rule, documented(key), "KeyError('Statement'), expected JSON with a Statement"),
        (key, rule, documented(key, **WHO[key], Effect="Maybe"), "an Effect of Allow or Deny"),
        (key, rule, documented(key, Action="*") if WHO[key] else documented(key, Principal="*"), "Principal in each"),
    )
] + [
    (key, rule, documented(key, **WHO[key], Action="x" * documents.KINDS[key].limit), "expected at most")
    for key, (rule,) in documents.RULES.items()
    if key[0] != "ecr"
]
DOCUMENTS.append((ROLE, documents.RULES[ROLE][0], documented(ROLE, **WHO[ROLE], Resource="*"), "expected no Resource"))


BROKEN: list[tuple[Key, Any, dict[str, Any], str]] = [
    # sagemaker
    (MODEL, sagemaker.a_model_has_one_kind_of_container, {"PrimaryContainer": GONE}, "none, expected exactly one of"),
    (
        MODEL,
        sagemaker.a_model_has_one_kind_of_container,
        {"Containers": [CONTAINER]},
        "PrimaryContainer and Containers",
    ),
    (MODEL, sagemaker.a_container_has_one_source, {"PrimaryContainer.Image": GONE}, "one of Image, ModelPackageName"),
    (MODEL, sagemaker.a_container_has_one_source, {"PrimaryContainer.ModelDataSource": S3_DATA}, "ModelDataSource"),
    (MODEL, sagemaker.model_data_is_one_archive, {"PrimaryContainer.ModelDataUrl": "s3://b/m.zip"}, ".tar.gz"),
    (
        CONFIG,
        sagemaker.variants_have_names_of_their_own,
        {"ProductionVariants": [VARIANT, VARIANT]},
        "challenger, expected a name for each",
    ),
    (
        CONFIG,
        sagemaker.a_shadow_stands_beside_one_variant,
        {
            "ProductionVariants": [VARIANT],
            "ShadowProductionVariants": [{**VARIANT, "VariantName": "a"}, {**VARIANT, "VariantName": "b"}],
        },
        "2 beside 1 variants",
    ),
    (
        CONFIG,
        sagemaker.an_instance_variant_says_how_many,
        {"ProductionVariants.0": {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large"}},
        "ProductionVariants[0].InitialInstanceCount: none",
    ),
    (
        CONFIG,
        sagemaker.serverless_memory_is_whole_gigabytes,
        {"ProductionVariants.0.ServerlessConfig.MemorySizeInMB": 1500},
        "1500, expected one of 1024, 2048, 3072, 4096, 5120, 6144",
    ),
    (
        CONFIG,
        sagemaker.provisioned_concurrency_is_within_the_maximum,
        {"ProductionVariants.0.ServerlessConfig.ProvisionedConcurrency": 6},
        "6, expected at most MaxConcurrency (5)",
    ),
    (
        CONFIG,
        sagemaker.a_serverless_variant_has_no_instances,
        {"ProductionVariants.0.InstanceType": "ml.m5.large", "ProductionVariants.0.InitialInstanceCount": 1},
        "beside InitialInstanceCount, InstanceType",
    ),
    (CONFIG, sagemaker.a_serverless_variant_is_alone, {"ShadowProductionVariants": [VARIANT]}, "2 variants"),
    (
        CONFIG,
        sagemaker.a_serverless_endpoint_is_not_captured,
        {
            "DataCaptureConfig": {
                "InitialSamplingPercentage": 100,
                "DestinationS3Uri": "s3://b/c",
                "CaptureOptions": [{"CaptureMode": "Input"}],
            }
        },
        "serverless captures nothing",
    ),
    (
        ("sagemaker", "CreateProcessingJob"),
        sagemaker.a_key_needs_a_volume,
        {"ProcessingResources.ClusterConfig.InstanceType": "ml.g5.xlarge"},
        "with ml.g5.xlarge, whose disk is part of it, expected none",
    ),
    (PIPELINE, sagemaker.a_pipeline_has_one_definition, {"PipelineDefinition": GONE}, "none, expected exactly one of"),
    (
        PIPELINE,
        sagemaker.a_pipeline_is_json_whose_steps_have_names_of_their_own,
        {"PipelineDefinition": '{"Version": "2020-12-01", "Steps": [{"Name": "a"}, {"Name": "a"}]}'},
        "a twice",
    ),
    (
        PIPELINE,
        sagemaker.a_pipeline_is_json_whose_steps_have_names_of_their_own,
        {"PipelineDefinition": '{"Version": "1"}'},
        "2020-12-01",
    ),
    # deployment
    (
        UPDATE,
        deployment.traffic_routing_says_how_much_it_shifts,
        {f"{ROUTING}.Type": "LINEAR"},
        "LINEAR with CanarySize, expected LinearStepSize",
    ),
    (
        UPDATE,
        deployment.traffic_routing_says_how_much_it_shifts,
        {f"{ROUTING}.CanarySize": GONE},
        "CANARY with no size, expected CanarySize",
    ),
    (
        UPDATE,
        deployment.a_canary_takes_at_most_half,
        {f"{ROUTING}.CanarySize": percent(51)},
        "51 %, expected at most 50",
    ),
    (
        UPDATE,
        deployment.a_linear_step_is_10_to_50_percent,
        {f"{ROUTING}.Type": "LINEAR", f"{ROUTING}.CanarySize": GONE, f"{ROUTING}.LinearStepSize": percent(9)},
        "9 %, expected 10 to 50 %",
    ),
    (
        UPDATE,
        deployment.a_rolling_batch_is_5_to_50_percent,
        {
            BLUE_GREEN: GONE,
            "DeploymentConfig.RollingUpdatePolicy": {**ROLLING, "MaximumBatchSize": percent(4)},
        },
        "4 %, expected 5 to 50 %",
    ),
    (
        UPDATE,
        deployment.an_update_may_take_longer_than_its_waits,
        {f"{BLUE_GREEN}.MaximumExecutionTimeoutInSeconds": 1800},
        "1800, expected more than the 1800 s that it waits in all",
    ),
    # cloudwatch
    (ALARM, cloudwatch.an_alarm_watches_one_kind_of_thing, {"MetricName": GONE}, "none, expected exactly one of"),
    (ALARM, cloudwatch.an_alarm_has_a_statistic_or_an_extended_one, {"ExtendedStatistic": GONE}, "none, expected"),
    (
        ALARM,
        cloudwatch.an_alarm_has_a_statistic_or_an_extended_one,
        {"Statistic": "Sum"},
        "Statistic and ExtendedStatistic, expected exactly one",
    ),
    (ALARM, cloudwatch.an_extended_statistic_is_one_that_exists, {"ExtendedStatistic": "p101"}, "p101"),
    (ALARM, cloudwatch.metric_queries_stand_alone, {"Metrics": [QUERY]}, "beside Namespace, MetricName"),
    (ALARM, cloudwatch.one_metric_query_is_watched, {"Metrics": [QUERY, {**QUERY, "Id": "b"}]}, "2 with ReturnData"),
    (ALARM, cloudwatch.a_period_is_10_20_30_or_whole_minutes, {"Period": 90}, "90, expected 10, 20, 30"),
    (ALARM, cloudwatch.an_alarm_looks_back_a_week_at_most, {"EvaluationPeriods": 169}, "at most 604800 s"),
    (ALARM, cloudwatch.an_alarm_looks_back_a_week_at_most, {"Period": 3540}, "at most 86400 s"),
    (ALARM, cloudwatch.no_more_datapoints_than_periods, {"DatapointsToAlarm": 169}, "at most EvaluationPeriods (168)"),
    (ALARM, cloudwatch.an_alarm_has_one_threshold, {"Threshold": GONE}, "one of Threshold, ThresholdMetricId"),
    (ALARM, cloudwatch.missing_data_is_treated_in_a_way_that_exists, {"TreatMissingData": "ok"}, "notBreaching"),
    (
        ALARM,
        cloudwatch.low_samples_are_for_percentiles,
        {"EvaluateLowSampleCountPercentile": "x"},
        "x, expected one of",
    ),
    (ALARM, cloudwatch.dimensions_are_ascii_and_occur_once, {"Dimensions.0.Name": "VariantName"}, "VariantName twice"),
    (ALARM, cloudwatch.dimensions_are_ascii_and_occur_once, {"Dimensions.0.Value": "é"}, "printable ASCII"),
    (
        DATA,
        cloudwatch.dimensions_are_ascii_and_occur_once,
        {"MetricData.0.Dimensions": [{"Name": "a", "Value": " "}]},
        "MetricData[0].Dimensions: a=' '",
    ),
    (DATA, cloudwatch.metrics_are_not_put_where_aws_puts_its_own, {"Namespace": "AWS/SageMaker"}, "AWS/SageMaker"),
    (DATA, cloudwatch.a_datum_has_a_finite_value, {"MetricData.0.Value": float("nan")}, "nan, expected a number"),
    (DATA, cloudwatch.a_datum_has_a_finite_value, {"MetricData.0.Value": GONE}, "no value"),
    (
        DATA,
        cloudwatch.a_datum_is_of_these_weeks,
        {"MetricData.0.Timestamp": datetime.now(UTC) - timedelta(days=15)},
        "at most two weeks ago",
    ),
    (("cloudwatch", "PutDashboard"), cloudwatch.a_dashboard_is_json_with_widgets, {"DashboardBody": "{}"}, "widgets"),
    # logs
    (
        ("logs", "PutRetentionPolicy"),
        logs.logs_are_kept_for_days_that_aws_offers,
        {"retentionInDays": 31},
        "31, expected one of 1, 3, 5, 7, 14, 30, 60",
    ),
    (("logs", "CreateLogGroup"), logs.a_group_is_not_named_as_aws_s_own, {"logGroupName": "aws/x"}, "aws/x"),
    (("logs", "CreateLogGroup"), logs.a_group_s_key_is_named_by_its_arn, {"kmsKeyId": "alias/a"}, "the ARN of a key"),
    (
        ("logs", "PutMetricFilter"),
        logs.a_default_value_goes_without_dimensions,
        {"metricTransformations.0.dimensions": {"a": "$.b"}},
        "with dimensions",
    ),
    # scheduler and its universal target
    (
        SCHEDULE,
        scheduler.an_expression_is_a_rate_a_time_or_a_cron,
        {"ScheduleExpression": "rate(0 days)"},
        "rate(0 days), expected rate(1 day)",
    ),
    (SCHEDULE, scheduler.an_expression_is_a_rate_a_time_or_a_cron, {"ScheduleExpression": "cron(0 3 * * ?)"}, "six"),
    (
        SCHEDULE,
        scheduler.an_expression_is_a_rate_a_time_or_a_cron,
        {"ScheduleExpression": "at(2026-02-30T00:00:00)"},
        "a time that exists",
    ),
    *(
        (SCHEDULE, scheduler.cron_fields_are_within_their_ranges, {"ScheduleExpression": text}, said)
        for text, said in {
            "cron(60 3 ? * MON *)": "60 as minutes, expected 0 to 59",
            "cron(0 24 ? * MON *)": "24 as hours, expected 0 to 23",
            "cron(0 3 32W * ? *)": "32W as day of month, expected 1 to 31",
            "cron(0 3 ? JUNE MON *)": "JUNE as month",
            "cron(0 3 ? * MON#6 *)": "MON#6 as day of week",
            "cron(0/x 3 ? * MON *)": "0/x as minutes",
            "cron(0 3 ? * MON 1969)": "1969 as year, expected 1970 to 2199",
        }.items()
    ),
    (
        SCHEDULE,
        scheduler.a_cron_leaves_one_kind_of_day_open,
        {"ScheduleExpression": "cron(0 3 * * MON *)"},
        "days * and MON, expected ?",
    ),
    (SCHEDULE, scheduler.a_flexible_window_has_a_length, {"FlexibleTimeWindow.Mode": "OFF"}, "OFF with 5"),
    (SCHEDULE, scheduler.a_timezone_exists, {"ScheduleExpressionTimezone": "Europe/Atlantis"}, "such as Europe/Dublin"),
    (
        SCHEDULE,
        scheduler.a_schedule_starts_before_it_ends,
        {"EndDate": datetime(2026, 1, 1, tzinfo=UTC)},
        "after StartDate",
    ),
    *(
        (
            SCHEDULE,
            target.a_universal_target_names_a_call_that_changes_something,
            {"Target.Arn": f"arn:aws:scheduler:::aws-sdk:{call}"},
            said,
        )
        for call, said in {
            "sagemaker:createProcesingJob": "<service>:<action in camelCase>",
            "sagemakr:createProcessingJob": "<service>:<action in camelCase>",
            "sagemaker:CreateProcessingJob": "camelCase",
            "sagemaker:listModels": "no call that only reads",
        }.items()
    ),
    (SCHEDULE, target.a_universal_target_has_json, {"Target.Input": "{"}, "expected JSON"),
    # s3
    *(
        (("s3", "CreateBucket"), s3.a_bucket_has_a_name_that_s3_takes, {"Bucket": name}, said)
        for name, said in {
            "Data": "lower-case letters",
            "b" * 64: "3 to 63",
            "a..b": "3 to 63",
            "xn--data": "not to begin with",
            "data-s3alias": "nor to end with",
            "10.0.0.1": "no IP address",
        }.items()
    ),
    (
        BUCKET_POLICY,
        s3.a_bucket_policy_is_about_this_bucket,
        bucket_policy(Resource="arn:aws:s3:::dat/*"),
        "arn:aws:s3:::dat/*, expected arn:aws:s3:::data",
    ),
    (BUCKET_POLICY, s3.a_bucket_policy_is_about_this_bucket, bucket_policy(Action="kms:Decrypt"), "of s3"),
    (
        ("s3", "PutBucketEncryption"),
        s3.a_key_goes_with_kms,
        {"ServerSideEncryptionConfiguration.Rules.0.ApplyServerSideEncryptionByDefault.SSEAlgorithm": "AES256"},
        "with AES256",
    ),
    (OBJECT, s3.an_object_has_a_key_of_1024_bytes, {"Key": "é" * 513}, "1026 bytes, expected at most 1024"),
    (OBJECT, s3.an_object_has_2_kilobytes_of_metadata, {"Metadata": {"a": "x" * 2048}}, "2049 bytes"),
    (OBJECT, s3.an_object_s_key_goes_with_kms, {"ServerSideEncryption": "AES256"}, "with AES256"),
    # lifecycle
    (
        BUCKET_RULES,
        lifecycle.a_bucket_has_1_to_1000_lifecycle_rules,
        {"LifecycleConfiguration.Rules": []},
        "0, expected 1 to 1000",
    ),
    (BUCKET_RULES, lifecycle.lifecycle_rules_have_ids_of_their_own, {f"{FIRST}.ID": "expired"}, "expired twice"),
    (
        BUCKET_RULES,
        lifecycle.a_lifecycle_rule_does_something,
        {f"{FIRST}.AbortIncompleteMultipartUpload": GONE, f"{FIRST}.NoncurrentVersionExpiration": GONE},
        "no action",
    ),
    (BUCKET_RULES, lifecycle.a_lifecycle_rule_has_a_filter_or_a_prefix, {f"{FIRST}.Filter": GONE}, "neither Filter"),
    (BUCKET_RULES, lifecycle.a_lifecycle_rule_has_a_filter_or_a_prefix, {f"{FIRST}.Prefix": "a"}, "one of the two"),
    (
        BUCKET_RULES,
        lifecycle.a_lifecycle_rule_has_a_filter_or_a_prefix,
        {f"{FIRST}.Filter": {"Prefix": "a", "ObjectSizeGreaterThan": 1}},
        "or And",
    ),
    (
        BUCKET_RULES,
        lifecycle.objects_expire_by_one_measure,
        {f"{SECOND}.Expiration.ExpiredObjectDeleteMarker": True},
        "Days and ExpiredObjectDeleteMarker",
    ),
    (BUCKET_RULES, lifecycle.days_are_at_least_one, {f"{SECOND}.Expiration.Days": 0}, "Expiration.Days: 0"),
    (
        BUCKET_RULES,
        lifecycle.infrequent_access_comes_after_30_days_and_before_the_end,
        {f"{SECOND}.Transitions.0.Days": 29},
        "29, expected at least 30 to STANDARD_IA",
    ),
    (
        BUCKET_RULES,
        lifecycle.infrequent_access_comes_after_30_days_and_before_the_end,
        {f"{SECOND}.Expiration.Days": 30},
        "less than Expiration.Days (30)",
    ),
    (
        BUCKET_RULES,
        lifecycle.uploads_are_not_chosen_by_tag_or_size,
        {f"{FIRST}.Filter": {"ObjectSizeGreaterThan": 1}},
        "with ObjectSizeGreaterThan",
    ),
    # policy documents
    *DOCUMENTS,
    # kms
    (
        ("kms", "ScheduleKeyDeletion"),
        kms.a_key_waits_7_to_30_days_for_its_deletion,
        {"PendingWindowInDays": 6},
        "6, expected 7 to 30",
    ),
    (
        ("kms", "CreateAlias"),
        kms.an_alias_begins_with_alias_and_is_not_aws_s,
        {"AliasName": "alias/aws/s3"},
        "alias/aws/s3",
    ),
    (
        ("kms", "CreateAlias"),
        kms.an_alias_begins_with_alias_and_is_not_aws_s,
        {"AliasName": "data"},
        "alias/ and a name",
    ),
    (
        KEYS,
        kms.a_key_policy_lets_somebody_change_it,
        {"Policy": policy(Principal={"AWS": ACCOUNT}, Action="kms:Decrypt")},
        "nobody who may kms:PutKeyPolicy",
    ),
    # ecr
    (
        ("ecr", "CreateRepository"),
        ecr.a_key_is_for_kms_encryption,
        {"encryptionConfiguration.encryptionType": "AES256"},
        "with AES256",
    ),
    (IMAGE_RULES, ecr.a_lifecycle_policy_is_json_with_1_to_50_rules, images(*[{"rulePriority": 1}] * 51), "1 to 50"),
    (IMAGE_RULES, ecr.rule_priorities_differ, images({}, {}), "1 twice"),
    (IMAGE_RULES, ecr.rule_priorities_differ, images({"rulePriority": 0}), "0, expected a whole number"),
    (IMAGE_RULES, ecr.a_rule_for_any_image_comes_last, images({}, {"rulePriority": 2}), "any before others"),
    (IMAGE_RULES, ecr.a_selection_says_which_tags, selected(tagStatus="all"), "all, expected one of tagged"),
    (IMAGE_RULES, ecr.a_selection_says_which_tags, selected(tagStatus="tagged"), "tagged with no list"),
    (IMAGE_RULES, ecr.a_selection_counts_images_or_days, selected(countType="images"), "images, expected one of"),
    (IMAGE_RULES, ecr.a_selection_counts_images_or_days, selected(countUnit="days"), "none with imageCountMoreThan"),
    (IMAGE_RULES, ecr.a_selection_counts_images_or_days, selected(countNumber=0), "0, expected a whole number"),
    (IMAGE_RULES, ecr.a_rule_has_an_action, images({"action": {"type": "delete"}}), "delete, expected one of expire"),
    # codebuild
    (BUILD, codebuild.a_source_in_s3_is_bucket_and_path, {"source.location": "s3://b/s.zip"}, "<bucket>/<path>.zip"),
    (BUILD, codebuild.a_pipeline_is_source_and_destination, {"artifacts.type": "CODEPIPELINE"}, "in both or in none"),
    (
        BUILD,
        codebuild.a_build_without_source_has_a_buildspec,
        {"source": {"type": "NO_SOURCE"}},
        "none with NO_SOURCE",
    ),
    (BUILD, codebuild.a_buildspec_has_version_and_phases, {"source.buildspec": "version: 2\nphases: {}"}, "0.1, 0.2"),
    (BUILD, codebuild.a_buildspec_has_version_and_phases, {"source.buildspec": "version: 0.2\n"}, "no phases"),
    (BUILD, codebuild.a_buildspec_has_version_and_phases, {"source.buildspec": "a: [\n"}, "expected YAML"),
    (
        BUILD,
        codebuild.lambda_compute_is_for_lambda_containers,
        {"environment.computeType": "BUILD_LAMBDA_1GB"},
        "BUILD_LAMBDA_1GB with LINUX_CONTAINER",
    ),
    (
        BUILD,
        codebuild.variables_are_not_codebuild_s_own,
        {"environment.environmentVariables.0.name": "CODEBUILD_SRC_DIR"},
        "CODEBUILD_SRC_DIR",
    ),
    # sns
    (TOPICS, sns.a_topic_s_name_is_256_letters_digits_and_dashes, {"Name": "a.b"}, "a.b, expected 1 to 256"),
    (TOPICS, sns.a_topic_s_name_is_256_letters_digits_and_dashes, {"Name": "t.fifo"}, "where FifoTopic is true"),
    (
        TOPIC_POLICY,
        sns.a_topic_policy_has_100_statements,
        {"AttributeValue": json.dumps({"Statement": [STATEMENT] * 101})},
        "101 statements",
    ),
    (TOPIC_POLICY, sns.a_topic_policy_speaks_of_what_a_topic_does, topic_policy(Action="sns:*"), "sns:*, expected"),
    (TOPIC_POLICY, sns.a_topic_policy_is_about_this_topic, topic_policy(Resource="*"), "the ARN of topic alone"),
    (
        ("sns", "Subscribe"),
        sns.an_endpoint_fits_its_protocol,
        {"Endpoint": "nobody"},
        "nobody, expected what fits email",
    ),
    (("sns", "Subscribe"), sns.an_endpoint_fits_its_protocol, {"Protocol": "mail"}, "mail, expected one of http"),
    # budgets
    (BUDGET, budgets.a_budget_has_one_kind_of_limit, {"Budget.BudgetLimit": GONE}, "none, expected exactly one of"),
    (BUDGET, budgets.a_limit_is_more_than_nothing, {"Budget.BudgetLimit.Amount": "0"}, "0.0, expected more than 0"),
    (
        BUDGET,
        budgets.a_limit_is_more_than_nothing,
        {"Budget.BudgetType": "RI_COVERAGE", "Budget.BudgetLimit.Amount": "9"},
        "100",
    ),
    (
        BUDGET,
        budgets.a_budget_filters_in_one_way,
        {"Budget.FilterExpression": {"Tags": {"Key": "Stack", "Values": ["small-dev"]}}},
        "CostFilters and FilterExpression",
    ),
    (
        BUDGET,
        budgets.a_tag_filter_is_key_and_value,
        {"Budget.CostFilters.TagKeyValue": ["Stack"]},
        "user:<key>$<value>",
    ),
    (
        BUDGET,
        budgets.notifications_differ,
        {"NotificationsWithSubscribers.0.Notification.NotificationType": "FORECASTED"},
        "twice",
    ),
    (BUDGET, budgets.a_notification_has_one_topic_and_10_addresses, {SUBSCRIBERS: [MAIL] * 11}, "11 addresses"),
    (BUDGET, budgets.a_subscriber_has_an_address_of_its_kind, {f"{SUBSCRIBERS}.0.Address": "nobody"}, "address of SNS"),
    # tags
    (TAGGING, tags.tags_are_at_most_50, {TAG_SET: [{"Key": f"k{i}", "Value": ""} for i in range(51)]}, "51"),
    (TAGGING, tags.tag_keys_occur_once_and_are_not_aws_s_own, {f"{TAG_SET}.0.Key": "AWS:x"}, "AWS:x, expected keys"),
    (TAGGING, tags.tags_are_of_128_and_256_characters, {f"{TAG_SET}.0.Key": "k" * 129}, "a key of 129"),
    (TAGGING, tags.tags_are_of_128_and_256_characters, {f"{TAG_SET}.0.Value": "v" * 257}, "a value of 257"),
    (OBJECT, tags.an_object_has_10_tags, {"Tagging": "&".join(f"k{i}=v" for i in range(11))}, "11 tags"),
    (OBJECT, tags.tag_keys_occur_once_and_are_not_aws_s_own, {"Tagging": "team=a&team=b"}, "team twice"),
]
"""Operation, rule, changes by path, and words that must be said."""


def variants(**variant: Any) -> dict[str, Any]:
    return {"DescribeEndpointConfig": {"ProductionVariants": [variant]}}


SERVERLESS = sagemaker.a_serverless_model_has_no_network_and_one_archive
HALF = deployment.a_step_is_no_more_than_half_of_the_instances
BY_INSTANCES = {f"{ROUTING}.CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1}}
KMS_BY_DEFAULT = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
ANSWERED: list[tuple[Key, Any, dict[str, Any], dict[str, Any], str]] = [
    (CONFIG, SERVERLESS, {}, {"DescribeModel": {"VpcConfig": {"Subnets": ["s"]}}}, "m with a VpcConfig"),
    (CONFIG, SERVERLESS, {}, {"DescribeModel": {"EnableNetworkIsolation": True}}, "m with EnableNetworkIsolation"),
    (CONFIG, SERVERLESS, {}, {"DescribeModel": {"Containers": [CONTAINER, CONTAINER]}}, "one container"),
    (
        CONFIG,
        SERVERLESS,
        {},
        {"DescribeModel": {"PrimaryContainer": {"Image": "i", "ModelDataSource": S3_DATA}}},
        "one container with ModelDataUrl",
    ),
    (UPDATE, HALF, {}, variants(InitialInstanceCount=1), "50 % of 1 instances is 100 %"),
    (UPDATE, HALF, BY_INSTANCES, variants(InitialInstanceCount=1), "1 instances of 1 instances is 100 %"),
    (
        ("kms", "EnableKeyRotation"),
        kms.only_symmetric_keys_are_rotated,
        {},
        {"DescribeKey": {"KeyMetadata": {"KeySpec": "RSA_2048"}}},
        "a key of RSA_2048",
    ),
    (
        INLINE,
        iam.the_inline_policies_of_a_role_are_within_their_limit,
        {},
        {"GetRolePolicy": {"PolicyDocument": policy(Action="s3:*", Resource="x" * 10_240)}},
        "expected at most 10240",
    ),
    (
        ("iam", "AttachRolePolicy"),
        iam.a_role_has_10_managed_policies,
        {},
        {"ListAttachedRolePolicies": {"AttachedPolicies": [{"PolicyArn": f"arn:{i}"} for i in range(10)]}},
        "one beside 10 others",
    ),
    (
        BUCKET_RULES,
        lifecycle.superseded_versions_need_versioning,
        {},
        {"GetBucketVersioning": {}},
        "without versioning, expected PutBucketVersioning first",
    ),
    (
        ("s3", "PutBucketLogging"),
        s3.access_logs_go_to_a_bucket_with_s3_s_own_key,
        {},
        {"GetBucketEncryption": {"ServerSideEncryptionConfiguration": {"Rules": [KMS_BY_DEFAULT]}}},
        "logs with aws:kms",
    ),
]
"""Operation, rule, changes by path, what is there instead, and words that must be said."""
