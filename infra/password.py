"""A dynamic resource that puts a password into a secret: made by Secrets Manager, seen by nobody, in no state."""

import json
from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

from infra.session import client, given

LENGTH = 32
KEY = "password"
INPUTS = ("secret", "beside", "connection")


class PasswordProvider(ResourceProvider):
    """Keeps the password that the secret holds; deleting the secret deletes it."""

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        return given(news, ("secret", "connection"))

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult(props["secret"], {**props, "version": _put(props)})

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        replaces = ["secret"] if _olds.get("secret") != _news.get("secret") else []
        return DiffResult(changes=any(_olds.get(name) != _news.get(name) for name in INPUTS), replaces=replaces)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        return UpdateResult({**_news, "version": _put(_news)})


def _put(props: dict[str, Any]) -> str:
    """Writes the password with what is kept beside it; returns the version's id."""
    secrets = client("secretsmanager", props["connection"])
    password = _held(secrets, props["secret"])
    if password is None:
        # No punctuation: it stands in addresses and in files of several formats.
        made = secrets.get_random_password(PasswordLength=LENGTH, ExcludePunctuation=True)
        password = made["RandomPassword"]
    value = json.dumps({**props["beside"], KEY: password})
    return secrets.put_secret_value(SecretId=props["secret"], SecretString=value)["VersionId"]


def _held(secrets: Any, secret: str) -> str | None:
    """The password that the secret holds, from an earlier run or from a person; None where it holds none."""
    try:
        text = secrets.get_secret_value(SecretId=secret)["SecretString"]
    except secrets.exceptions.ResourceNotFoundException:
        # What Secrets Manager says of a secret that has no version yet.
        return None
    try:
        return json.loads(text)[KEY]
    except (ValueError, KeyError, TypeError):
        return None


class Password(Resource, name="Password"):
    """A password in a secret."""

    version: pulumi.Output[str]
    """Known once the secret has a value; changes when it does."""

    def __init__(
        self,
        name: str,
        *,
        secret: pulumi.Input[str],
        connection: dict[str, Any],
        opts: pulumi.ResourceOptions,
        beside: dict[str, pulumi.Input[str]] | None = None,
    ) -> None:
        """
        Args:
            secret: its ARN.
            beside: what else the secret holds; in the state, so nothing secret.
        """
        props = {"secret": secret, "beside": beside or {}, "connection": connection, "version": None}
        super().__init__(PasswordProvider(), name, props, opts)
