"""Serving on Lambda, rehearsed: the function's own command runs as a process under its role and fetches its release."""

import os
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from infra.rehearsal.aws import Aws
from infra.rehearsal.rehearse import Rehearsal, rehearse
from ml import agreed, bundle, features, released
from ml.baseline import bundle_bytes
from ml.dataset import SCHEMA, START, arrivals
from ml.process import Process
from ml.serving.delivery import parse
from ml.store import Bucket
from tests.ml.serving.runtime_api import RuntimeApi
from tests.rehearsal.stack import RELEASE, stack
from tests.rehearsal.statements import policies, surviving

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(sys.platform != "linux", reason="Lambda's client is for Linux"),
]

SHA256 = bundle.digest(bundle_bytes())
END = START + timedelta(days=2)


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    folder = tmp_path_factory.mktemp("function")
    settings = {"serving": {"mode": "lambda"}, "model": RELEASE, "data": {"protect": False}}
    with rehearse(stack(folder, "shop", "dev", settings), "dev", folder / "servers") as made:
        place = {"Bucket": made.outputs["buckets"]["models"], "Key": agreed.bundle_key(SHA256)}
        made.aws.call("s3", "PutObject", **place, Body=bundle_bytes(), IfNoneMatch="*")
        yield made


def address(rehearsal: Rehearsal) -> str:
    return f"s3://{rehearsal.outputs['buckets']['models']}/{agreed.bundle_key(SHA256)}"


def test_the_function_fetches_its_release_under_its_role_and_answers_and_captures(rehearsal: Rehearsal, tmp_path: Path):
    config = rehearsal.aws.call("lambda", "GetFunction", FunctionName="shop-dev")["Configuration"]
    assert config["ImageConfigResponse"]["ImageConfig"]["Command"] == ["function"]
    own = config["Environment"]["Variables"]
    assert (own["MLOPS_MODEL_URL"], own["MLOPS_MODEL_SHA256"]) == (RELEASE["url"], RELEASE["sha256"])
    # The settings were written before the bucket had a name.
    variables = {**own, "MLOPS_MODEL_URL": address(rehearsal), "MLOPS_MODEL_SHA256": SHA256}
    frame = features.build(arrivals(START, END), start=START, end=END).head(2)
    rows = frame.select("prediction_id", *SCHEMA.names).to_dicts()
    with RuntimeApi() as api, rehearsal.acting("serve"):
        started = Process(
            [sys.executable, "-m", "awslambdaric", "ml.serving.function.handler"],
            name="function",
            log=tmp_path / "log",
            output=tmp_path / "stdout",
            ready=lambda: True,
            env={**os.environ, **variables, "AWS_LAMBDA_RUNTIME_API": api.address},
        )
        with started:
            status, _headers, body = api.call(
                "POST", "/invocations", bundle._json({"instances": rows}), content_type="application/json"
            )
    assert status == 200, body
    lines = [line for line in map(parse, (tmp_path / "stdout").read_bytes().splitlines()) if line]
    assert [line["id"] for line in lines] == [row["prediction_id"] for row in rows]
    assert {line["release"] for line in lines} == {bundle.release(SHA256)}


def test_each_statement_of_its_roles_is_needed(rehearsal: Rehearsal):
    def serve() -> None:
        with rehearsal.acting("serve"):
            released.archive(address(rehearsal), SHA256)
            # A release that is not there is told from one that may not be read.
            with pytest.raises(bundle.BundleError, match="does not exist"):
                released.archive(f"{address(rehearsal)}.none", SHA256)

    def call() -> None:
        with rehearsal.acting("call"):
            tables = Bucket(rehearsal.outputs["buckets"]["tables"])
            assert tables.get("a") == b"rows"
            assert tables.get("none") is None

    rehearsal.aws.call("s3", "PutObject", Bucket=rehearsal.outputs["buckets"]["tables"], Key="a", Body=b"rows")
    for ending, exercise in (("-endpoint-role", serve), ("-access-caller", call)):
        exercise()
        ((role, policy, document),) = policies(rehearsal.aws, ending)
        assert surviving(rehearsal.aws, role, policy, document, exercise) == []


def test_the_repository_s_policy_is_what_lets_lambda_pull(rehearsal: Rehearsal):
    aws: Aws = rehearsal.aws
    (repository,) = aws.call("ecr", "DescribeRepositories")["repositories"]
    name = repository["repositoryName"]
    text = aws.call("ecr", "GetRepositoryPolicy", repositoryName=name)["policyText"]
    aws.call("ecr", "DeleteRepositoryPolicy", repositoryName=name)
    with pytest.raises(Exception, match="ecr:BatchGetImage"), rehearsal.acting("serve"):
        pytest.fail("it must not start")
    aws.call("ecr", "SetRepositoryPolicy", repositoryName=name, policyText=text)
    with rehearsal.acting("serve"):
        pass


def test_its_lines_are_delivered_and_nothing_is_left(rehearsal: Rehearsal):
    with rehearsal.acting("deliver"):
        key = f"capture/{rehearsal.outputs['endpoint_name']}/2013-01-01/lines.jsonl.gz"
        Bucket(rehearsal.outputs["buckets"]["capture"]).put(key, b"")
    assert not rehearsal.destroy()
