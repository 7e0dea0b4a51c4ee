"""Editors know what the program knows: the schema of the settings is current, and judges files as the program does."""

import json
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from infra import schema, stackfiles
from infra.source import ROOT

VALIDATOR = Draft202012Validator(schema.document())
GOOD: dict[str, Any] = {"aws:region": "eu-west-1", "example:alertEmail": "ml@example.com"}


def test_the_schema_that_editors_read_is_current():
    assert json.loads(schema.FILE.read_text()) == schema.document(), "run `python -m infra.schema`"


@pytest.mark.parametrize("environment", stackfiles.environments(ROOT))
def test_an_environment_of_this_project_keeps_the_schema(environment: str):
    read = yaml.safe_load((ROOT / f"Pulumi.{environment}.yaml").read_text())
    # Editors leave a day without quotes the text that it is.
    VALIDATOR.validate(json.loads(json.dumps(read, default=str)))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("example:alertEmial", "ml@example.com"),
        ("example:alertEmail", "nobody"),
        ("example:monthlyBudget", 0),
        ("example:serving", {"mode": "serverless", "memoryMb": 1500}),
        ("example:serving", {"mode": "magic"}),
        ("example:rollout", {"strategy": "canary", "percents": 10}),
        ("example:rollout", {"percent": 100}),
        ("example:rollout", {"percent": True}),
        ("example:project", "other"),
        ("example:environment", "dev"),
    ],
)
def test_what_the_program_refuses_is_marked(key: str, value: object):
    assert VALIDATOR.is_valid({"config": GOOD})
    assert not VALIDATOR.is_valid({"config": {**GOOD, key: value}})


def test_keys_of_pulumi_and_its_providers_are_let_be():
    assert VALIDATOR.is_valid(
        {"config": {**GOOD, "aws:profile": "ml", "pulumi:autonaming": {}}, "secretsprovider": "x"}
    )
