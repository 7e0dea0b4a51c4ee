"""The image's `function` command under Lambda's runtime client, as a process: the contract of every other server."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from infra.rehearsal.environment import aws_variables, environment
from infra.rehearsal.servers import moto_server
from ml import agreed, bundle
from ml.process import Process
from tests.ml.serving.processes import server
from tests.ml.serving.runtime_api import RuntimeApi
from tests.ml.serving.small_models import ROW, SCHEMA, archive, save

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="Lambda's client is for Linux")]

ROOT = Path(__file__).parents[3]
REGION = "eu-west-1"
COMMAND = [sys.executable, "-m", "awslambdaric", "ml.serving.function.handler"]
SHA256 = bundle.digest(archive())
BODY = json.dumps({"instances": [{**ROW, "prediction_id": "a"}, {**ROW, "weight": 9, "prediction_id": "b"}]}).encode()


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The variables of an S3 that holds a bundle."""
    moto = moto_server(tmp_path_factory.mktemp("moto"))
    with moto.process:
        variables = aws_variables(moto.url, REGION)
        with environment(variables):
            s3 = boto3.client("s3")
            s3.create_bucket(Bucket="models", CreateBucketConfiguration={"LocationConstraint": REGION})
            s3.put_object(Bucket="models", Key=agreed.bundle_key(SHA256), Body=archive())
        yield variables


def started(api: RuntimeApi, folder: Path, variables: dict[str, str]) -> Process:
    return Process(
        COMMAND,
        name="function",
        log=folder / "log",
        output=folder / "stdout",
        ready=lambda: True,
        env={"AWS_LAMBDA_RUNTIME_API": api.address, "PYTHONPATH": str(ROOT), **variables},
    )


def release(sha256: str = SHA256) -> dict[str, str]:
    return {"MLOPS_MODEL_URL": f"s3://models/{agreed.bundle_key(SHA256)}", "MLOPS_MODEL_SHA256": sha256}


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("function")


@pytest.fixture(scope="module")
def function(aws: dict[str, str], lines: Path) -> Iterator[RuntimeApi]:
    """A function that serves the bundle."""
    with RuntimeApi() as api, started(api, lines, {**aws, **release()}):
        yield api


def test_it_answers_health_checks_and_the_v2_protocol(function: RuntimeApi):
    assert function.call("GET", "/ping")[0] == 200
    assert function.call("GET", "/v2/health/ready")[0] == 200
    status, _headers, body = function.call("GET", f"/v2/models/{SCHEMA.name}")
    assert (status, json.loads(body)["versions"]) == (200, [bundle.release(SHA256)])
    status, headers, body = function.call("GET", "/metrics")
    assert (status, headers["content-type"].startswith("text/plain"), b"mlops_" in body) == (200, True, True)


def test_it_answers_as_the_server_does(function: RuntimeApi, tmp_path: Path):
    import httpx

    path, sha256 = save(tmp_path)
    process, port = server(tmp_path, path, sha256)
    with process:
        expected = httpx.post(
            f"http://127.0.0.1:{port}/invocations", content=BODY, headers={"content-type": "application/json"}
        )
    for as_base64 in (False, True):
        status, headers, body = function.call(
            "POST", "/invocations", BODY, as_base64=as_base64, content_type="application/json"
        )
        assert (status, json.loads(body)) == (200, expected.json())
        assert headers["x-mlops-release"] == expected.headers["x-mlops-release"]


def test_csv_and_the_v2_protocol_are_taken(function: RuntimeApi):
    table = b"weight,size,distance\n2.5,large,7\n,small,1\n"
    status, _headers, body = function.call("POST", "/invocations", table, content_type="text/csv")
    assert (status, len(json.loads(body)["predictions"])) == (200, 2)
    inputs = [{"name": name, "shape": [1], "datatype": kind, "data": [value]} for name, kind, value in V2]
    asked = json.dumps({"inputs": inputs}).encode()
    status, _headers, body = function.call(
        "POST", f"/v2/models/{SCHEMA.name}/infer", asked, content_type="application/json"
    )
    assert status == 200, body


V2 = [("weight", "FP32", 2.5), ("size", "BYTES", "large"), ("distance", "FP32", 7)]


def test_what_is_wrong_with_a_request_is_said_with_the_field(function: RuntimeApi):
    bad = json.dumps({"instances": [{**ROW, "weight": "heavy"}]}).encode()
    status, _headers, body = function.call("POST", "/invocations", bad, content_type="application/json")
    assert (status, json.loads(body)["error"]["field"]) == (400, "weight")
    assert function.call("POST", "/invocations", b"{", content_type="application/json")[0] == 400
    assert function.call("POST", "/invocations", b"<a/>", content_type="application/xml")[0] == 415
    assert function.call("GET", "/invocations")[0] == 405
    assert function.call("GET", "/elsewhere")[0] == 404


def test_each_prediction_is_captured_once_and_before_its_answer(function: RuntimeApi, lines: Path):
    rows = [{**ROW, "prediction_id": f"once-{row}"} for row in range(3)]
    body = json.dumps({"instances": rows}).encode()
    status, _headers, _body = function.call(
        "POST",
        "/invocations",
        body,
        content_type="application/json",
        x_amzn_sagemaker_custom_attributes="event_time=2024-05-01T00:00:00+00:00",
    )
    assert status == 200
    seen = [json.loads(line) for line in (lines / "stdout").read_text().splitlines() if "once-" in line]
    assert [line["id"] for line in seen] == ["once-0", "once-1", "once-2"]
    assert {line["event_time"] for line in seen} == {"2024-05-01T00:00:00+00:00"}
    assert {(line["capture"], line["release"]) for line in seen} == {(1, bundle.release(SHA256))}


@pytest.mark.parametrize(
    ("variables", "code", "reason"),
    [
        (release("b" * 64), 65, "expected " + "b" * 64),
        ({**release(), "MLOPS_MODEL_URL": "s3://models/none"}, 65, "s3://models/none does not exist"),
        ({**release(), "MLOPS_MODEL_URL": ""}, 78, "has a sha256 only, expected both or none"),
    ],
)
def test_a_bundle_that_must_not_serve_ends_it_with_a_sentence(
    aws: dict[str, str], variables: dict[str, str], code: int, reason: str
):
    with RuntimeApi() as api:
        environ = {"PATH": "/usr/bin:/bin", "AWS_LAMBDA_RUNTIME_API": api.address, **aws, **variables}
        done = subprocess.run(COMMAND, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code, done.stderr
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_release_the_baseline_answers(aws: dict[str, str], tmp_path: Path):
    with RuntimeApi() as api, started(api, tmp_path, aws):
        assert api.call("GET", "/ping")[0] == 200
