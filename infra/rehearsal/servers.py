"""The servers of a rehearsal, real processes on loopback: moto for AWS, MLflow for the managed app."""

import json
import secrets
import sys
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from infra.rehearsal.credentials import ADMIN, Credentials
from infra.rehearsal.environment import aws_variables, environment
from infra.source import ROOT
from ml.process import Process, free_port
from tracking import server

START_SECONDS = 180.0
"""MLflow takes ten on an idle machine, and much longer beside other work."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server's process and where it answers."""

    process: Process
    url: str

    @property
    def client_variables(self) -> dict[str, str]:
        return {}


@dataclass(frozen=True, kw_only=True)
class Mlflow(Server):
    """An MLflow server and the administrator's credentials, made for this run."""

    user: str
    password: str
    others: dict[str, str] = field(default_factory=dict)
    """Passwords of other users, who are made once the server answers."""

    def wait_ready(self) -> None:
        """Returns once the server answers and knows its users."""
        self.process.wait_ready()
        while self.others:
            name, password = self.others.popitem()
            self._make(name, password)

    def _make(self, name: str, password: str) -> None:
        token = b64encode(f"{self.user}:{self.password}".encode()).decode()
        headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
        body = json.dumps({"username": name, "password": password}).encode()
        request = Request(f"{self.url}/api/2.0/mlflow/users/create", body, headers)  # noqa: S310
        with build_opener(ProxyHandler({})).open(request):
            pass

    @property
    def client_variables(self) -> dict[str, str]:
        """What MLflow's client reads."""
        return {
            "MLFLOW_TRACKING_URI": self.url,
            "MLFLOW_TRACKING_USERNAME": self.user,
            "MLFLOW_TRACKING_PASSWORD": self.password,
            "MLFLOW_DISABLE_TELEMETRY": "true",
        }


def moto_server(folder: Path) -> Server:
    """A moto server, not started yet; its log goes to the folder."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "infra.rehearsal.moto", "--port", str(port)]
    env = {"PYTHONPATH": str(ROOT)}
    process = _process(command, name="moto", log=folder / "moto.log", ready=f"{url}/moto-api/", env=env)
    return Server(process=process, url=url)


def mlflow_server(
    folder: Path,
    artifacts: str,
    s3_endpoint: str,
    region: str,
    role: Credentials | None = None,
    users: Mapping[str, str] | None = None,
) -> Mlflow:
    """A hardened MLflow server, not started yet. It starts empty, and keeps runs in SQLite in the folder.

    Args:
        artifacts: `s3://bucket/prefix`.
        s3_endpoint: the S3 API's URL.
        role: with which it touches artifacts; an administrator's without one.
        users: the passwords of the stack's own server, which touches artifacts for its clients. Without them, one for
            the administrator is made up; and with a role the server is as the managed app, whose clients write
            artifacts themselves.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for database in ("auth.db", "mlflow.db"):
        # An earlier run's administrator would keep the earlier run's password.
        (folder / database).unlink(missing_ok=True)
    auth = folder / "auth.ini"
    auth.write_text(server.auth_file(f"sqlite:///{folder / 'auth.db'}"))
    others = dict(users or {})
    port, password = free_port(), others.pop(server.ADMIN, secrets.token_urlsafe(24))
    url = f"http://127.0.0.1:{port}"
    process = _process(
        mlflow_command(port, folder / "mlflow.db", artifacts, proxied=users is not None or role is None),
        name="MLflow",
        log=folder / "mlflow.log",
        ready=f"{url}/health",
        env={
            **aws_variables(s3_endpoint, region, role or ADMIN),
            "MLFLOW_S3_ENDPOINT_URL": s3_endpoint,
            **server.variables(auth, urlsplit(artifacts).netloc),
            "MLFLOW_AUTH_ADMIN_PASSWORD": password,
            "MLFLOW_FLASK_SERVER_SECRET_KEY": secrets.token_urlsafe(32),
        },
    )
    return Mlflow(process=process, url=url, user=server.ADMIN, password=password, others=others)


def mlflow_command(port: int, database: Path, artifacts: str, *, proxied: bool = True) -> list[str]:
    """The command of the stack's own server, at an address of this machine."""
    here = f"127.0.0.1:{port}"
    given = server.command(
        address="127.0.0.1",
        port=port,
        database=f"sqlite:///{database}",
        storage=server.proxied(artifacts) if proxied else server.by_clients(artifacts),
        hosts=[here],
        origins=[f"http://{here}"],
    )
    return [sys.executable, "-m", "mlflow", *given]


def _process(command: list[str], *, name: str, log: Path, ready: str, env: Mapping[str, str]) -> Process:
    # A profile, a proxy or an MLflow setting of the user's must not reach the server.
    with environment(env):
        return Process(command, name=name, log=log, ready=ready, timeout=START_SECONDS)
