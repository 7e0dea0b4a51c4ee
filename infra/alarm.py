"""One CloudWatch alarm: as plain data, and the resource that is made of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.metrics import Metric

RUNBOOKS = "docs/runbooks"
HOUR, DAY = 3600, 86_400
"""Seconds."""


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """What is watched, when that is too much, and what silence means."""

    name: str
    """Also its runbook's, unless that is another: `docs/runbooks/<name>.md`."""
    runbook: str = ""
    what: str
    """A sentence about what happened."""
    metrics: Mapping[str, Metric]
    """What is watched, by the names that the expression calls them."""
    expression: str = ""
    """CloudWatch's metric math over several metrics; none where there is one."""
    threshold: float
    comparison: str
    period: int
    """Seconds. With the number of periods at most a week."""
    periods: int
    missing: str
    """What no data means: notBreaching, breaching or ignore."""
    pages: bool = False
    """Whether a person is needed at once."""

    @property
    def description(self) -> str:
        return described(self.runbook or self.name, self.what)


def described(name: str, what: str) -> str:
    """What people read first of an alarm: what happened, and where it says what to do."""
    return f"{what} Runbook: {RUNBOOKS}/{name}.md"


def make(
    prefix: str, alarm: Alarm, topic_arn: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> aws.cloudwatch.MetricAlarm:
    """The alarm in AWS, which tells the topic when it goes off and when it is over."""
    return aws.cloudwatch.MetricAlarm(
        f"{prefix}-{alarm.name}",
        alarm_description=alarm.description,
        **(_queries(alarm) if alarm.expression else _single(alarm)),
        threshold=alarm.threshold,
        comparison_operator=alarm.comparison,
        evaluation_periods=alarm.periods,
        treat_missing_data=alarm.missing,
        alarm_actions=[topic_arn],
        ok_actions=[topic_arn],
        opts=opts,
    )


def _single(alarm: Alarm) -> dict[str, Any]:
    (metric,) = alarm.metrics.values()
    percentile = metric.statistic.startswith("p")
    return {
        "namespace": metric.namespace,
        "metric_name": metric.name,
        "dimensions": metric.dimensions,
        "extended_statistic" if percentile else "statistic": metric.statistic,
        "period": alarm.period,
    }


def _queries(alarm: Alarm) -> dict[str, Any]:
    asked = {"id": "watched", "expression": alarm.expression, "label": alarm.name, "return_data": True}
    return {
        "metric_queries": [
            asked,
            *(
                {
                    "id": name,
                    "return_data": False,
                    "metric": {
                        "namespace": metric.namespace,
                        "metric_name": metric.name,
                        "dimensions": metric.dimensions,
                        "stat": metric.statistic,
                        "period": alarm.period,
                    },
                }
                for name, metric in alarm.metrics.items()
            ),
        ]
    }
