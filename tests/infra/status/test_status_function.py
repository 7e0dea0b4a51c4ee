"""make status on an environment that serves by a function."""

from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra import offline
from infra.rehearsal.apply import Cloud
from infra.rehearsal.aws import Aws
from infra.rehearsal.environment import aws_variables, environment
from infra.rehearsal.moto import front
from infra.status.__main__ import app
from tests.infra.status.conftest import REGION, Seen
from tests.rehearsal.serving import served
from tests.rehearsal.stack import RELEASE, stack

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Aws, Path]]:
    root = stack(tmp_path_factory.mktemp("shop"), "shop", "dev", {"serving": {"mode": "lambda"}, "model": RELEASE})
    with served(front) as url, environment(aws_variables(url, REGION)):
        aws = Aws(url, REGION)
        offline.run(root, "dev", mocks=Cloud(aws))
        yield aws, root


@pytest.fixture
def look(up: tuple[Aws, Path]) -> Callable[[], Seen]:
    def run() -> Seen:
        done = CliRunner().invoke(app, ["dev", "--json", "--root", str(up[1])])
        assert not done.exception or isinstance(done.exception, SystemExit), done.exception
        return Seen(done)

    return run


def test_the_version_that_answers_is_shown_with_its_release(look: Callable[[], Seen]):
    seen = look()
    assert seen.of("endpoint", "fine") == ["version 1 answers: release aaaaaaaaaaaa, 2048 MB -> "]
    assert seen.of("endpoint") == []


def test_a_canary_that_nobody_ends_and_another_release_need_a_person(up: tuple[Aws, Path], look: Callable[[], Seen]):
    aws, _root = up
    aws.call("lambda", "UpdateFunctionConfiguration", FunctionName="shop-dev", Environment={"Variables": {}})
    version = aws.call("lambda", "PublishVersion", FunctionName="shop-dev")["Version"]
    weights = {"AdditionalVersionWeights": {version: 0.2}}
    alias = {"FunctionName": "shop-dev", "Name": "live"}
    aws.call("lambda", "UpdateAlias", **alias, FunctionVersion="1", RoutingConfig=weights)
    (said,) = look().of("endpoint")
    assert said == f"version {version} has 20% of the requests and no `pulumi up` ends it -> pulumi up --stack dev"
    aws.call("lambda", "UpdateAlias", **alias, FunctionVersion=version, RoutingConfig={"AdditionalVersionWeights": {}})
    (said,) = look().of("endpoint")
    assert said.startswith(f"version {version} runs release none (the baseline), the settings have aaaaaaaaaaaa")
    aws.call("lambda", "DeleteAlias", FunctionName="shop-dev", Name="live")
    (said,) = look().of("endpoint")
    assert said.startswith("there is no function shop-dev with an alias live")
