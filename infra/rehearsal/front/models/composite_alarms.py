"""CloudWatch's composite alarms, which moto has no operation for; moto keeps them beside the metric alarms.

Their state follows those of the alarms that they name, whenever somebody looks. Actions, and suppressing them, are not
modelled.
"""

from collections.abc import Mapping
from typing import Any

from infra.rehearsal import alarm_rules
from infra.rehearsal.front.call import Call
from infra.rehearsal.front.errors import ApiError
from infra.rehearsal.front.models import endpoints
from infra.rehearsal.front.models.state import Clock, Operation, backend

SOURCES = (
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html",
    "https://github.com/awsdocs/aws-cloudformation-user-guide/issues/911",
    "https://github.com/hashicorp/terraform-provider-aws/issues/34807",
)
METRIC, COMPOSITE = "MetricAlarm", "CompositeAlarm"


def put(call: Call, _clock: Clock) -> dict[str, Any]:
    asked, cloudwatch = call.parameters, backend("cloudwatch", call)
    children = alarm_rules.read(asked["AlarmRule"]).children
    if unknown := [name for name in children if name not in cloudwatch.alarms]:
        text = f"Could not save the composite alarm as alarms {unknown} in the alarm rule do not exist"
        raise ApiError("ValidationError", text)
    cloudwatch.put_metric_alarm(
        name=asked["AlarmName"],
        namespace=None,
        metric_name=None,
        comparison_operator=None,
        evaluation_periods=None,
        period=None,
        threshold=None,
        statistic=None,
        description=asked.get("AlarmDescription"),
        dimensions=[],
        alarm_actions=asked.get("AlarmActions", []),
        ok_actions=asked.get("OKActions"),
        insufficient_data_actions=asked.get("InsufficientDataActions"),
        actions_enabled=asked.get("ActionsEnabled"),
        rule=asked["AlarmRule"],
        tags=asked.get("Tags"),
    )
    return {}


def describe(call: Call, _clock: Clock) -> Mapping[str, Any]:
    """Every alarm asked for, of the types asked for: metric alarms alone unless told."""
    asked, known = call.parameters, backend("cloudwatch", call).alarms
    follow(known)
    types = asked.get("AlarmTypes", [METRIC])
    found = [alarm for alarm in known.values() if _asked_for(alarm, asked)]
    return {
        "MetricAlarms": [alarm for alarm in found if alarm.rule is None and METRIC in types],
        "CompositeAlarms": [alarm for alarm in found if alarm.rule is not None and COMPOSITE in types],
    }


def delete(call: Call, clock: Clock) -> None:
    """moto deletes them; AWS not while a composite alarm that stays names one."""
    endpoints.look(call, clock)
    known, going = backend("cloudwatch", call).alarms, set(call.parameters["AlarmNames"])
    named = {child for alarm in known.values() if alarm.rule and alarm.name not in going for child in _children(alarm)}
    if held := sorted(going & named):
        text = f"Cannot delete {','.join(held)} as there are composite alarm(s) depending on them."
        raise ApiError("ValidationError", text)


def follow(known: Mapping[str, Any]) -> None:
    """Brings the composite alarms into the states that their rules give; those of others first."""
    waiting = {name for name, alarm in known.items() if alarm.rule}
    while ready := [name for name in waiting if not waiting & set(_children(known[name]))]:
        states = {name: alarm.state_value for name, alarm in known.items()}
        for name in ready:
            alarm = known[name]
            state = "ALARM" if alarm_rules.read(alarm.rule).holds(states) else "OK"
            if state != alarm.state_value:
                alarm.update_state(f"{alarm.rule} changed to {state}", "{}", state)
        waiting -= set(ready)


def _children(alarm: Any) -> tuple[str, ...]:
    return alarm_rules.read(alarm.rule).children


def _asked_for(alarm: Any, asked: Mapping[str, Any]) -> bool:
    prefix = asked.get("ActionPrefix", "")
    return (
        alarm.name in asked.get("AlarmNames", [alarm.name])
        and alarm.name.startswith(asked.get("AlarmNamePrefix", ""))
        and alarm.state_value == asked.get("StateValue", alarm.state_value)
        and (not prefix or any(action.startswith(prefix) for action in alarm.alarm_actions))
    )


OPERATIONS: dict[str, Operation] = {
    "cloudwatch:PutCompositeAlarm": put,
    "cloudwatch:DescribeAlarms": describe,
    "cloudwatch:DeleteAlarms": delete,
}
