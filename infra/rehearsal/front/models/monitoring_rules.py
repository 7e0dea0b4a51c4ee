"""What SageMaker refuses of a monitoring schedule: how often, over which window, for how long, of which endpoint."""

import re
from collections.abc import Mapping
from typing import Any

from infra.rehearsal.front.call import Call
from infra.rehearsal.front.errors import ApiError
from infra.rehearsal.front.models.state import arn, backend

API = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_"
SOURCES = (
    f"{API}ScheduleConfig.html",
    f"{API}MonitoringStoppingCondition.html",
    "https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-schedule-expression.html",
    "https://github.com/aws/sagemaker-python-sdk/issues/4873",
)
HOURLY, NOW = "cron(0 * ? * * *)", "NOW"
DAILY = re.compile(r"cron\(0 ([01]?\d|2[0-3])(/0?([1-9]|1\d|2[0-4]))? \? \* \* \*\)")
"""At an hour, or every so many hours from one on: never more often than once an hour."""
OFFSET = re.compile(r"-?P(T0H|T?0D|T(\d+)H)")
WINDOW_HOURS = 24
DEFINITIONS = {
    "DataQuality": ("data_quality_job_definitions", "data_quality_job_input", 3600),
    "ModelExplainability": ("model_explainability_job_definitions", "model_explainability_job_input", 3600),
    "ModelQuality": ("model_quality_job_definitions", "model_quality_job_input", 1800),
    "ModelBias": ("model_bias_job_definitions", "model_bias_job_input", 1800),
}
"""Where moto keeps each type's definitions, what it calls their input, and how many seconds an hourly job may take."""


def checked(config: Mapping[str, Any], call: Call) -> dict[str, Any]:
    """What the schedule then holds. Raises ApiError where the configuration cannot be scheduled."""
    inline = config.get("MonitoringJobDefinition")
    kind = config.get("MonitoringType", "DataQuality")
    attribute, input_name, longest = DEFINITIONS[kind]
    if inline is None:
        name = config.get("MonitoringJobDefinitionName", "")
        definition = getattr(backend("sagemaker", call), attribute).get(name)
        if definition is None:
            raise refusal(f"Could not find a {kind} job definition named {name!r}.")
        source, stopping = getattr(definition, input_name), getattr(definition, "stopping_condition", None) or {}
    else:
        source, stopping = inline["MonitoringInputs"][0], inline.get("StoppingCondition", {})
    hours = _every(config.get("ScheduleConfig", {}))
    seconds = stopping.get("MaxRuntimeInSeconds", 0)
    allowed = longest if hours == 1 else hours * 3600
    if seconds > allowed:
        raise refusal(
            f"MaxRuntimeInSeconds is {seconds}, at most {allowed} are allowed for {kind} every {hours} hour(s)."
        )
    endpoint = source.get("EndpointInput", {}).get("EndpointName")
    if endpoint:
        _check_endpoint(endpoint, call)
    return {"MonitoringScheduleConfig": config, "MonitoringType": kind, "EndpointName": endpoint}


def _every(config: Mapping[str, Any]) -> int:
    """The hours from one job to the next; 24 where none is told, and for a single one."""
    expression = config.get("ScheduleExpression")
    start, end = (config.get(f"DataAnalysis{edge}Time") for edge in ("Start", "End"))
    if expression == NOW and (start is None or end is None):
        raise refusal("DataAnalysisStartTime and DataAnalysisEndTime are required when ScheduleExpression is NOW.")
    if start is not None and end is not None and not 0 < _hours(end) - _hours(start) <= WINDOW_HOURS:
        raise refusal(
            f"The monitored window from {start} to {end} must end after it starts, {WINDOW_HOURS} hours later at most."
        )
    daily = DAILY.fullmatch(expression or "cron(0 0 ? * * *)")
    if expression not in {HOURLY, NOW} and daily is None:
        raise refusal(
            f"ScheduleExpression {expression!r} is not supported: {HOURLY}, cron(0 [00-23] ? * * *), "
            f"cron(0 [00-23]/[01-24] ? * * *) or {NOW} is expected."
        )
    return 1 if expression == HOURLY else int(daily[3] or 24) if daily else 24


def _hours(offset: str) -> int:
    """Hours of an ISO 8601 offset such as `-PT5H`."""
    found = OFFSET.fullmatch(offset)
    if found is None:
        raise refusal(f"{offset!r} is not an offset in hours such as -PT5H.")
    return -int(found[2] or 0) if offset.startswith("-") else int(found[2] or 0)


def _check_endpoint(name: str, call: Call) -> None:
    endpoint = backend("sagemaker", call).endpoints.get(name)
    if endpoint is None:
        raise refusal(f'Could not find endpoint "{arn("sagemaker", f"endpoint/{name}", call)}".')
    if not (endpoint.data_capture_config or {}).get("EnableCapture"):
        raise refusal(f'Data capture is not enabled on endpoint "{endpoint.arn}".')


def refusal(message: str) -> ApiError:
    return ApiError("ValidationException", message)
