"""CloudWatch's alarms, metrics and dashboards."""

import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from infra.rehearsal.bounds import compiled
from infra.rehearsal.rules.rule import Key, Request, Rule, exactly_one, expected, given, one_of, twice

MISSING_DATA = ("breaching", "notBreaching", "ignore", "missing")
LOW_SAMPLES = ("evaluate", "ignore")
SHORT_PERIODS = (10, 20, 30)
HOUR, DAY, WEEK = 3600, 86_400, 604_800
EXTENDED = r"(p|tm|tc|ts|wm)\d{1,2}(\.\d{0,10})?|p100|IQM|(PR|TC|TM|TS|WM)\([^()]*:[^()]*\)"
WIDGETS, COLUMNS, HIGHEST = 500, 24, 1000
VALUE_LIMIT = 2.0**360
OLDEST, NEWEST = timedelta(days=14), timedelta(hours=2)


def an_alarm_watches_one_kind_of_thing(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html, MetricName"""
    return exactly_one(request, "PutMetricAlarm", "MetricName", "Metrics", "EvaluationCriteria")


def an_alarm_has_a_statistic_or_an_extended_one(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html, Statistic"""
    if "MetricName" not in request:
        return None
    return exactly_one(request, "PutMetricAlarm", "Statistic", "ExtendedStatistic")


def an_extended_statistic_is_one_that_exists(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html"""
    statistic = request.get("ExtendedStatistic", "p99")
    if compiled(EXTENDED).fullmatch(statistic):
        return None
    return expected("ExtendedStatistic", statistic, "one such as p99, tm90 or IQM")


def metric_queries_stand_alone(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html, Metrics"""
    alone = ("Namespace", "MetricName", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic")
    if "Metrics" in request and (beside := given(request, *alone)):
        return expected("Metrics", f"beside {', '.join(beside)}", "these in the queries alone")
    return None


def one_metric_query_is_watched(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html, Metrics"""
    returned = [query["Id"] for query in request.get("Metrics", ()) if query.get("ReturnData", True)]
    if "Metrics" in request and len(returned) != 1:
        return expected("Metrics", f"{len(returned)} with ReturnData", "exactly 1")
    return None


def a_period_is_10_20_30_or_whole_minutes(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html, Period"""
    for path, period in _periods(request):
        if period not in SHORT_PERIODS and period % 60:
            return expected(path, period, "10, 20, 30 or a multiple of 60 seconds")
    return None


def an_alarm_looks_back_a_week_at_most(request: Request) -> str | None:
    """A day where the period is under an hour.

    docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html, Period
    """
    periods = request.get("EvaluationPeriods", 1)
    for path, period in _periods(request):
        limit = DAY if period < HOUR else WEEK
        if period * periods > limit:
            return expected(path, f"{period} s x {periods} periods", f"at most {limit} s together")
    return None


def no_more_datapoints_than_periods(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html, "M out of N"."""
    periods, points = request.get("EvaluationPeriods"), request.get("DatapointsToAlarm")
    if periods is not None and points is not None and points > periods:
        return expected("DatapointsToAlarm", points, f"at most EvaluationPeriods ({periods})")
    return None


def an_alarm_has_one_threshold(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html, Threshold"""
    if "EvaluationCriteria" in request:
        return None
    return exactly_one(request, "PutMetricAlarm", "Threshold", "ThresholdMetricId")


def missing_data_is_treated_in_a_way_that_exists(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html, TreatMissingData"""
    treated = request.get("TreatMissingData", "missing")
    return None if treated in MISSING_DATA else expected("TreatMissingData", treated, one_of(MISSING_DATA))


def low_samples_are_for_percentiles(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""
    low = request.get("EvaluateLowSampleCountPercentile")
    if low is not None and (low not in LOW_SAMPLES or "Statistic" in request):
        return expected("EvaluateLowSampleCountPercentile", low, f"{one_of(LOW_SAMPLES)}, with a percentile")
    return None


def dimensions_are_ascii_and_occur_once(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html"""
    data = enumerate(request.get("MetricData", ()))
    for path, holder in [("", request), *((f"MetricData[{index}].", datum) for index, datum in data)]:
        dimensions = holder.get("Dimensions", ())
        if names := twice(item["Name"] for item in dimensions):
            return expected(f"{path}Dimensions", f"{names[0]} twice", "each name once")
        for item in dimensions:
            if not (item["Value"].isascii() and item["Value"].isprintable() and item["Value"].strip()):
                return expected(f"{path}Dimensions", f"{item['Name']}={item['Value']!r}", "printable ASCII, not blank")
    return None


def metrics_are_not_put_where_aws_puts_its_own(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html, Namespace"""
    if request["Namespace"].startswith("AWS/"):
        return expected("Namespace", request["Namespace"], "one that does not begin with AWS/")
    return None


def a_datum_has_a_finite_value(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html"""
    for index, datum in enumerate(request.get("MetricData", ())):
        path = f"MetricData[{index}]"
        kinds = [name for name in ("Value", "Values", "StatisticValues") if name in datum]
        if len(kinds) != 1:
            return expected(path, " and ".join(kinds) or "no value", "exactly one of Value, Values, StatisticValues")
        for value in [datum.get("Value", 0.0), *datum.get("Values", ()), *datum.get("StatisticValues", {}).values()]:
            if not (math.isfinite(value) and abs(value) <= VALUE_LIMIT):
                return expected(path, value, "a number from -2^360 to 2^360")
    return None


def a_datum_is_of_these_weeks(request: Request) -> str | None:
    """At most two weeks old and two hours ahead.

    docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
    """
    now = datetime.now(UTC)
    for index, datum in enumerate(request.get("MetricData", ())):
        time = datum.get("Timestamp", now)
        # The front reads timestamps as naive ones, in UTC.
        time = time if time.tzinfo else time.replace(tzinfo=UTC)
        if not now - OLDEST <= time <= now + NEWEST:
            return expected(f"MetricData[{index}].Timestamp", time, "at most two weeks ago and two hours ahead")
    return None


def a_dashboard_is_json_with_widgets(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"""
    try:
        widgets = json.loads(request["DashboardBody"])["widgets"]
    except (ValueError, KeyError, TypeError) as error:
        return expected("DashboardBody", repr(error), "a JSON object with widgets")
    if len(widgets) > WIDGETS:
        return expected("DashboardBody.widgets", len(widgets), f"at most {WIDGETS}")
    return None


def a_widget_lies_within_24_columns(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"""
    if a_dashboard_is_json_with_widgets(request):
        return None
    for index, widget in enumerate(json.loads(request["DashboardBody"])["widgets"]):
        x, width, height = widget.get("x", 0), widget.get("width", 6), widget.get("height", 6)
        if x < 0 or width < 1 or x + width > COLUMNS or not 1 <= height <= HIGHEST:
            return expected(
                f"DashboardBody.widgets[{index}]", f"x {x}, {width} x {height}", f"within {COLUMNS} columns"
            )
    return None


def _periods(request: Request) -> Iterator[tuple[str, int]]:
    if "Period" in request:
        yield "Period", request["Period"]
    for index, query in enumerate(request.get("Metrics", ())):
        for period in (query.get("Period"), query.get("MetricStat", {}).get("Period")):
            if period is not None:
                yield f"Metrics[{index}].Period", period


RULES: dict[Key, list[Rule]] = {
    ("cloudwatch", "PutMetricAlarm"): [
        an_alarm_watches_one_kind_of_thing,
        an_alarm_has_a_statistic_or_an_extended_one,
        an_extended_statistic_is_one_that_exists,
        metric_queries_stand_alone,
        one_metric_query_is_watched,
        a_period_is_10_20_30_or_whole_minutes,
        an_alarm_looks_back_a_week_at_most,
        no_more_datapoints_than_periods,
        an_alarm_has_one_threshold,
        missing_data_is_treated_in_a_way_that_exists,
        low_samples_are_for_percentiles,
        dimensions_are_ascii_and_occur_once,
    ],
    ("cloudwatch", "PutMetricData"): [
        metrics_are_not_put_where_aws_puts_its_own,
        a_datum_has_a_finite_value,
        a_datum_is_of_these_weeks,
        dimensions_are_ascii_and_occur_once,
    ],
    ("cloudwatch", "PutDashboard"): [a_dashboard_is_json_with_widgets, a_widget_lies_within_24_columns],
}
