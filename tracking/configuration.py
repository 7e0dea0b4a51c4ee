"""What the task's definition tells the server, read once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self
from urllib.parse import quote, urlencode

from tracking.server import ADMIN

CLIENT = "jobs"
"""The user of the stack's own jobs: may do everything with what they made, and nothing with what others made."""
PORT = 5000


class ConfigurationError(Exception):
    """The environment does not say what the server needs."""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Each field is the variable `TRACKING_<FIELD>`."""

    address: str
    """What the server listens on."""
    port: str
    database_host: str
    database_port: str
    database_name: str
    database_secret: str
    """The ARN of the secret that holds the database's user and password."""
    database_ca: str
    """The file of the authorities that the database's certificate may come from."""
    artifacts: str
    """`s3://bucket/prefix`."""
    hosts: str
    """What a request may call the server, with commas between."""
    admin_password: str
    client_password: str
    session_key: str
    """What forms of the user interface are signed with."""
    scratch: str
    """The one folder that can be written to."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Reads the variables. Raises ConfigurationError naming every one that is missing or empty."""
        missing = [variable(field.name) for field in fields(cls) if not environ.get(variable(field.name))]
        if missing:
            raise ConfigurationError(
                f"not set: {', '.join(missing)}; see the task's definition in infra/mlflow_server.py"
            )
        return cls(**{field.name: environ[variable(field.name)] for field in fields(cls)})

    @property
    def passfile(self) -> Path:
        return Path(self.scratch) / "database"

    @property
    def auth_file(self) -> Path:
        return Path(self.scratch) / "auth.ini"

    @property
    def users(self) -> dict[str, str]:
        """Passwords by user."""
        return {ADMIN: self.admin_password, CLIENT: self.client_password}

    def database_uri(self, user: str) -> str:
        """Without the password: libpq reads it from the file."""
        query = urlencode(
            {"sslmode": "verify-full", "sslrootcert": self.database_ca, "passfile": str(self.passfile)}, quote_via=quote
        )
        place = f"{self.database_host}:{self.database_port}/{self.database_name}"
        return f"postgresql+psycopg2://{quote(user, safe='')}@{place}?{query}"


def variable(field: str) -> str:
    """The environment variable of a field."""
    return f"TRACKING_{field.upper()}"
