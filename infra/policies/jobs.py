"""What a schedule asks AWS for when its time has come."""

import json
from collections.abc import Mapping
from typing import Any

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
