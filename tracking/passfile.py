"""The database's password in a file that libpq reads at each new connection.

The service that keeps the password replaces it while the server runs. MLflow takes a fixed URI, so the password is not
in it: the URI names this file, and whoever writes the file anew lets the next connection in.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


class SecretError(Exception):
    """The secret does not hold what a connection needs."""


class Passfile:
    """A password file in libpq's form: www.postgresql.org/docs/current/libpq-pgpass.html"""

    def __init__(self, path: Path, read_secret: Callable[[], str]) -> None:
        """
        Args:
            read_secret: the secret's current value, JSON with `username` and `password`.
        """
        self.path, self._read_secret, self._written = path, read_secret, ""

    def refresh(self) -> str:
        """Writes the file where the secret has changed; returns the user.

        Raises SecretError, and what reading the secret raises.
        """
        user, password = _credentials(self._read_secret())
        line = f"*:*:*:{_escaped(user)}:{_escaped(password)}\n"
        if line != self._written:
            # A connection sees the old file or the new one, never a part.
            beside = self.path.with_suffix(".new")
            beside.unlink(missing_ok=True)
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(line)
            beside.replace(self.path)
            self._written = line
        return user


def _credentials(secret: str) -> tuple[str, str]:
    try:
        held: Any = json.loads(secret)
        user, password = held["username"], held["password"]
    except (ValueError, KeyError, TypeError):
        # Nothing of the secret belongs into a log.
        raise SecretError("the database's secret is not JSON with username and password") from None
    if not (isinstance(user, str) and isinstance(password, str) and user and password) or "\n" in user + password:
        raise SecretError("the database's secret has no username and password of one line each")
    return user, password


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(":", "\\:")
