"""Logs and alarms: kept, and heard by somebody."""

from collections.abc import Iterator

from infra.policies import tokens
from infra.policies.rule import Resource, ResourceRule, at, entries, unset

SILENCE = ("breaching", "ignore", "missing", "notBreaching")


def log_group_expires(group: Resource) -> Iterator[str]:
    """A log group keeps its lines for a number of days that the program says."""
    yield from unset(group, "retentionInDays", "a number of days: else they are kept for ever")


def delivery_logs_its_failures(stream: Resource) -> Iterator[str]:
    """A delivery stream says in a log what it could not deliver."""
    logging = at(stream.inputs, "extendedS3Configuration.cloudwatchLoggingOptions")
    if not (at(logging, "enabled") and at(logging, "logGroupName") and at(logging, "logStreamName")):
        yield "extendedS3Configuration.cloudwatchLoggingOptions is not enabled with a log group and a stream, expected"


def alarm_has_dimensions(alarm: Resource) -> Iterator[str]:
    """An alarm names whose metric it watches: without dimensions it watches one that does not exist."""
    queries = entries(at(alarm.inputs, "metricQueries"))
    if not at(alarm.inputs, "dimensions") and not queries:
        yield "dimensions is empty, expected those of the metric"
    for query in queries:
        if at(query, "metric") and not at(query, "metric.dimensions"):
            yield f"the metric {at(query, 'id')} has no dimensions, expected those of the metric"


def alarm_tells_somebody(alarm: Resource) -> Iterator[str]:
    """An alarm does something when it fires."""
    if not entries(at(alarm.inputs, "alarmActions")):
        yield "alarmActions is empty, expected the topic that people read"
    if at(alarm.inputs, "actionsEnabled") is False:
        yield "actionsEnabled is False, expected True"


def notices_are_not_sent_in_clear(subscription: Resource) -> Iterator[str]:
    """A topic's messages go to nobody over plain HTTP."""
    if (given := at(subscription.inputs, "protocol")) in (None, "http"):
        yield f"protocol is {given!r}, expected email, https or a service of AWS"


def alarm_knows_what_silence_means(alarm: Resource) -> Iterator[str]:
    """An alarm says what no data means."""
    if (given := at(alarm.inputs, "treatMissingData")) not in SILENCE:
        yield f"treatMissingData is {given!r}, expected one of {', '.join(SILENCE)}"


def alarm_says_what_happened(alarm: Resource) -> Iterator[str]:
    """An alarm's description is what people read first."""
    yield from unset(alarm, "alarmDescription", "a sentence about what happened")


RULES = (
    ResourceRule(check=log_group_expires, on=(tokens.LOG_GROUP,), ids=("CKV_AWS_66",)),
    ResourceRule(check=delivery_logs_its_failures, on=(tokens.STREAM,), ids=()),
    ResourceRule(check=alarm_has_dimensions, on=(tokens.ALARM,), ids=()),
    ResourceRule(
        check=alarm_tells_somebody,
        on=(tokens.ALARM, tokens.COMPOSITE_ALARM),
        ids=(
            "CKV_AWS_319",
            "cloudwatch_alarm_actions_alarm_state_configured",
            "cloudwatch_alarm_actions_enabled",
        ),
    ),
    ResourceRule(check=notices_are_not_sent_in_clear, on=(tokens.SUBSCRIPTION,), ids=()),
    ResourceRule(check=alarm_knows_what_silence_means, on=(tokens.ALARM,), ids=()),
    ResourceRule(check=alarm_says_what_happened, on=(tokens.ALARM, tokens.COMPOSITE_ALARM), ids=(), mandatory=False),
)
