"""CloudWatch alarms, dashboards and log groups."""

from infra.rehearsal.aws import Aws
from infra.rehearsal.entry import Entry, How, Inputs, Made
from infra.rehearsal.names import Naming


def create_alarm(inputs: Inputs, aws: Aws) -> Made:
    queries = [_query(query) for query in inputs.get("metricQueries", [])]
    request = {name: value for name, value in inputs.items() if name != "metricQueries"}
    rename = {"name": "AlarmName", "tagsAll": "Tags"}
    aws.send("cloudwatch", "PutMetricAlarm", {**request, **({"metrics": queries} if queries else {})}, rename)
    return Made(id=inputs["name"], outputs={"arn": aws.arn("cloudwatch", f"alarm:{inputs['name']}")})


def _query(query: Inputs) -> Inputs:
    """A metric query with its metric as the API nests it."""
    metric = query.get("metric")
    rest = {name: value for name, value in query.items() if name != "metric"}
    if not metric:
        return rest
    stat = {name: metric[name] for name in ("period", "stat", "unit") if name in metric}
    which = {name: metric[name] for name in ("namespace", "metricName", "dimensions") if name in metric}
    return {**rest, "metricStat": {**stat, "metric": which}}


def delete_alarm(name: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("cloudwatch", "DeleteAlarms", AlarmNames=[name])


def create_composite_alarm(inputs: Inputs, aws: Aws) -> Made:
    aws.send("cloudwatch", "PutCompositeAlarm", inputs, {"tagsAll": "Tags"})
    name = inputs["alarmName"]
    return Made(id=name, outputs={"arn": aws.arn("cloudwatch", f"alarm:{name}")})


def create_dashboard(inputs: Inputs, aws: Aws) -> Made:
    aws.send("cloudwatch", "PutDashboard", inputs)
    name = inputs["dashboardName"]
    return Made(id=name, outputs={"dashboardArn": f"arn:aws:cloudwatch::{aws.account}:dashboard/{name}"})


def delete_dashboard(name: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("cloudwatch", "DeleteDashboards", DashboardNames=[name])


def create_log_group(inputs: Inputs, aws: Aws) -> Made:
    request = {name: value for name, value in inputs.items() if name != "retentionInDays"}
    aws.send("logs", "CreateLogGroup", request, {"name": "logGroupName", "tagsAll": "tags"})
    name = inputs["name"]
    if days := inputs.get("retentionInDays"):
        aws.call("logs", "PutRetentionPolicy", logGroupName=name, retentionInDays=int(days))
    return Made(id=name, outputs={"arn": aws.arn("logs", f"log-group:{name}")})


def create_log_stream(inputs: Inputs, aws: Aws) -> Made:
    group, name = inputs["logGroupName"], inputs["name"]
    aws.send("logs", "CreateLogStream", inputs, {"name": "logStreamName"})
    return Made(id=name, outputs={"arn": aws.arn("logs", f"log-group:{group}:log-stream:{name}")})


def delete_log_stream(name: str, inputs: Inputs, aws: Aws) -> None:
    aws.call("logs", "DeleteLogStream", logGroupName=inputs["logGroupName"], logStreamName=name)


def create_subscription_filter(inputs: Inputs, aws: Aws) -> Made:
    aws.send("logs", "PutSubscriptionFilter", inputs, {"name": "filterName", "logGroup": "logGroupName"})
    return Made(id=inputs["name"])


def delete_subscription_filter(name: str, inputs: Inputs, aws: Aws) -> None:
    aws.call("logs", "DeleteSubscriptionFilter", logGroupName=inputs["logGroup"], filterName=name)


def delete_log_group(name: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("logs", "DeleteLogGroup", logGroupName=name)


def create_metric_filter(inputs: Inputs, aws: Aws) -> Made:
    rename = {"name": "filterName", "pattern": "filterPattern", "metricTransformation": "metricTransformations"}
    aws.send("logs", "PutMetricFilter", {"pattern": "", **inputs}, rename)
    return Made(id=inputs["name"])


def delete_metric_filter(name: str, inputs: Inputs, aws: Aws) -> None:
    aws.call("logs", "DeleteMetricFilter", logGroupName=inputs["logGroupName"], filterName=name)


def remaining(aws: Aws) -> list[str]:
    return (
        [
            alarm["AlarmArn"]
            for kind in ("Metric", "Composite")
            for alarm in aws.pages("cloudwatch", "DescribeAlarms", f"{kind}Alarms", AlarmTypes=[f"{kind}Alarm"])
        ]
        + [board["DashboardArn"] for board in aws.pages("cloudwatch", "ListDashboards", "DashboardEntries")]
        + [group["arn"] for group in aws.pages("logs", "DescribeLogGroups", "logGroups")]
    )


ENTRIES = {
    "aws:cloudwatch/metricAlarm:MetricAlarm": Entry(
        create=create_alarm,
        delete=delete_alarm,
        naming=Naming(limit=255),
        note="never goes off: moto evaluates no metric",
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": Entry(
        create=create_composite_alarm,
        delete=delete_alarm,
        how=How.MODEL,
        naming=Naming(limit=255, field="alarmName"),
        note="follows the states of the alarms it names; tells nobody",
    ),
    "aws:cloudwatch/dashboard:Dashboard": Entry(
        create=create_dashboard, delete=delete_dashboard, naming=Naming(limit=255, field="dashboardName")
    ),
    "aws:cloudwatch/logGroup:LogGroup": Entry(
        create=create_log_group, delete=delete_log_group, naming=Naming(limit=512), note="no line expires"
    ),
    "aws:cloudwatch/logStream:LogStream": Entry(
        create=create_log_stream, delete=delete_log_stream, naming=Naming(limit=512)
    ),
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": Entry(
        create=create_subscription_filter,
        delete=delete_subscription_filter,
        naming=Naming(limit=512),
        note="no line is sent on",
    ),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": Entry(
        create=create_metric_filter,
        delete=delete_metric_filter,
        naming=Naming(limit=512),
        note="moto makes no metric of a log line",
    ),
}
