"""A real MLflow server over a moto server: what it lets in."""

import base64
import json
from collections.abc import Generator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from infra.rehearsal.aws import Aws
from infra.rehearsal.servers import Mlflow, mlflow_server, moto_server

pytestmark = pytest.mark.slow

CLOSED = [
    ("GET", "/"),
    ("POST", "/api/2.0/mlflow/experiments/search"),
    ("POST", "/api/2.0/mlflow/registered-models/create"),
    ("GET", "/ajax-api/2.0/mlflow/experiments/get?experiment_id=0"),
    ("GET", "/ajax-api/3.0/jobs"),
    ("POST", "/ajax-api/3.0/jobs/search"),
    ("POST", "/v1/traces"),
    ("POST", "/ajax-api/3.0/mlflow/scorer/invoke"),
    ("GET", "/api/2.0/mlflow/webhooks"),
    ("GET", "/api/2.0/mlflow-artifacts/artifacts"),
    ("PUT", "/api/2.0/mlflow-artifacts/artifacts/x"),
    ("POST", "/api/2.0/mlflow-artifacts/mpu/create/x"),
    ("POST", "/graphql"),
    ("POST", "/gateway/x"),
    ("GET", "/metrics"),
    ("GET", "/version"),
    ("GET", "/docs"),
    ("GET", "/openapi.json"),
    ("GET", "/api/2.0/mlflow/users/get?username=admin"),
    ("POST", "/api/2.0/mlflow/users/create"),
]
OPEN_BY_DESIGN = ["/health", "/api/3.0/mlflow/server-info", "/ajax-api/3.0/mlflow/server-info"]


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def ask(url: str, method: str, path: str, headers: dict[str, str] | None = None, body: str | None = None):
    connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def account(tmp_path_factory) -> Generator[Aws]:
    server = moto_server(tmp_path_factory.mktemp("moto"))
    with server.process:
        aws = Aws(server.url, "us-east-1")
        aws.call("s3", "CreateBucket", Bucket="artifacts")
        yield aws


@pytest.fixture(scope="module")
def mlflow(account: Aws, tmp_path_factory) -> Generator[Mlflow]:
    server = mlflow_server(tmp_path_factory.mktemp("mlflow"), "s3://artifacts/mlflow", account.endpoint, account.region)
    with server.process:
        yield server


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_without_credentials_a_route_is_closed(mlflow, method, path):
    assert ask(mlflow.url, method, path, body=None if method == "GET" else "{}")[0] == 401


@pytest.mark.parametrize("path", OPEN_BY_DESIGN)
def test_what_is_open_by_design_is_open(mlflow, path):
    assert ask(mlflow.url, "GET", path)[0] == 200


def test_no_well_known_password_is_let_in_and_the_runs_own_is(mlflow):
    search = ("POST", "/api/2.0/mlflow/experiments/search")
    for password in ("password1234", "password", ""):
        assert ask(mlflow.url, *search, basic("admin", password), '{"max_results": 1}')[0] == 401
    assert len(mlflow.password) >= 12
    assert ask(mlflow.url, *search, basic(mlflow.user, mlflow.password), '{"max_results": 1}')[0] == 200


def test_a_new_user_may_do_nothing_until_told(mlflow):
    admin, someone = basic(mlflow.user, mlflow.password), basic("someone", "a-long-password")
    user = json.dumps({"username": "someone", "password": "a-long-password"})
    assert ask(mlflow.url, "POST", "/api/2.0/mlflow/users/create", admin, user)[0] == 200
    assert ask(mlflow.url, "GET", "/api/2.0/mlflow/experiments/get?experiment_id=0", someone)[0] == 403
    assert ask(mlflow.url, "GET", "/api/2.0/mlflow/experiments/get?experiment_id=0", admin)[0] == 200


def test_another_host_another_origin_and_a_frame_are_refused(mlflow):
    admin = basic(mlflow.user, mlflow.password)
    search = ("POST", "/api/2.0/mlflow/experiments/search")
    assert ask(mlflow.url, *search, {**admin, "Host": "evil.example.com"}, '{"max_results": 1}')[0] == 403
    assert ask(mlflow.url, *search, {**admin, "Origin": "https://evil.example.com"}, '{"max_results": 1}')[0] == 403
    headers = ask(mlflow.url, "GET", "/", admin)[1]
    assert {name.lower(): value for name, value in headers.items()}["x-frame-options"] == "DENY"


def test_artifacts_go_through_the_server_into_the_bucket(mlflow, account):
    admin = basic(mlflow.user, mlflow.password)
    assert ask(mlflow.url, "PUT", "/api/2.0/mlflow-artifacts/artifacts/0/x/y.txt", admin, "hello")[0] == 200
    stored = account.call("s3", "GetObject", Bucket="artifacts", Key="mlflow/0/x/y.txt")
    assert stored["Body"].read() == b"hello"


def test_a_model_version_from_elsewhere_is_refused(mlflow):
    admin = basic(mlflow.user, mlflow.password)
    ask(mlflow.url, "POST", "/api/2.0/mlflow/registered-models/create", admin, '{"name": "churn"}')
    for source, allowed in [("s3://artifacts/x", True), ("s3://elsewhere/x", False), ("file:///etc/passwd", False)]:
        body = json.dumps({"name": "churn", "source": source})
        status = ask(mlflow.url, "POST", "/api/2.0/mlflow/model-versions/create", admin, body)[0]
        assert (status == 200) is allowed, source
