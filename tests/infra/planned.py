"""What the tests of the program share: settings from keywords, and a look into a planned program."""

import json
from typing import Any

import pytest

from infra.offline import Program, Resource
from infra.parsing import SettingsError, parse
from infra.settings import Settings

PROJECT = "mlops-demo"
SHIPPED: dict[str, dict[str, Any]] = {
    "dev": {
        "alertEmail": "ml-team@example.com",
        "monthlyBudget": 100,
        "data": {"protect": False},
        "serving": {"mode": "serverless"},
    },
    "prod": {
        "alertEmail": "ml-team@example.com",
        "monthlyBudget": 400,
        "network": {"nat": "one"},
        "tracking": {"mode": "fargate"},
        "serving": {"mode": "real-time", "instances": 2},
        "rollout": {"strategy": "canary", "percent": 50},
    },
}
"""The settings that the template's default answers give, beside the region."""


def settings_of(environment: str = "try", /, **config: Any) -> Settings:
    """Settings as Pulumi's engine would hand them over: every value a string."""
    given = {"alertEmail": "a@example.com", **config}
    values = {f"{PROJECT}:{key}": v if isinstance(v, str) else json.dumps(v) for key, v in given.items()}
    return parse({"aws:region": "eu-west-1", **values}, project=PROJECT, environment=environment)


def refusal(**config: Any) -> str:
    """What is said of settings that cannot be used."""
    with pytest.raises(SettingsError) as caught:
        settings_of(**config)
    return str(caught.value)


def one(program: Program, type_: str, ending: str = "") -> Resource:
    """The one resource of a type whose name ends so."""
    found = [entry for entry in program.of_type(type_) if entry.name.endswith(ending)]
    assert len(found) == 1, [entry.name for entry in found]
    return found[0]


def statements(entry: Resource, key: str = "policy") -> list[dict[str, Any]]:
    """The statements of a resource's policy document."""
    return json.loads(entry.inputs[key])["Statement"]


def mlflow_container(program: Program) -> dict[str, Any]:
    """The container of the tracking server's task, as its definition has it."""
    definition = one(program, "aws:ecs/taskDefinition:TaskDefinition", "mlflow-task").inputs["containerDefinitions"]
    (found,) = json.loads(definition)
    return found
