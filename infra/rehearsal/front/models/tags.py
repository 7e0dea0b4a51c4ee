"""Tags of what SageMaker's models hold; those of the rest are moto's."""

from typing import Any

from infra.rehearsal.front.call import Call
from infra.rehearsal.front.models import mlflow_apps, monitoring_schedules
from infra.rehearsal.front.models.state import Clock, Operation, backend, shelf

API = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_"
SOURCES = (f"{API}AddTags.html", f"{API}ListTags.html", f"{API}DeleteTags.html")
KINDS = {"mlflow-app": mlflow_apps.NOUN, "monitoring-schedule": monitoring_schedules.NOUN}


def add(call: Call, _clock: Clock) -> dict[str, Any] | None:
    owner = _owner(call)
    if owner is None:
        return None
    given = {tag["Key"]: tag for tag in [*owner.get("Tags", []), *call.parameters["Tags"]]}
    owner["Tags"] = list(given.values())
    return {"Tags": owner["Tags"]}


def list_(call: Call, _clock: Clock) -> dict[str, Any] | None:
    owner = _owner(call)
    return None if owner is None else {"Tags": owner.get("Tags", [])}


def delete(call: Call, _clock: Clock) -> dict[str, Any] | None:
    owner = _owner(call)
    if owner is None:
        return None
    owner["Tags"] = [tag for tag in owner.get("Tags", []) if tag["Key"] not in call.parameters["TagKeys"]]
    return {}


def _owner(call: Call) -> dict[str, Any] | None:
    kind, _, name = call.parameters["ResourceArn"].split(":", 5)[-1].partition("/")
    if kind not in KINDS:
        return None
    held = shelf(KINDS[kind], backend("sagemaker", call))
    return held.get(call.parameters["ResourceArn"]) or held.get(name)


OPERATIONS: dict[str, Operation] = {
    "sagemaker:AddTags": add,
    "sagemaker:ListTags": list_,
    "sagemaker:DeleteTags": delete,
}
