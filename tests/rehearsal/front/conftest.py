"""The models behind the front, with a clock that the test steps, in an empty account."""

from collections.abc import Callable, Generator
from functools import cache
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.config import Config

from infra.rehearsal.front.models.state import Clock
from infra.rehearsal.front.models.table import layer
from tests.rehearsal.front.clusters import Clusters
from tests.rehearsal.front.hosted import Account
from tests.rehearsal.serving import serving

REGION, ACCOUNT = "eu-west-1", "123456789012"


@cache
def boto(url: str, service: str) -> Any:
    """A client of one service, without retries: a refusal is what a test wants to see."""
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
        config=Config(retries={"max_attempts": 1}),
    )


class Stepped(Clock):
    """Stands still until a test moves it on by a number of passing states."""

    def __init__(self) -> None:
        self.time = 0.0
        super().__init__(now=lambda: self.time, lasting=1.0)

    def step(self, states: int = 1) -> None:
        self.time += states


@pytest.fixture(scope="session")
def clock() -> Stepped:
    return Stepped()


@pytest.fixture(scope="session")
def _modelled(clock: Stepped) -> Generator[str]:
    with serving(layer(clock)) as url:
        yield url


@pytest.fixture
def modelled(_modelled: str) -> Callable[[str], Any]:
    """Clients of an empty account, by the service's name."""
    with urlopen(Request(f"{_modelled}/moto-api/reset", method="POST")):  # noqa: S310
        return lambda service: boto(_modelled, service)


@pytest.fixture
def account(modelled, clock) -> Account:
    return Account(modelled, clock)


@pytest.fixture
def served(account) -> Account:
    """The account with the endpoint `e` in service on `old`."""
    account.create()
    account.clock.step()
    assert account.status == "InService"
    return account


@pytest.fixture
def clusters(modelled, clock) -> Clusters:
    return Clusters(modelled, clock)
