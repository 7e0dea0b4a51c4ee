"""SageMaker's monitoring schedules: when a monitoring job would run. None runs."""

from collections.abc import Mapping
from typing import Any

from moto.core.utils import utcnow

from infra.rehearsal.front.call import Call
from infra.rehearsal.front.errors import ApiError
from infra.rehearsal.front.models import monitoring_rules
from infra.rehearsal.front.models.deployments import settle
from infra.rehearsal.front.models.listing import after, before, equals, page, wanted
from infra.rehearsal.front.models.monitoring_rules import checked, refusal
from infra.rehearsal.front.models.state import Clock, Operation, arn, backend, shelf

API = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_"
SOURCES = (
    f"{API}CreateMonitoringSchedule.html",
    f"{API}UpdateMonitoringSchedule.html",
    f"{API}DescribeMonitoringSchedule.html",
    f"{API}ListMonitoringSchedules.html",
    f"{API}StartMonitoringSchedule.html",
    f"{API}StopMonitoringSchedule.html",
    f"{API}DeleteMonitoringSchedule.html",
    "https://github.com/aws/amazon-sagemaker-examples/issues/2342",
    *monitoring_rules.SOURCES,
)
NOUN = "monitoring_schedules"
FILTERS = {
    "EndpointName": equals("EndpointName"),
    "MonitoringJobDefinitionName": lambda item, name: _config(item).get("MonitoringJobDefinitionName") == name,
    "MonitoringTypeEquals": equals("MonitoringType"),
    "NameContains": lambda item, text: text in item["MonitoringScheduleName"],
    "StatusEquals": equals("MonitoringScheduleStatus"),
    "CreationTimeAfter": after("CreationTime"),
    "CreationTimeBefore": before("CreationTime"),
    "LastModifiedTimeAfter": after("LastModifiedTime"),
    "LastModifiedTimeBefore": before("LastModifiedTime"),
}


def create(call: Call, clock: Clock) -> dict[str, Any]:
    asked, schedules = call.parameters, _schedules(call, clock)
    name = asked["MonitoringScheduleName"]
    if name in schedules:
        raise ApiError("ResourceInUse", f"Monitoring schedule {name} already exists.")
    schedules[name] = {
        "MonitoringScheduleName": name,
        "MonitoringScheduleArn": arn("sagemaker", f"monitoring-schedule/{name}", call),
        "CreationTime": utcnow(),
        "Tags": asked.get("Tags", []),
        **checked(asked["MonitoringScheduleConfig"], call),
        **_pending("Scheduled", clock),
    }
    return {"MonitoringScheduleArn": schedules[name]["MonitoringScheduleArn"]}


def update(call: Call, clock: Clock) -> dict[str, Any]:
    schedule = _settled(call, clock)
    schedule |= {**checked(call.parameters["MonitoringScheduleConfig"], call), **_pending("Scheduled", clock)}
    return {"MonitoringScheduleArn": schedule["MonitoringScheduleArn"]}


def start(call: Call, clock: Clock) -> dict[str, Any]:
    schedule = _settled(call, clock)
    schedule |= _pending("Scheduled", clock)
    return {}


def stop(call: Call, clock: Clock) -> dict[str, Any]:
    schedule = _settled(call, clock)
    schedule |= _pending("Stopped", clock)
    return {}


def delete(call: Call, clock: Clock) -> dict[str, Any]:
    del _schedules(call, clock)[_settled(call, clock)["MonitoringScheduleName"]]
    return {}


def describe(call: Call, clock: Clock) -> dict[str, Any]:
    return _schedule(call, clock)


def list_(call: Call, clock: Clock) -> dict[str, Any]:
    found = [item for item in _schedules(call, clock).values() if wanted(item, call.parameters, FILTERS)]
    keys = {"CreationTime": "CreationTime", "Name": "MonitoringScheduleName", "Status": "MonitoringScheduleStatus"}
    answer = page(found, call.parameters, keys, default=10)
    return {"MonitoringScheduleSummaries": [_summary(item) for item in answer.pop("items")], **answer}


def _pending(then: str, clock: Clock) -> dict[str, Any]:
    pending = {"MonitoringScheduleStatus": "Pending", "LastModifiedTime": utcnow(), "FailureReason": None}
    return {**pending, "after": then, "since": clock.now()}


def _schedules(call: Call, clock: Clock) -> dict[str, dict[str, Any]]:
    """The schedules as they are by now."""
    settle(call, clock)
    sagemaker = backend("sagemaker", call)
    schedules = shelf(NOUN, sagemaker)
    for schedule in schedules.values():
        if schedule["MonitoringScheduleStatus"] != "Pending" or not clock.over(schedule["since"]):
            continue
        endpoint = schedule.get("EndpointName")
        if schedule["after"] == "Scheduled" and endpoint and endpoint not in sagemaker.endpoints:
            schedule |= {
                "MonitoringScheduleStatus": "Failed",
                "FailureReason": f"The endpoint {endpoint} is not there.",
            }
        else:
            schedule["MonitoringScheduleStatus"] = schedule["after"]
    return schedules


def _schedule(call: Call, clock: Clock) -> dict[str, Any]:
    name = call.parameters["MonitoringScheduleName"]
    schedule = _schedules(call, clock).get(name)
    if schedule is None:
        raise ApiError("ResourceNotFound", f"Monitoring schedule {name} does not exist.")
    return schedule


def _settled(call: Call, clock: Clock) -> dict[str, Any]:
    """The schedule, where nothing is under way."""
    schedule = _schedule(call, clock)
    if schedule["MonitoringScheduleStatus"] == "Pending":
        raise refusal("Monitoring schedule in status Pending.")
    return schedule


def _summary(item: Mapping[str, Any]) -> dict[str, Any]:
    return {**item, "MonitoringJobDefinitionName": _config(item).get("MonitoringJobDefinitionName")}


def _config(item: Mapping[str, Any]) -> Mapping[str, Any]:
    return item["MonitoringScheduleConfig"]


OPERATIONS: dict[str, Operation] = {
    "sagemaker:CreateMonitoringSchedule": create,
    "sagemaker:UpdateMonitoringSchedule": update,
    "sagemaker:StartMonitoringSchedule": start,
    "sagemaker:StopMonitoringSchedule": stop,
    "sagemaker:DescribeMonitoringSchedule": describe,
    "sagemaker:ListMonitoringSchedules": list_,
    "sagemaker:DeleteMonitoringSchedule": delete,
}
