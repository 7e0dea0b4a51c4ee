"""What a universal target of EventBridge Scheduler calls.

docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

import json
import re

from botocore.exceptions import UnknownServiceError
from botocore.model import OperationModel
from moto.core.utils import get_service_model

from infra.rehearsal.rules.rule import Key, Request, Rule, expected

UNIVERSAL = re.compile(r"arn:aws[a-z-]*:scheduler:::aws-sdk:(?P<service>[a-z0-9-]+):(?P<action>[a-zA-Z0-9]+)")
READ_ONLY = (
    *("get", "describe", "list", "poll", "receive", "search", "scan", "query", "select", "read", "lookup", "discover"),
    *("validate", "batchGet", "batchDescribe", "batchRead", "transactGet", "adminGet", "adminList", "testMigration"),
    *("retrieve", "testConnection", "translateDocument", "isAuthorized", "invokeModel"),
)
"""Starts of calls that a universal target may not make."""
CONTEXT = {
    "<aws.scheduler.schedule-arn>": "arn:aws:scheduler:eu-west-1:123456789012:schedule/default/x",
    "<aws.scheduler.scheduled-time>": "2026-01-01T00:00:00Z",
    "<aws.scheduler.execution-id>": "d32c5ae0-7b9f-4c3a-9d0e-1b2c3d4e5f60",
    "<aws.scheduler.attempt-number>": "1",
}
"""What the scheduler puts in the input, as an example (.../UserGuide/managing-schedule-context-attributes.html)."""


def a_universal_target_names_a_call_that_changes_something(request: Request) -> str | None:
    """docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html, "Unsupported actions"."""
    arn = request["Target"]["Arn"]
    if ":aws-sdk:" not in arn:
        return None
    if not (named := UNIVERSAL.fullmatch(arn)) or _operation(named["service"], named["action"]) is None:
        return expected("Target.Arn", arn, "arn:aws:scheduler:::aws-sdk:<service>:<action in camelCase>")
    if named["action"][0].isupper() or named["action"].startswith(READ_ONLY):
        return expected("Target.Arn", named["action"], "camelCase, and no call that only reads")
    return None


def a_universal_target_has_json(request: Request) -> str | None:
    """docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html, Input"""
    if ":aws-sdk:" not in request["Target"]["Arn"]:
        return None
    try:
        is_object = isinstance(json.loads(request["Target"].get("Input", "{}")), dict)
    except ValueError as error:
        return expected("Target.Input", error, "JSON")
    return None if is_object else expected("Target.Input", "no object", "the parameters of the call")


def universal_target(request: Request) -> tuple[OperationModel, Request] | None:
    """The call that a schedule makes, and its parameters with an example of what the scheduler puts in."""
    named = UNIVERSAL.fullmatch(request["Target"]["Arn"])
    operation = _operation(named["service"], named["action"]) if named else None
    if operation is None or a_universal_target_has_json(request):
        return None
    text = request["Target"].get("Input", "{}")
    for placeholder, example in CONTEXT.items():
        text = text.replace(placeholder, example)
    return operation, json.loads(text)


def _operation(service: str, action: str) -> OperationModel | None:
    try:
        model = get_service_model(service)
    except UnknownServiceError:
        return None
    name = action[0].upper() + action[1:]
    return model.operation_model(name) if name in model.operation_names else None


_TARGET: list[Rule] = [a_universal_target_names_a_call_that_changes_something, a_universal_target_has_json]
RULES: dict[Key, list[Rule]] = {("scheduler", name): _TARGET for name in ("CreateSchedule", "UpdateSchedule")}
