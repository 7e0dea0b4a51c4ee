"""What breaks the rules on metrics, alarms and logs."""

from datetime import UTC, datetime, timedelta

from infra.rehearsal.rules import cloudwatch, composite_alarms, logs
from tests.rehearsal.broken.case import GONE, Case

COMPOSITE = ("cloudwatch", "PutCompositeAlarm")
ALARM, DATA = ("cloudwatch", "PutMetricAlarm"), ("cloudwatch", "PutMetricData")
QUERY = {"Id": "a", "MetricStat": {"Metric": {"MetricName": "m", "Namespace": "n"}, "Period": 60, "Stat": "p99"}}

CASES: list[Case] = [
    Case(ALARM, cloudwatch.an_alarm_watches_one_kind_of_thing, {"MetricName": GONE}, "none, expected exactly one of"),
    Case(ALARM, cloudwatch.an_alarm_has_a_statistic_or_an_extended_one, {"ExtendedStatistic": GONE}, "none, expected"),
    Case(
        ALARM,
        cloudwatch.an_alarm_has_a_statistic_or_an_extended_one,
        {"Statistic": "Sum"},
        "Statistic and ExtendedStatistic, expected exactly one",
    ),
    Case(ALARM, cloudwatch.an_extended_statistic_is_one_that_exists, {"ExtendedStatistic": "p101"}, "p101"),
    Case(ALARM, cloudwatch.metric_queries_stand_alone, {"Metrics": [QUERY]}, "beside Namespace, MetricName"),
    Case(
        ALARM, cloudwatch.one_metric_query_is_watched, {"Metrics": [QUERY, {**QUERY, "Id": "b"}]}, "2 with ReturnData"
    ),
    Case(ALARM, cloudwatch.a_period_is_10_20_30_or_whole_minutes, {"Period": 90}, "90, expected 10, 20, 30"),
    Case(ALARM, cloudwatch.an_alarm_looks_back_a_week_at_most, {"EvaluationPeriods": 169}, "at most 604800 s"),
    Case(ALARM, cloudwatch.an_alarm_looks_back_a_week_at_most, {"Period": 3540}, "at most 86400 s"),
    Case(
        ALARM, cloudwatch.no_more_datapoints_than_periods, {"DatapointsToAlarm": 169}, "at most EvaluationPeriods (168)"
    ),
    Case(ALARM, cloudwatch.an_alarm_has_one_threshold, {"Threshold": GONE}, "one of Threshold, ThresholdMetricId"),
    Case(ALARM, cloudwatch.missing_data_is_treated_in_a_way_that_exists, {"TreatMissingData": "ok"}, "notBreaching"),
    Case(
        ALARM,
        cloudwatch.low_samples_are_for_percentiles,
        {"EvaluateLowSampleCountPercentile": "x"},
        "x, expected one of",
    ),
    Case(
        ALARM, cloudwatch.dimensions_are_ascii_and_occur_once, {"Dimensions.0.Name": "VariantName"}, "VariantName twice"
    ),
    Case(ALARM, cloudwatch.dimensions_are_ascii_and_occur_once, {"Dimensions.0.Value": "é"}, "printable ASCII"),
    Case(
        DATA,
        cloudwatch.dimensions_are_ascii_and_occur_once,
        {"MetricData.0.Dimensions": [{"Name": "a", "Value": " "}]},
        "MetricData[0].Dimensions: a=' '",
    ),
    Case(DATA, cloudwatch.metrics_are_not_put_where_aws_puts_its_own, {"Namespace": "AWS/SageMaker"}, "AWS/SageMaker"),
    Case(DATA, cloudwatch.a_datum_has_a_finite_value, {"MetricData.0.Value": float("nan")}, "nan, expected a number"),
    Case(DATA, cloudwatch.a_datum_has_a_finite_value, {"MetricData.0.Value": GONE}, "no value"),
    Case(
        DATA,
        cloudwatch.a_datum_is_of_these_weeks,
        {"MetricData.0.Timestamp": datetime.now(UTC) - timedelta(days=15)},
        "at most two weeks ago",
    ),
    Case(
        COMPOSITE, composite_alarms.a_rule_can_be_read, {"AlarmRule": "ALARM(a) OR"}, "AlarmRule ends, expected ALARM"
    ),
    Case(
        COMPOSITE,
        composite_alarms.a_rule_names_at_most_100_alarms,
        {"AlarmRule": " OR ".join(f"ALARM(a{number})" for number in range(101))},
        "101 alarms, expected at most 100",
    ),
    Case(
        COMPOSITE,
        composite_alarms.a_rule_has_at_most_500_elements,
        {"AlarmRule": " OR ".join(["TRUE"] * 501)},
        "501 elements, expected at most 500",
    ),
    Case(
        ("cloudwatch", "PutDashboard"),
        cloudwatch.a_widget_lies_within_24_columns,
        {"DashboardBody": '{"widgets": [{"x": 12, "width": 13}]}'},
        "x 12, 13 x 6, expected within 24 columns",
    ),
    Case(
        ("cloudwatch", "PutDashboard"), cloudwatch.a_dashboard_is_json_with_widgets, {"DashboardBody": "{}"}, "widgets"
    ),
    Case(
        ("logs", "PutRetentionPolicy"),
        logs.logs_are_kept_for_days_that_aws_offers,
        {"retentionInDays": 31},
        "31, expected one of 1, 3, 5, 7, 14, 30, 60",
    ),
    Case(("logs", "CreateLogGroup"), logs.a_group_is_not_named_as_aws_s_own, {"logGroupName": "aws/x"}, "aws/x"),
    Case(
        ("logs", "CreateLogGroup"), logs.a_group_s_key_is_named_by_its_arn, {"kmsKeyId": "alias/a"}, "the ARN of a key"
    ),
    Case(
        ("logs", "PutMetricFilter"),
        logs.a_default_value_goes_without_dimensions,
        {"metricTransformations.0.dimensions": {"a": "$.b"}},
        "with dimensions",
    ),
]
