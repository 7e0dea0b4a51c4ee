"""The task of the service, as far as it is a process: its secrets, its database, its log."""

import json
import secrets
import shutil
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
from moto.server import ThreadedMotoServer

from infra.rehearsal.environment import aws_variables, environment
from ml.process import Process
from tests.rehearsal.server.postgres import HOST, Postgres, postgres
from tracking.configuration import CLIENT, variable
from tracking.server import ADMIN

USER, DATABASE = "mlflow", "mlflow"
ENDED = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'mlflow'"
REGION = "eu-west-1"


@dataclass(frozen=True, kw_only=True)
class Start:
    """How a task is started."""

    starter: Sequence[str]
    """What comes before its variables, which come as `NAME=value`."""
    command: Sequence[str]
    told: Mapping[str, str]
    """Its variables, but for those of its database and its secrets."""


class Task:
    """One task, started anew as often as wanted."""

    def __init__(self, log: Path, database: Postgres, endpoint: str, how: Start) -> None:
        """
        Args:
            endpoint: of the mock AWS.
        """
        self.database, self.log, self._how = database, log, how
        self.passwords = {ADMIN: secrets.token_urlsafe(16), CLIENT: secrets.token_urlsafe(16)}
        self._aws = aws_variables(endpoint, REGION)
        with environment(self._aws):
            self._secrets = boto3.client("secretsmanager")
        self.secret = self._secrets.create_secret(Name=f"rds!db-{secrets.token_hex(4)}")["ARN"]
        self.rotate()
        database.run(f"CREATE DATABASE {DATABASE} OWNER {USER}")
        self.url = f"http://127.0.0.1:{how.told[variable('port')]}"

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
        own = {
            "database_host": HOST,
            "database_port": str(self.database.port),
            "database_name": DATABASE,
            "database_secret": self.secret,
            "admin_password": self.passwords[ADMIN],
            "client_password": self.passwords[CLIENT],
            "session_key": secrets.token_urlsafe(16),
        }
        variables = {**self._aws, **self._how.told, **{variable(field): value for field, value in own.items()}}
        given = [f"{name}={value}" for name, value in variables.items()]
        command = [*self._how.starter, *given, *self._how.command]
        with environment({}):
            self.process = Process(command, name="task", log=self.log, ready=f"{self.url}/health", timeout=240)
            self.process.launch()
        self.process.wait_ready()

    def ask(self, method: str, path: str, user: str | None = ADMIN, host: str = "", **body: Any) -> httpx.Response:
        """What the server answers under its first name; nobody asks where there is no user."""
        headers = {"Host": host or self._how.told[variable("hosts")].partition(",")[0]}
        with httpx.Client(trust_env=False, timeout=60, auth=(user, self.passwords[user]) if user else None) as client:
            given = body if method == "POST" else None
            return client.request(method, self.url + path, headers=headers, json=given)


@contextmanager
def running(log: Path, certificate: tuple[bytes, bytes], how: Start) -> Generator[Task]:
    """A task with a database of its own and a mock AWS, which end with the context.

    Args:
        certificate: the database's, as `postgres` takes it.
    """
    # Not pytest's own folder, which only the account that runs the tests may enter: PostgreSQL runs as another.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    moto = ThreadedMotoServer("127.0.0.1", 0)
    moto.start()
    try:
        host, port = moto.get_host_and_port()
        with postgres(folder, certificate) as database:
            task = Task(log, database, f"http://{host}:{port}", how)
            try:
                task.start()
                yield task
            finally:
                task.process.stop()
    finally:
        moto.stop()
        shutil.rmtree(folder)
