"""The rules find what is wrong with a program that is broken on purpose, and nothing with the one that is shipped."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.account import settings
from infra.offline import Program, run
from infra.policies.rule import Finding
from infra.policies.rules import RULED, RULES, findings
from infra.policies.unruled import UNRULED
from infra.settings import Rollout
from tests.infra.policies.breaking import Mutation
from tests.infra.policies.broken_data import DATA
from tests.infra.policies.mutations import BROKEN, whole
from tests.rehearsal.delivery.conftest import project as delivered

SHA = "a" * 64
RELEASE = {"url": f"s3://models/approved/{SHA}/model.tar.gz", "sha256": SHA}
REAL_TIME = {"mode": "real-time", "instances": 10}
PROGRAMS: dict[str, dict[str, Any]] = {
    "serverless": {"serving": {"mode": "serverless"}},
    "a released model": {"serving": {"mode": "serverless"}, "model": RELEASE},
    "all-at-once": {"serving": REAL_TIME, "rollout": {"strategy": "all-at-once"}},
    "canary": {"serving": REAL_TIME, "rollout": {"strategy": "canary"}},
    "linear": {"serving": REAL_TIME, "rollout": {"strategy": "linear", "bakeMinutes": 4}},
    "blue-green": {"serving": REAL_TIME, "rollout": {"strategy": "blue-green"}},
    "rolling": {"serving": REAL_TIME, "rollout": {"strategy": "rolling", "bakeMinutes": 4}},
    "lambda": {"serving": {"mode": "lambda"}, "model": RELEASE},
    "async": {"serving": {**REAL_TIME, "mode": "async"}},
    "shadow": {"serving": REAL_TIME, "rollout": {"strategy": "shadow"}, "challenger": RELEASE},
    "a-b": {"serving": REAL_TIME, "rollout": {"strategy": "a-b"}, "challenger": RELEASE},
    "disks of their own": {
        "serving": {**REAL_TIME, "instance": "ml.g5.xlarge"},
        "training": {"instance": "ml.g5.xlarge"},
    },
    "a server by url": {"tracking": {"mode": "url", "url": "https://mlflow.example.com"}},
    "a tracking server": {
        "network": {"nat": "none"},
        "tracking": {
            "mode": "fargate",
            "domain": "mlflow.example.com",
            "certificate": "arn:aws:acm:eu-west-1:123456789012:certificate/1",
        },
    },
    "a network": {"network": {"nat": "per-zone", "zones": 3}},
    "an image by digest": {"image": {"digest": f"sha256:{SHA}"}},
    "scaled": {
        "serving": REAL_TIME,
        "scaling": {"minInstances": 4, "maxInstances": 20, "metric": "invocations", "target": 900},
        "offHours": {
            "begin": "20:00",
            "end": "07:30",
            "timeZone": "Europe/Amsterdam",
            "minInstances": 2,
            "maxInstances": 4,
        },
    },
    "scaled to none": {
        "serving": {**REAL_TIME, "mode": "async"},
        "scaling": {"minInstances": 0, "maxInstances": 10, "metric": "backlog", "target": 5},
    },
    "batch": {"serving": {"mode": "serverless"}, "batch": {}},
}


def test_the_shipped_environments_break_no_rule(program: Program):
    assert findings(program.resources) == []


@pytest.fixture(scope="module")
def planned_before() -> dict[tuple[str, str], Program]:
    return {}


@pytest.fixture
def mode(project: Callable[..., Any], planned_before: dict[tuple[str, str], Program]) -> Callable[[str, str], Program]:
    """The program of a mode in an environment, planned once for all who ask."""

    def plan(name: str, env: str) -> Program:
        if (name, env) not in planned_before:
            planned_before[name, env] = run(project(PROGRAMS[name], env=env), env)
        return planned_before[name, env]

    return plan


@pytest.mark.slow
@pytest.mark.parametrize("env", ["dev", "prod"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_every_mode_and_strategy_breaks_no_rule(name: str, env: str, mode: Callable[[str, str], Program]):
    assert findings(mode(name, env).resources) == []


def test_every_strategy_is_among_the_programs():
    strategies = Rollout.model_fields["strategy"].annotation.__args__  # ty: ignore[missing-attribute]
    assert set(strategies) <= PROGRAMS.keys()


def test_one_instance_is_enough_in_dev(project: Callable[..., Any]):
    config = {"serving": {"mode": "real-time", "instances": 1}, "rollout": {"strategy": "all-at-once"}}
    assert findings(run(project(config, env="dev"), "dev").resources) == []


def test_data_that_prod_does_not_protect_is_advised_against(project: Callable[..., Any]):
    found = findings(run(project({"data": {"protect": False}}, env="prod"), "prod").resources)
    assert {entry.rule for entry in found} == {"data-is-protected"}
    assert not any(entry.mandatory for entry in found)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "mutation"), [pytest.param(rule, mutation, id=what) for rule, what, mutation in BROKEN]
)
def test_what_is_broken_is_found_by_the_rule_that_should(rule: str, mutation: Mutation, dev: Program, prod: Program):
    assert rule in {entry.rule for entry in findings(mutation(whole(rule, dev, prod).resources))}


def test_every_rule_finds_at_least_one_broken_program():
    assert {rule for rule, _, _ in BROKEN} == {rule.name for rule in RULES}
    assert len({what for _, what, _ in BROKEN}) == len(BROKEN) > 25


def test_a_finding_names_the_resource_the_control_and_what_was_expected(prod: Program):
    assert findings(DATA["topic-is-encrypted"]["a topic in clear"](prod.resources)) == [
        Finding(
            rule="topic-is-encrypted",
            ids=("SNS.1", "CKV_AWS_26"),
            mandatory=True,
            type="aws:sns/topic:Topic",
            name="mlops-demo-prod-notify-topic",
            text="kmsMasterKeyId is not set, expected the ARN of a KMS key",
        )
    ]


def test_a_type_without_a_rule_is_listed_only_where_it_has_none():
    assert not RULED & UNRULED.keys()


@pytest.mark.slow
def test_every_type_that_is_listed_is_made_by_some_mode_or_by_the_account(
    mode: Callable[[str, str], Program], dev: Program, prod: Program, tmp_path: Path
):
    modes = [mode(name, env) for name in PROGRAMS for env in ("dev", "prod")]
    account = run(delivered(tmp_path / "project") / settings.FOLDER, "account")
    made = {entry.type for program in (dev, prod, *modes, account) for entry in program.resources if entry.custom}
    assert made - RULED == set(UNRULED)
