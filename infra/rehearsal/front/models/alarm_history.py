"""The states that a CloudWatch alarm has been in, which moto keeps and does not tell: in one page, no other items."""

import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from infra.rehearsal.front.call import Call
from infra.rehearsal.front.models.state import Clock, Operation, backend

SOURCES = (
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html",
    "https://docs.aws.amazon.com/cli/latest/reference/cloudwatch/describe-alarm-history.html",
)


def describe(call: Call, _clock: Clock) -> dict[str, Any]:
    asked = call.parameters
    known = backend("cloudwatch", call).alarms
    names = [asked["AlarmName"]] if "AlarmName" in asked else list(known)
    items = [item for name in names if name in known for item in _changes(known[name])]
    kept = [item for item in items if _asked_for(item, asked)]
    kept.sort(key=lambda item: item["Timestamp"], reverse=asked.get("ScanBy") != "TimestampAscending")
    return {"AlarmHistoryItems": kept}


def _changes(alarm: Any) -> Iterator[dict[str, Any]]:
    """One item for each change of state; moto's record holds what was before each setting of the state."""
    before = [(state, reason) for _kind, reason, _data, state, _at in alarm.history]
    times = [at for *_, at in alarm.history] + [alarm.state_updated_timestamp]
    states = [*before, (alarm.state_value, alarm.state_reason)]
    for ((old, old_reason), (new, new_reason)), at in zip(pairwise(states), times[1:], strict=True):
        if old != new:
            data = {
                "version": "1.0",
                "oldState": {"stateValue": old, "stateReason": old_reason},
                "newState": {"stateValue": new, "stateReason": new_reason},
            }
            yield {
                "AlarmName": alarm.name,
                "AlarmType": "MetricAlarm",
                "Timestamp": at,
                "HistoryItemType": "StateUpdate",
                "HistorySummary": f"Alarm updated from {old} to {new}",
                "HistoryData": json.dumps(data),
            }


def _asked_for(item: dict[str, Any], asked: Mapping[str, Any]) -> bool:
    kind, at = asked.get("HistoryItemType", "StateUpdate"), item["Timestamp"]
    return kind == "StateUpdate" and asked.get("StartDate", at) <= at <= asked.get("EndDate", at)


OPERATIONS: dict[str, Operation] = {"cloudwatch:DescribeAlarmHistory": describe}
