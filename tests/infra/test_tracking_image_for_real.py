"""The MLflow server's image, built and run as its task's definition says, on a real PostgreSQL and a mock AWS."""

from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from infra.certificate import issued
from infra.offline import Program
from infra.source import TRACKING
from tests.infra import containers
from tests.infra.planned import mlflow_container
from tests.rehearsal.server.postgres import HOST
from tests.rehearsal.server.task import Start, Task, running
from tracking.configuration import CLIENT
from tracking.server import ADMIN

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(containers.BUILD_SECONDS * 2),
    pytest.mark.skipif(bool(containers.missing()), reason=containers.missing() or "-"),
]
NAME = "localhost/mlops-tracking"
SEARCH = "/api/2.0/mlflow/experiments/search"
CERTIFICATE, KEY, AUTHORITY, _EXPIRES = issued([HOST])


@contextmanager
def served(folder: Path) -> Generator[str]:
    """The address of a folder's files."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> str:
    """For this machine's architecture, and with the authority of the test's database in the place of RDS's."""
    authorities, folder = tmp_path_factory.mktemp("authorities"), tmp_path_factory.mktemp("image")
    (authorities / "bundle.pem").write_bytes(AUTHORITY)
    with served(authorities) as url:
        return containers.build(
            TRACKING, architecture=containers.HERE, into=NAME, folder=folder, DATABASE_CA=f"{url}/bundle.pem"
        )


@pytest.fixture(scope="module")
def config(image: str) -> dict[str, Any]:
    return containers.described(image)["config"]["config"]


@pytest.fixture(scope="module")
def definition(prod: Program) -> dict[str, Any]:
    return mlflow_container(prod)


@pytest.fixture(scope="module")
def writable(definition: dict[str, Any]) -> list[str]:
    """What can be written to in the task's container."""
    assert definition["readonlyRootFilesystem"] is True
    return [mount["containerPath"] for mount in definition["mountPoints"] if not mount["readOnly"]]


@pytest.fixture(scope="module")
def task(
    image: str,
    config: dict[str, Any],
    definition: dict[str, Any],
    writable: list[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Generator[Task]:
    log = tmp_path_factory.mktemp("task") / "task.log"
    told = {entry["name"]: entry["value"] for entry in definition["environment"]}
    with containers.read_only(image, user=definition["user"], writable=writable) as starter, containers.alone():
        start = Start(starter=starter, command=config["Entrypoint"], told=told)
        with running(log, (CERTIFICATE, KEY), start) as started:
            yield started


def test_it_is_one_image_with_a_docker_manifest(image: str):
    containers.assert_one_image(image, containers.described(image)["manifest"], containers.HERE)


def test_it_holds_no_compiler(image: str):
    assert containers.tools(image, containers.COMPILERS) == []


def test_it_names_user_and_volume_as_its_task_s_definition_does(
    config: dict[str, Any], definition: dict[str, Any], writable: list[str]
):
    assert config["User"] == definition["user"] == "1000:1000"
    assert list(config["Volumes"]) == writable
    # The definition has no command of its own.
    assert not {"entryPoint", "command"} & set(definition)


def test_it_can_write_to_its_volume_alone(image: str, definition: dict[str, Any], writable: list[str]):
    look = 'for folder; do if (: > "$folder/x") 2>/dev/null; then echo "$folder"; fi; done; id -u'
    folders = ["/", "/opt/app", "/opt/venv", "/tmp", *writable]  # noqa: S108
    said = containers.run_read_only(image, "sh", "-c", look, "sh", *folders, user=definition["user"], writable=writable)
    assert said.split() == ["/scratch", "1000"]


def test_it_answers_the_load_balancer_and_whoever_has_a_password(task: Task):
    assert task.ask("GET", "/health", user=None, host="10.0.0.7:5000").status_code == 200
    assert [task.ask("POST", SEARCH, user, max_results=1).status_code for user in (ADMIN, CLIENT)] == [200, 200]
    assert task.ask("POST", SEARCH, user=None, max_results=1).status_code == 401
    assert task.ask("POST", SEARCH, host="evil.example.com", max_results=1).status_code == 403


def test_the_signal_that_ends_a_task_ends_it(task: Task):
    task.process.stop()
    assert task.process.returncode == 0, task.process.tail()
