"""The shipped dev environment, applied to a mock AWS in this process, and looked at."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from typer.testing import CliRunner, Result

from infra import offline
from infra.rehearsal.apply import Cloud
from infra.rehearsal.aws import Aws
from infra.rehearsal.environment import aws_variables, environment
from infra.rehearsal.moto import front
from infra.status.__main__ import app
from tests.rehearsal.serving import served

REGION = "eu-west-1"


@pytest.fixture(scope="module")
def mock() -> Generator[Aws]:
    """An empty account. All of this process are one to moto."""
    with served(front) as url, urlopen(Request(f"{url}/moto-api/reset", method="POST")):  # noqa: S310
        yield Aws(url, REGION)


@pytest.fixture(scope="module")
def up(mock: Aws, shipped: Path) -> Generator[Aws]:
    """dev is brought up, and its subscriber has confirmed."""
    with environment(aws_variables(mock.endpoint, REGION)):
        offline.run(shipped, "dev", mocks=Cloud(mock))
        confirm(mock)
        yield mock


def confirm(aws: Aws) -> None:
    (found,) = aws.pages("sns", "ListSubscriptions", "Subscriptions")
    token = found["SubscriptionArn"].rpartition(":")[2]
    aws.call("sns", "ConfirmSubscription", TopicArn=found["TopicArn"], Token=token)


@pytest.fixture(scope="module")
def status(up: Aws, shipped: Path) -> Callable[..., Result]:
    """The command, with its environment and options."""
    return lambda *arguments: CliRunner().invoke(app, [*(arguments or ("dev",)), "--root", str(shipped)])


@pytest.fixture
def seen(status: Callable[..., Result]) -> Callable[[], "Seen"]:
    return lambda: Seen(status("dev", "--json"))


class Seen:
    """What the command said, as JSON."""

    def __init__(self, done: Result) -> None:
        document = json.loads(done.stdout)
        self.code, self.parts, self.findings = done.exit_code, document["parts"], document["findings"]

    def of(self, part: str, level: str = "person") -> list[str]:
        """The texts of a part's findings of a level, each with what to do."""
        return [
            f"{found['text']} -> {found['fix']}"
            for found in self.findings
            if (found["part"], found["level"]) == (part, level)
        ]


def name_of(aws: Aws, part: str) -> str:
    """The one alarm whose name has the part."""
    names = [alarm["AlarmName"] for alarm in aws.pages("cloudwatch", "DescribeAlarms", "MetricAlarms")]
    (name,) = [name for name in names if f"-{part}-" in name]
    return name


@contextmanager
def alarmed(aws: Aws, part: str, reason: str = "Threshold Crossed: 1 datapoint") -> Generator[str]:
    """An alarm that is off, until the context ends."""
    name = name_of(aws, part)
    aws.call("cloudwatch", "SetAlarmState", AlarmName=name, StateValue="ALARM", StateReason=reason)
    yield name
    aws.call("cloudwatch", "SetAlarmState", AlarmName=name, StateValue="OK", StateReason="it is over")
