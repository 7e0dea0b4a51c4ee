"""An account to examine: moto, with answers planted in front of it where moto has none."""

import os
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from infra import stackfiles
from infra.doctor import needs
from infra.doctor.examination import examine
from infra.doctor.result import Result
from infra.offline import Program, Resource
from infra.rehearsal.aws import Aws
from infra.rehearsal.environment import aws_variables, environment
from infra.rehearsal.front.call import Call
from infra.rehearsal.front.errors import ApiError
from infra.rehearsal.front.models import table
from tests.rehearsal.serving import serving

REGION = "eu-west-1"
PLENTY = 1000


class Account:
    """What the account answers, and what it refuses."""

    def __init__(self) -> None:
        self.quotas: dict[str, float | None] = {}
        """Values of quotas by name; None for one that is not listed, and plenty of all others."""
        self.denied: set[str] = set()
        self.answers: dict[str, Mapping[str, Any] | ApiError] = {}
        self.needed: set[str] = set()

    def __call__(self, call: Call) -> Mapping[str, Any] | None:
        if call.name in self.denied:
            raise ApiError("AccessDeniedException", f"no policy allows {call.name}", 403)
        answer = self.answers.get(call.name)
        if isinstance(answer, ApiError):
            raise answer
        if call.name == "service-quotas:ListAWSDefaultServiceQuotas":
            return {"Quotas": []}
        if call.name == "service-quotas:ListServiceQuotas":
            values = dict.fromkeys(self.needed, PLENTY) | self.quotas
            listed = [(name, value) for name, value in values.items() if value is not None]
            return {"Quotas": [{"QuotaName": name, "QuotaCode": "L-1", "Value": value} for name, value in listed]}
        return answer


@pytest.fixture(scope="session")
def _served() -> Generator[tuple[str, list[Account]]]:
    current: list[Account] = []
    with serving(lambda call: current[-1](call), table.layer()) as url:
        yield url, current


@pytest.fixture
def account(_served: tuple[str, list[Account]]) -> Account:
    """An account of which nothing is known yet."""
    url, current = _served
    with urlopen(Request(f"{url}/moto-api/reset", method="POST")):  # noqa: S310
        current.append(Account())
    return current[-1]


@pytest.fixture
def aws(_served: tuple[str, list[Account]], account: Account) -> Generator[Aws]:
    url, _current = _served
    with environment({**aws_variables(url, REGION), "PATH": os.environ["PATH"]}):
        yield Aws(url, REGION)


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a `pulumi` on the path that says a version."""

    def put(version: str, status: int = 0) -> None:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        program = folder / "pulumi"
        program.write_text(f"#!/bin/sh\necho '{version}'\nexit {status}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    return put


@pytest.fixture
def examined(aws: Aws, account: Account, pulumi, shipped: Path) -> Callable[..., list[Result]]:
    """What the doctor finds in an environment of the shipped project, or of another."""

    def run(program: Program, root: Path = shipped) -> list[Result]:
        pulumi("v3.250.0")
        account.needed |= {need.quota for need in needs.of(program)}
        settings = stackfiles.settings(root, program.environment)
        return list(examine(root, program, settings))

    return run


def resource(type_: str, name: str = "x", **inputs: Any) -> Resource:
    """A resource as a program would have registered it."""
    return Resource(
        urn=f"urn:{type_}::{name}", type=type_, name=name, parent="", inputs=inputs, dependencies=(),
        protect=False, retain_on_delete=False, custom=True, request=None,
    )  # fmt: skip


def program(*resources: Resource, environment: str = "dev") -> Program:
    return Program(project="mlops-demo", environment=environment, resources=list(resources), outputs={})


def only(results: list[Result], check: str, level: str) -> Result:
    """The one result of a check at a level."""
    found = [result for result in results if (result.check, result.level) == (check, level)]
    assert len(found) == 1, results
    return found[0]
