"""`make mlflow`: a relay is started, and stopped whatever happens; what is missing is said with its fix."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from infra import visit
from infra.visit import VisitError
from tests.infra.planned import settings_of

PREFIX = "mlops-demo-prod"
CLUSTER = f"arn:aws:ecs:eu-west-1:123456789012:cluster/{PREFIX}-mlflow-cluster-1"
TASK = f"arn:aws:ecs:eu-west-1:123456789012:task/{PREFIX}-mlflow-cluster-1/0a1b"
FARGATE = settings_of(network={}, tracking={"mode": "fargate"})


class Account:
    """ECS as a visit meets it: the task's states in turn."""

    def __init__(self, *states: dict[str, Any], clusters: list[str] | None = None, tasks: int = 1) -> None:
        self.states, self.tasks = list(states), tasks
        self.clusters = [CLUSTER] if clusters is None else clusters
        self.asked: dict[str, Any] = {}
        self.stopped: list[str] = []

    def __call__(self, _service: str) -> Any:
        return self

    def get_paginator(self, _operation: str) -> Any:
        return self

    def paginate(self) -> list[dict[str, Any]]:
        return [{"clusterArns": self.clusters}]

    def list_services(self, **_request: Any) -> dict[str, Any]:
        return {"serviceArns": ["a"]}

    def describe_services(self, **_request: Any) -> dict[str, Any]:
        return {"services": [{"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}}]}

    def describe_security_groups(self, **_request: Any) -> dict[str, Any]:
        return {"SecurityGroups": [{"GroupId": "sg-1"}]}

    def run_task(self, **request: Any) -> dict[str, Any]:
        self.asked = request
        failures = [] if self.tasks else [{"reason": "Capacity is unavailable at this time"}]
        return {"tasks": [{"taskArn": TASK}] * self.tasks, "failures": failures}

    def describe_tasks(self, **_request: Any) -> dict[str, Any]:
        return {"tasks": [self.states.pop(0) if len(self.states) > 1 else self.states[0]]}

    def stop_task(self, *, task: str, **_request: Any) -> None:
        self.stopped.append(task)


STARTING = {"lastStatus": "PENDING", "containers": [{"managedAgents": []}]}
READY = {
    "lastStatus": "RUNNING",
    "containers": [
        {"runtimeId": "0a1b-2", "managedAgents": [{"name": "ExecuteCommandAgent", "lastStatus": "RUNNING"}]}
    ],
}


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(visit, "LOOK_SECONDS", 0.01)


def test_a_relay_is_private_is_waited_for_and_is_stopped_at_the_end():
    account = Account(STARTING, READY)
    with visit.relay(account, PREFIX) as target:
        assert target == f"ecs:{PREFIX}-mlflow-cluster-1_0a1b_0a1b-2"
        assert account.stopped == []
    assert account.stopped == [TASK]
    placed = account.asked["networkConfiguration"]["awsvpcConfiguration"]
    assert placed == {"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED"}
    assert account.asked["taskDefinition"] == f"{PREFIX}-mlflow-relay"


@pytest.mark.parametrize("end", [KeyboardInterrupt, RuntimeError])
def test_it_is_stopped_when_the_visit_is_cut_off(end: type[BaseException]):
    account = Account(READY)
    with pytest.raises(end), visit.relay(account, PREFIX):
        raise end
    assert account.stopped == [TASK]


@pytest.mark.parametrize(
    ("account", "said"),
    [
        (Account({"lastStatus": "STOPPED", "stoppedReason": "no image", "containers": []}), "stopped: no image"),
        (Account(STARTING), "the relay was not ready after 0 s: see its log group"),
        (Account(READY, tasks=0), "ECS starts no relay: Capacity is unavailable"),
        (Account(READY, clusters=[]), f"there is no cluster {PREFIX}-mlflow-... here: run `pulumi up`"),
    ],
)
def test_why_there_is_no_relay_is_said(account: Account, said: str):
    with pytest.raises(VisitError) as caught, visit.relay(account, PREFIX, seconds=0.05):
        pytest.fail("there is none")
    assert said in str(caught.value)
    assert account.stopped == ([TASK] if account.asked and account.tasks else [])


@pytest.mark.parametrize(
    ("settings", "programs", "said"),
    [
        (settings_of(), (), "tracking.mode is managed: `aws sagemaker create-presigned-mlflow-app-url --arn`"),
        (
            settings_of(tracking={"mode": "url", "url": "https://a.example.com"}),
            (),
            "the server is https://a.example.com",
        ),
        (FARGATE, (), "the AWS CLI is not on the path: install it"),
        (FARGATE, ("aws",), "session-manager-plugin is not on the path: install it, docs.aws"),
    ],
)
def test_what_is_missing_is_said_with_its_fix(settings, programs, said, tmp_path: Path, monkeypatch):
    for name in programs:
        (tmp_path / name).touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(VisitError) as caught:
        visit.needs(settings)
    assert said in str(caught.value)


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """No credentials, wherever botocore looks for them."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")


@pytest.mark.usefixtures("nobody")
def test_without_credentials_it_says_to_have_some():
    with pytest.raises(VisitError, match=r"^AWS could not be asked .*: have AWS credentials at hand"):
        visit.credentials("eu-west-1")


@pytest.mark.usefixtures("nobody")
def test_with_credentials_and_without_a_network_it_says_to_look_at_the_network(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "someone's")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(VisitError, match=r"Could not connect .*: see that this machine reaches AWS: its network"):
        visit.credentials("eu-west-1")


def test_the_port_is_forwarded_to_the_load_balancer_by_the_cli(tmp_path: Path, monkeypatch):
    script = tmp_path / "aws"
    script.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\nexit 3\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert visit.forward("ecs:a_b_c", "internal.example.com", "eu-west-1") == 3
    asked = (tmp_path / "asked").read_text()
    assert "ssm start-session --region eu-west-1 --target ecs:a_b_c" in asked
    assert "AWS-StartPortForwardingSessionToRemoteHost" in asked
    assert "host=internal.example.com,portNumber=443,localPortNumber=8443" in asked


def test_an_environment_that_has_no_such_server_exits_with_2_and_no_traceback(shipped: Path):
    done = CliRunner().invoke(visit.app, ["dev", "--root", str(shipped)])
    assert done.exit_code == 2
    assert "tracking.mode is managed" in done.stderr
    assert "Traceback" not in done.output
