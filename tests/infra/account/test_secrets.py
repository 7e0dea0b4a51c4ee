"""No secret value is ever in state: nothing that the programs are asked for, or give out, is one."""

import copy

import pytest

from infra.offline import Program
from infra.policies.hidden import found, state_holds_no_secret
from infra.policies.rule import SECRET
from tests.infra.planned import one


@pytest.mark.parametrize("name", ["account", "dev", "prod"])
def test_nothing_that_a_program_asks_for_or_gives_out_is_a_secret_s_value(name: str, request: pytest.FixtureRequest):
    program: Program = request.getfixturevalue(name)
    assert len(program.resources) > 20
    assert [(entry.name, text) for entry in program.resources for text in state_holds_no_secret(entry)] == []
    assert list(found(program.outputs)) == []


PLANTED = {
    "masterPassword": "hunter2",
    "password": {SECRET: "1b47061264138c4ac30d75fd1eb44270", "value": "hunter2"},
    "containerDefinitions": '[{"environment": [{"name": "MLFLOW_TRACKING_PASSWORD", "value": "hunter2"}]}]',
    "userData": "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
    "description": "by AKIAIOSFODNN7EXAMPLE",
    "url": "postgresql://mlflow:hunter2@database:5432/mlflow",
    "variables": {"GITHUB_TOKEN": "ghp_" + "a" * 36},
}
"""A secret in each of the ways in which it comes to be in a program."""
NAMED = {
    "secretArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a",
    "masterUserSecretKmsKeyId": "a-key",
    "passwordWoVersion": 1,
    "containerDefinitions": '[{"secrets": [{"name": "PASSWORD", "valueFrom": "arn:aws:secretsmanager:a:1:secret:a"}]}]',
    "manageMasterUserPassword": True,
    "tags": {"Owner": "ml-team"},
    "url": "https://mlflow.example.com/a@b",
}
"""What only says which secret, or about one."""


@pytest.mark.parametrize("key", PLANTED)
def test_a_planted_secret_is_found_where_it_is(dev: Program, key: str):
    topic = one(dev, "aws:sns/topic:Topic")
    inputs = copy.deepcopy(topic.inputs) | {key: PLANTED[key]}
    ((path, _),) = found(inputs)
    assert path.startswith(key)


@pytest.mark.parametrize("key", NAMED)
def test_what_says_which_secret_is_none(key: str):
    assert list(found({key: NAMED[key]})) == []
