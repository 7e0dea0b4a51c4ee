"""The alarms: which are off, which are silenced, which are missing."""

import re
from typing import Any

from infra.status.part import Part, at
from infra.status.planned import ALARM, COMPOSITE, Planned, called

NAME = "alarms"
RUNBOOK = re.compile(r"docs/runbooks/\S+\.md")
STATES = {"OK": "in order", "INSUFFICIENT_DATA": "without data yet"}


def look(client: Any, planned: Planned) -> Part:
    """Raises ClientError, BotoCoreError."""
    part = Part(name=NAME)
    known = _known(client("cloudwatch"), planned.settings.prefix)
    env, listed, counts = planned.settings.environment, [], dict.fromkeys(STATES.values(), 0)
    for resource in planned.of_type(COMPOSITE, ALARM):
        name = called(resource, known)
        if name is None:
            listed.append({"name": resource.name, "state": None})
            part.person(f"the alarm {resource.name} is not there", f"pulumi up --refresh --stack {env}")
            continue
        alarm = known[name]
        state, reason = alarm["StateValue"], alarm.get("StateReason", "")
        silenced = not alarm.get("ActionsEnabled", True)
        listed.append(
            {
                "name": name,
                "state": state,
                "reason": reason,
                "since": alarm["StateUpdatedTimestamp"].isoformat(),
                "silenced": silenced,
            }
        )
        if state == "ALARM":
            runbook = RUNBOOK.search(alarm.get("AlarmDescription", ""))
            part.person(
                f"{name} is in ALARM since {at(alarm['StateUpdatedTimestamp'])}: {reason}",
                runbook[0] if runbook else "docs/runbooks",
            )
        else:
            counts[STATES[state]] += 1
        if silenced:
            part.note(
                f"{name} is silenced: it tells nobody", f"aws cloudwatch enable-alarm-actions --alarm-names {name}"
            )
    part.facts = {"alarms": listed}
    told = [f"{count} {words}" for words, count in counts.items() if count]
    if told:
        part.fine(f"of {len(listed)}, {' and '.join(told)}")
    return part


def _known(cloudwatch: Any, prefix: str) -> dict[str, dict[str, Any]]:
    pages = cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=f"{prefix}-", AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    alarms = [alarm for page in pages for kind in ("CompositeAlarms", "MetricAlarms") for alarm in page.get(kind, ())]
    return {alarm["AlarmName"]: alarm for alarm in alarms}
