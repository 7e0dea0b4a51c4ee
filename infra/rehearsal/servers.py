"""The servers of a rehearsal, real processes on loopback: moto for AWS, MLflow for the managed app."""

import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from infra.rehearsal.credentials import ADMIN, Credentials
from infra.rehearsal.environment import aws_variables, environment
from infra.source import ROOT
from ml.process import Process, free_port

USER = "admin"
START_SECONDS = 180.0
"""MLflow takes ten on an idle machine, and much longer beside other work."""
AUTH = """[mlflow]
default_permission = NO_PERMISSIONS
database_uri = sqlite:///{database}
admin_username = {admin}
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
auth_cache_ttl_seconds = 60
"""


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
    folder: Path, artifacts: str, s3_endpoint: str, region: str, role: Credentials | None = None
) -> Mlflow:
    """A hardened MLflow server, not started yet. It starts empty, and keeps runs in SQLite in the folder.

    Args:
        artifacts: `s3://bucket/prefix`.
        s3_endpoint: the S3 API's URL.
        role: as the managed app, which shows artifacts with its role while clients write them with theirs; without one
            the server does both for its clients, as an administrator.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for database in ("auth.db", "mlflow.db"):
        # An earlier run's administrator would keep the earlier run's password.
        (folder / database).unlink(missing_ok=True)
    auth = folder / "auth.ini"
    auth.write_text(AUTH.format(database=folder / "auth.db", admin=USER))
    port, password = free_port(), secrets.token_urlsafe(24)
    url = f"http://127.0.0.1:{port}"
    process = _process(
        mlflow_command(port, folder / "mlflow.db", artifacts, proxied=role is None),
        name="MLflow",
        log=folder / "mlflow.log",
        ready=f"{url}/health",
        env={
            **aws_variables(s3_endpoint, region, role or ADMIN),
            "MLFLOW_S3_ENDPOINT_URL": s3_endpoint,
            **mlflow_variables(auth, password, urlsplit(artifacts).netloc),
        },
    )
    return Mlflow(process=process, url=url, user=USER, password=password)


def mlflow_command(port: int, database: Path, artifacts: str, *, proxied: bool = True) -> list[str]:
    """One worker, basic authentication, one host name, one origin, no frames."""
    through_the_server = ["--serve-artifacts", "--artifacts-destination", artifacts]
    by_the_client = ["--no-serve-artifacts", "--default-artifact-root", artifacts]
    return [
        *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *("--backend-store-uri", f"sqlite:///{database}"),
        *(through_the_server if proxied else by_the_client),
        *("--app-name", "basic-auth"),
        *("--allowed-hosts", f"127.0.0.1:{port}"),
        *("--cors-allowed-origins", f"http://127.0.0.1:{port}", "--x-frame-options", "DENY"),
    ]


def mlflow_variables(auth: Path, password: str, bucket: str) -> dict[str, str]:
    """Everything off that is not used, and no model version from an address outside the bucket."""
    return {
        "MLFLOW_AUTH_CONFIG_PATH": str(auth),
        "MLFLOW_AUTH_ADMIN_PASSWORD": password,
        "MLFLOW_BASIC_AUTH_FAIL_CLOSED": "true",
        "MLFLOW_FLASK_SERVER_SECRET_KEY": secrets.token_urlsafe(32),
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_SERVER_ENABLE_CUSTOM_SCORERS": "false",
        "MLFLOW_ENABLE_AI_GATEWAY": "false",
        "MLFLOW_ENABLE_REMOTE_ASSISTANT": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_MODEL_CATALOG_URI": "",
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
        "MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX": f"^(s3://{bucket}/|mlflow-artifacts:|runs:|models:)",
    }


def _process(command: list[str], *, name: str, log: Path, ready: str, env: Mapping[str, str]) -> Process:
    # A profile, a proxy or an MLflow setting of the user's must not reach the server.
    with environment(env):
        return Process(command, name=name, log=log, ready=ready, timeout=START_SECONDS)
