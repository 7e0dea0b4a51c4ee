"""The metrics that a planned program watches and shows, each with its dimensions and statistic."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from infra.offline import Program, Resource
from tests.infra.planned import one

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
SCALING_POLICY = "aws:appautoscaling/policy:Policy"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"


class Watched(NamedTuple):
    namespace: str
    name: str
    dimensions: dict[str, str]
    statistic: str

    @property
    def is_aws_own(self) -> bool:
        return self.namespace.lower().lstrip("/").startswith("aws/")


def alarms(program: Program) -> list[Resource]:
    return program.of_type(ALARM) + program.of_type(COMPOSITE)


def acts(alarm: Resource) -> bool:
    """Whether an alarm starts instances: it does what is to be done, and tells nobody, neither of that nor of its end.

    Silence means nothing to it (`missing`): it starts no instance, as it would by `breaching`, and no more of them, as
    by `ignore` (docs.aws.amazon.com/sagemaker/latest/dg/async-inference-autoscale.html).
    """
    return any(urn.split("::")[2].endswith(SCALING_POLICY) for urn in alarm.uses.get("alarmActions", ()))


def of_alarm(inputs: dict[str, Any]) -> Iterator[Watched]:
    queries = [query["metric"] for query in inputs.get("metricQueries", ()) if "metric" in query]
    for metric in queries or [inputs]:
        statistic = metric.get("stat") or metric.get("statistic") or metric["extendedStatistic"]
        yield Watched(metric["namespace"], metric["metricName"], metric["dimensions"], statistic)


def widgets(program: Program) -> list[dict[str, Any]]:
    return json.loads(one(program, DASHBOARD).inputs["dashboardBody"])["widgets"]


def on_dashboard(program: Program) -> Iterator[Watched]:
    for widget in widgets(program):
        for namespace, name, *flat, options in widget["properties"].get("metrics", ()):
            dimensions = dict(zip(flat[::2], flat[1::2], strict=True))
            yield Watched(namespace, name, dimensions, options["stat"])


def everything(program: Program) -> list[Watched]:
    """All but what the alarms of a release read: test_release_alarms.py holds those against what containers write."""
    alarms = [entry for entry in program.of_type(ALARM) if "-endpoint-release-" not in entry.name]
    watched = [metric for entry in alarms for metric in of_alarm(entry.inputs)]
    return [*watched, *on_dashboard(program)]
