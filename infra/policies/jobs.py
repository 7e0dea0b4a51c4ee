"""What a schedule, or a pipeline, asks AWS for when its time has come."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from infra import definition
from infra.policies import tokens
from infra.policies.rule import Resource, UnreadableError, at

PROCESSING_JOB = "arn:aws:scheduler:::aws-sdk:sagemaker:createProcessingJob"


def request(schedule: Resource) -> Mapping[str, Any] | None:
    """The request for a processing job; None for a schedule of something else. Raises UnreadableError."""
    target = at(schedule.inputs, "target.arn")
    if not target:
        raise UnreadableError("target.arn is not set, expected what the schedule calls")
    if target != PROCESSING_JOB:
        return None
    asked = at(schedule.inputs, "target.input")
    try:
        found = json.loads(asked)
    except (TypeError, ValueError):
        found = None
    if not isinstance(found, Mapping):
        raise UnreadableError(f"target.input is {asked!r}, expected the request for a job in JSON")
    return found


def processing_jobs(resource: Resource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The name and the request of each job that a schedule or a pipeline starts, each as of a processing job.

    Raises UnreadableError.
    """
    if resource.type == tokens.PIPELINE:
        for name, kind, arguments in pipeline_jobs(resource):
            yield name, arguments if kind == "Processing" else _as_processing(arguments)
    elif (asked := request(resource)) is not None:
        yield "the job", asked


def pipeline_jobs(pipeline: Resource) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """The name, the type and the request of each job of a pipeline, with the parameters' defaults in it.

    Raises UnreadableError.
    """
    text = at(pipeline.inputs, "pipelineDefinition")
    try:
        found = json.loads(text)
        defaults = {entry["Name"]: entry.get("DefaultValue") for entry in found["Parameters"]}
        jobs = [(job["Name"], job["Type"], _filled(job["Arguments"], defaults)) for job in definition.jobs(found)]
    except (TypeError, ValueError, KeyError, AttributeError):
        jobs = []
    if not jobs:
        raise UnreadableError(f"pipelineDefinition is {text!r}, expected a definition in JSON with jobs")
    yield from jobs


def _filled(value: Any, defaults: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        if isinstance(value.get("Get"), str) and value["Get"].startswith("Parameters."):
            return defaults.get(value["Get"].removeprefix("Parameters."))
        return {name: _filled(inner, defaults) for name, inner in value.items()}
    return [_filled(inner, defaults) for inner in value] if isinstance(value, list) else value


def _as_processing(request: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "AppSpecification": {"ImageUri": at(request, "AlgorithmSpecification.TrainingImage")},
        "ProcessingResources": {"ClusterConfig": at(request, "ResourceConfig")},
    }
