"""What the task's server answers to somebody without a password, on every route that it has."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from infra.source import ROOT
from tests.rehearsal.server.task import Task
from tracking import server
from tracking.configuration import CLIENT

pytestmark = pytest.mark.slow

OPEN_BY_DESIGN = {"/health", "/api/3.0/mlflow/server-info", "/ajax-api/3.0/mlflow/server-info"}
OF_PAGES = ("/static", "/favicon.ico")
"""What MLflow answers for its pages, which hold no data."""
SEARCH = "/api/2.0/mlflow/experiments/search"


@pytest.fixture(scope="module")
def every_route(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    folder = tmp_path_factory.mktemp("routes")
    (folder / "auth.ini").write_text(server.auth_file(f"sqlite:///{folder / 'auth.db'}"))
    variables = {
        **server.variables(folder / "auth.ini", "models"),
        "MLFLOW_AUTH_ADMIN_PASSWORD": "of nobody in particular",
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "a",
        "_MLFLOW_SERVER_FILE_STORE": f"sqlite:///{folder / 'mlflow.db'}",
        "_MLFLOW_SGI_NAME": "uvicorn",
    }
    command = [sys.executable, "-W", "ignore", "-m", "tests.rehearsal.server.routes"]
    done = subprocess.run(command, env={**os.environ, **variables}, cwd=ROOT, check=True, capture_output=True)
    return [(method, path) for method, path in json.loads(done.stdout.splitlines()[-1])]


def test_without_a_password_every_route_is_closed_but_those_that_are_open_by_design(task: Task, every_route):
    assert len(every_route) > 450
    with ThreadPoolExecutor(8) as asking:
        answers = asking.map(lambda route: task.ask(*route, user=None).status_code, every_route)
    let_in = {path for (_, path), status in zip(every_route, answers, strict=True) if status != 401}
    assert {path for path in let_in if not path.startswith(OF_PAGES)} == OPEN_BY_DESIGN


@pytest.mark.parametrize("path", ["/graphql", "/metrics", "/version", "/docs", "/openapi.json", "/", "/no-such-page"])
def test_without_a_password_no_page_is_shown(task: Task, path: str):
    assert task.ask("GET", path, user=None).status_code == 401


@pytest.mark.parametrize("password", ["password1234", "password", "admin", ""])
def test_no_well_known_password_lets_the_administrator_in(task: Task, password: str):
    own, task.passwords["admin"] = task.passwords["admin"], password
    try:
        assert task.ask("POST", SEARCH, max_results=1).status_code == 401
    finally:
        task.passwords["admin"] = own


@pytest.mark.parametrize(("host", "status"), [("localhost:8443", 200), ("evil.example.com", 403)])
def test_the_server_answers_to_the_names_that_it_was_given(task: Task, host: str, status: int):
    assert task.ask("POST", SEARCH, host=host, max_results=1).status_code == status


def test_a_user_sees_nothing_of_what_another_made(task: Task):
    made = task.ask("POST", "/api/2.0/mlflow/experiments/create", name="the administrator's own").json()
    look = f"/api/2.0/mlflow/experiments/get?experiment_id={made['experiment_id']}"
    assert task.ask("GET", look).status_code == 200
    assert task.ask("GET", look, CLIENT).status_code == 403


def test_a_model_version_is_not_taken_from_elsewhere(task: Task):
    model = "/api/2.0/mlflow/registered-models/create"
    assert task.ask("POST", model, CLIENT, name="flights").status_code == 200
    version = "/api/2.0/mlflow/model-versions/create"
    asked = {"name": "flights", "source": "s3://elsewhere/candidates/x/model.tar.gz"}
    assert task.ask("POST", version, CLIENT, **asked).status_code == 400
    asked["source"] = "s3://models/candidates/x/model.tar.gz"
    assert task.ask("POST", version, CLIENT, **asked).status_code == 200
