"""The task's own program, `python -m tracking`, on a real PostgreSQL, with its secrets in moto."""

import json
import secrets
import shutil
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

from infra.rehearsal.environment import aws_variables, environment
from infra.source import ROOT
from ml.process import Process, free_port
from tests.rehearsal.server.postgres import Postgres, postgres
from tracking.configuration import CLIENT, variable
from tracking.server import ADMIN

USER, DATABASE = "mlflow", "mlflow"
ENDED = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'mlflow'"


class Task:
    """The task of the service, as far as it is a process: its secrets, its database, its log."""

    def __init__(self, folder: Path, database: Postgres, endpoint: str) -> None:
        self.database, self.log = database, folder / "task.log"
        self.passwords = {ADMIN: secrets.token_urlsafe(16), CLIENT: secrets.token_urlsafe(16)}
        self._aws = aws_variables(endpoint, "eu-west-1")
        self._secrets = boto3.client(
            "secretsmanager",
            endpoint_url=endpoint,
            region_name="eu-west-1",
            aws_access_key_id="a",
            aws_secret_access_key="a",
        )
        self.secret = self._secrets.create_secret(Name=f"rds!db-{secrets.token_hex(4)}")["ARN"]
        self.rotate()
        database.run(f"CREATE DATABASE {DATABASE} OWNER {USER}")
        self._scratch = folder / "scratch"
        self._scratch.mkdir()
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.start()

    def rotate(self) -> None:
        """What RDS does: a new password in the database, then in the secret."""
        # Characters that libpq's file and addresses give a meaning to.
        password = secrets.token_urlsafe(8) + r":\@/%"
        self.database.run(
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{USER}') THEN CREATE ROLE {USER} LOGIN; "
            f"END IF; END $$; ALTER ROLE {USER} PASSWORD '{password}'"
        )
        held = json.dumps({"username": USER, "password": password})
        self._secrets.put_secret_value(SecretId=self.secret, SecretString=held)

    def disconnect(self) -> None:
        """Ends every connection of the server's, so that it has to make new ones."""
        self.database.run(ENDED)

    def start(self) -> None:
        told = {
            "address": "127.0.0.1",
            "port": str(self._port),
            "database_host": "localhost",
            "database_port": str(self.database.port),
            "database_name": DATABASE,
            "database_secret": self.secret,
            "database_ca": str(self.database.authority),
            "artifacts": "s3://models/mlflow",
            "hosts": "mlflow.example.internal,localhost:8443",
            "admin_password": self.passwords[ADMIN],
            "client_password": self.passwords[CLIENT],
            "session_key": secrets.token_urlsafe(16),
            "scratch": str(self._scratch),
        }
        variables = {variable(field): value for field, value in told.items()}
        home = {"PYTHONPATH": str(ROOT), "TMPDIR": str(self._scratch), "HOME": str(self._scratch)}
        with environment({**self._aws, **variables, **home}):
            self.process = Process(
                [sys.executable, "-m", "tracking"], name="task", log=self.log, ready=f"{self.url}/health", timeout=240
            )
            self.process.launch()
        self.process.wait_ready()

    def ask(
        self, method: str, path: str, user: str | None = ADMIN, host: str = "mlflow.example.internal", **body: Any
    ) -> httpx.Response:
        """What the server answers; nobody asks where there is no user."""
        with httpx.Client(trust_env=False, timeout=60, auth=(user, self.passwords[user]) if user else None) as client:
            given = body if method == "POST" else None
            return client.request(method, self.url + path, headers={"Host": host}, json=given)


@pytest.fixture(scope="module")
def task() -> Generator[Task]:
    # Not pytest's own folder, which only the account that runs the tests may enter: PostgreSQL runs as another.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    moto = ThreadedMotoServer("127.0.0.1", 0)
    moto.start()
    try:
        host, port = moto.get_host_and_port()
        with postgres(folder) as database:
            own = Path(tempfile.mkdtemp(prefix="task-"))
            started = Task(own, database, f"http://{host}:{port}")
            yield started
            started.process.stop()
            shutil.rmtree(own)
    finally:
        moto.stop()
        shutil.rmtree(folder)
