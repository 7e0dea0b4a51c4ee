"""What an environment should hold, read from the program itself; and how its names come out in AWS."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from infra.offline import Program, Resource
from infra.settings import Settings
from ml.agreed import MODEL_SHA256

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
BUDGET = "aws:budgets/budget:Budget"
CONFIG = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
FUNCTION = "aws:lambda/function:Function"
MODEL = "aws:sagemaker/model:Model"
PIPELINE = "aws:sagemaker/pipeline:Pipeline"
SCHEDULE = "aws:scheduler/schedule:Schedule"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
TOPIC = "aws:sns/topic:Topic"


@dataclass(frozen=True, kw_only=True)
class Planned:
    """The program of an environment, and its settings."""

    program: Program
    settings: Settings

    @property
    def endpoint(self) -> str:
        return self.program.outputs["endpoint_name"]

    def of_type(self, *types: str) -> list[Resource]:
        """Those of the types, type by type and by name: the program registers them in any order."""
        return [
            resource
            for type_ in types
            for resource in sorted(self.program.of_type(type_), key=lambda resource: resource.name)
        ]

    def jobs(self) -> dict[str, Resource]:
        """The schedules of jobs, by what their runs' names start with."""
        found = {}
        for schedule in self.of_type(SCHEDULE):
            request = json.loads(schedule.inputs["target"].get("input") or "{}")
            if name := request.get("ProcessingJobName"):
                found[name.partition("<")[0]] = schedule
        return found

    def variants(self) -> list[dict[str, Any]]:
        """The endpoint's variants as the settings ask for them."""
        (config,) = self.program.of_type(CONFIG)
        sha256 = {
            f"{model.name}-0000000": (model.inputs["primaryContainer"].get("environment") or {}).get(MODEL_SHA256, "")
            for model in self.program.of_type(MODEL)
        }
        return [
            {
                "name": variant["variantName"],
                "release": sha256[variant["modelName"]],
                "weight": float(variant["initialVariantWeight"]),
                "capacity": capacity(
                    variant.get("instanceType", ""),
                    # What scaling did is kept by an update: the settings do not say how many there are.
                    None if self.settings.scaling else variant.get("initialInstanceCount") or 0,
                    (variant.get("serverlessConfig") or {}).get("memorySizeInMb") or 0,
                    (variant.get("serverlessConfig") or {}).get("maxConcurrency") or 0,
                ),
            }
            for variant in config.inputs["productionVariants"]
        ]


def capacity(instance: str, count: float | None, memory_mb: float, concurrency: float) -> str:
    """A variant's capacity in words; without a count where scaling decides on it."""
    if instance:
        return instance if count is None else f"{count:.0f} x {instance}"
    return f"serverless, {memory_mb:.0f} MB, {concurrency:.0f} at a time"


def called(resource: Resource, names: Iterable[str]) -> str | None:
    """Which of the names in AWS is the resource's: its own, or the logical one with seven digits of the engine's."""
    given = resource.inputs.get("name") or resource.inputs.get("alarmName")
    pattern = re.compile(re.escape(given) if given else re.escape(resource.name) + "-[0-9a-f]{7}")
    return next((name for name in names if pattern.fullmatch(name)), None)
