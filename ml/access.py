"""What the stack's own tracking server asks of its clients: a user, a password, and trust in its own authority."""

import atexit
import json
import os
import tempfile
from functools import cache
from pathlib import Path

import boto3

from ml.wiring import NO_ACCESS, Wiring


class AccessError(Exception):
    """The secret does not say how to get in."""


def take(wiring: Wiring) -> None:
    """Tells MLflow's client, by its own variables, what the secret says. Raises AccessError, and what boto3 raises."""
    if wiring.tracking_access == NO_ACCESS:
        return
    text = boto3.client("secretsmanager").get_secret_value(SecretId=wiring.tracking_access)["SecretString"]
    try:
        held = json.loads(text)
        user, password, authority = held["username"], held["password"], held.get("authority", "")
    except (ValueError, KeyError, TypeError, AttributeError):
        # Nothing of the secret belongs into a message.
        raise AccessError(f"{wiring.tracking_access} is not JSON with username and password") from None
    os.environ |= {"MLFLOW_TRACKING_USERNAME": user, "MLFLOW_TRACKING_PASSWORD": password}
    if authority:
        os.environ["MLFLOW_TRACKING_SERVER_CERT_PATH"] = str(_kept(authority))


@cache
def _kept(authority: str) -> Path:
    """A file of the authority's certificate, which lasts as long as this process."""
    with tempfile.NamedTemporaryFile("w", prefix="authority-", suffix=".pem", delete=False) as file:
        file.write(authority)
    path = Path(file.name)
    atexit.register(path.unlink, missing_ok=True)
    return path
