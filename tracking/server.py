"""MLflow's own command and variables, the same wherever this project starts a server."""

from collections.abc import Mapping, Sequence
from pathlib import Path

ADMIN = "admin"
"""The user who may do everything."""
PERMISSIONS = "NO_PERMISSIONS"
"""What a user may do with what others made, unless told."""
OTHER_SOURCES = "mlflow-artifacts:|runs:|models:"
AUTH = """[mlflow]
default_permission = {permissions}
database_uri = {database}
admin_username = {admin}
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
auth_cache_ttl_seconds = 60
"""


def command(
    *, address: str, port: int, database: str, storage: Sequence[str], hosts: Sequence[str], origins: Sequence[str]
) -> list[str]:
    """One worker, basic authentication, named hosts and origins, no frames.

    Args:
        database: the URI of the backend store.
        storage: as `proxied` or `by_clients` give it.
        hosts: what a request's Host may be.
        origins: what a request from a page may come from.
    """
    return [
        *("server", "--host", address, "--port", str(port), "--workers", "1"),
        *("--backend-store-uri", database, *storage),
        *("--app-name", "basic-auth"),
        *("--allowed-hosts", ",".join(hosts)),
        *("--cors-allowed-origins", ",".join(origins), "--x-frame-options", "DENY"),
    ]


def proxied(artifacts: str) -> list[str]:
    """The server reads and writes artifacts for its clients, who need no right to the bucket."""
    return ["--serve-artifacts", "--artifacts-destination", artifacts]


def by_clients(artifacts: str) -> list[str]:
    """Clients read and write artifacts themselves."""
    return ["--no-serve-artifacts", "--default-artifact-root", artifacts]


def variables(auth: Path, bucket: str) -> Mapping[str, str]:
    """Everything off that is not used, and no model version from an address outside the bucket."""
    return {
        "MLFLOW_AUTH_CONFIG_PATH": str(auth),
        "MLFLOW_BASIC_AUTH_FAIL_CLOSED": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_SERVER_ENABLE_CUSTOM_SCORERS": "false",
        "MLFLOW_ENABLE_AI_GATEWAY": "false",
        "MLFLOW_ENABLE_REMOTE_ASSISTANT": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_MODEL_CATALOG_URI": "",
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
        "MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX": f"^(s3://{bucket}/|{OTHER_SOURCES})",
    }


def auth_file(database: str) -> str:
    """The file that MLFLOW_AUTH_CONFIG_PATH names."""
    # In this format a percent sign is doubled.
    return AUTH.format(permissions=PERMISSIONS, database=database.replace("%", "%%"), admin=ADMIN)
