"""The models behind the front, with a clock that the test steps, in an empty account."""

import os
from collections.abc import Callable, Generator
from functools import cache
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.config import Config
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderStub

from infra.rehearsal.credentials import ADMIN
from infra.rehearsal.front.models.state import Clock
from infra.rehearsal.front.models.table import layer
from tests.rehearsal.front.clusters import Clusters
from tests.rehearsal.front.engine import host
from tests.rehearsal.front.hosted import Account
from tests.rehearsal.front.rolled_out import Stack
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


@pytest.fixture(scope="module")
def dynamic_host() -> Generator[ResourceProviderStub]:
    with host({**os.environ, **ADMIN.variables}) as stub:
        yield stub


@pytest.fixture
def stack(
    account: Account, dynamic_host: ResourceProviderStub, _modelled: str, monkeypatch: pytest.MonkeyPatch
) -> Stack:
    for name, value in ADMIN.variables.items():
        monkeypatch.setenv(name, value)
    return Stack(account, dynamic_host, _modelled)
