"""The task's own program, `python -m tracking`, on a real PostgreSQL, with its secrets in moto."""

import sys
from collections.abc import Generator

import pytest

from infra.certificate import issued
from infra.source import ROOT
from ml.process import free_port
from tests.rehearsal.server.postgres import HOST
from tests.rehearsal.server.task import Start, Task, running
from tracking.configuration import variable


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Generator[Task]:
    folder = tmp_path_factory.mktemp("task")
    certificate, key, authority, _expires = issued([HOST])
    (folder / "authority.pem").write_bytes(authority)
    scratch = folder / "scratch"
    scratch.mkdir()
    told = {
        "address": "127.0.0.1",
        "port": str(free_port()),
        "database_ca": str(folder / "authority.pem"),
        "artifacts": "s3://models/mlflow",
        "hosts": "mlflow.example.internal,localhost:8443",
        "scratch": str(scratch),
    }
    home = {"PYTHONPATH": str(ROOT), "TMPDIR": str(scratch), "HOME": str(scratch)}
    start = Start(
        starter=["env"],
        command=[sys.executable, "-m", "tracking"],
        told={**home, **{variable(field): value for field, value in told.items()}},
    )
    with running(folder / "task.log", (certificate, key), start) as started:
        yield started
