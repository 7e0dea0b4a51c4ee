"""One moto server in this process, empty for each test, and programs of a few lines applied to it."""

from collections.abc import Generator
from pathlib import Path
from textwrap import dedent
from urllib.request import Request, urlopen

import pytest

from infra import offline
from infra.rehearsal import account
from infra.rehearsal.apply import Cloud
from infra.rehearsal.aws import Aws
from infra.rehearsal.destroy import Leftovers, destroy
from infra.rehearsal.entry import Resource
from infra.rehearsal.environment import aws_variables, environment
from infra.rehearsal.moto import front
from infra.rehearsal.table import inventory
from tests.infra.planned import SHIPPED
from tests.rehearsal.sent import RecordingAws
from tests.rehearsal.serving import served
from tests.rehearsal.stack import shipped as written

REGION = "eu-west-1"


@pytest.fixture(scope="session")
def _account() -> Generator[Aws]:
    with served(front) as url:
        yield Aws(url, REGION)


@pytest.fixture
def aws(_account: Aws) -> Aws:
    """An empty account."""
    return emptied(_account)


def emptied(account: Aws) -> Aws:
    reset = Request(f"{account.endpoint}/moto-api/reset", method="POST")  # noqa: S310
    with urlopen(reset):  # noqa: S310
        return account


@pytest.fixture(scope="session")
def before(_account: Aws) -> set[str]:
    """What an empty account holds."""
    return inventory(emptied(_account))


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the environments that are shipped, whatever settings this project has come to."""
    return written(tmp_path_factory.mktemp("shipped"))


@pytest.fixture(scope="session")
def sent(_account: Aws, shipped: Path) -> RecordingAws:
    """What the rehearsal of each environment that is shipped sends."""
    recorder = RecordingAws(_account.endpoint, REGION)
    with environment(aws_variables(recorder.endpoint, REGION)):
        for env in SHIPPED:
            account.prepare(shipped, env, _account)
            offline.run(shipped, env, mocks=Cloud(recorder))
    return recorder


def project(folder: Path, program: str) -> Path:
    """A Pulumi project with one environment, `dev`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text(f"config:\n  aws:region: {REGION}\n")
    header = "import json\nimport pulumi\nimport pulumi_aws as aws\n"
    (folder / "__main__.py").write_text(header + dedent(program))
    return folder


class Bench:
    """Applies small programs to the empty account; `cloud` is that of the last one."""

    def __init__(self, aws: Aws, folder: Path, before: set[str]) -> None:
        self.aws, self.folder, self.before = aws, folder, before
        self.cloud = Cloud(aws)

    def __call__(self, program: str) -> offline.Program:
        self.cloud = Cloud(self.aws)
        with environment(aws_variables(self.aws.endpoint, REGION)):
            return offline.run(project(self.folder, program), "dev", mocks=self.cloud)

    def made(self, name: str) -> Resource:
        """What became of the resource with a logical name."""
        return next(resource for resource in self.cloud.resources if resource.name == name)

    def destroy(self) -> Leftovers:
        with environment(aws_variables(self.aws.endpoint, REGION)):
            return destroy(self.cloud.resources, self.aws, before=self.before)


@pytest.fixture
def apply(before: set[str], aws: Aws, tmp_path: Path) -> Bench:
    return Bench(aws, tmp_path / "project", before)
