"""What dynamic resources share: where they find AWS, as boto3 does not read Pulumi's `aws:` settings."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult

PROVIDER_NAMES = {"application-autoscaling": "appautoscaling"}
"""Services that the provider's setting `endpoints` calls otherwise than boto3 does."""


def connection(region: str) -> dict[str, Any]:
    """The inputs that tell a dynamic resource what the provider is told: region, profile and endpoints."""
    config = pulumi.Config("aws")
    return _connection(region, config.get("profile"), config.get("endpoints"))


def connection_of(config: Mapping[str, str]) -> dict[str, Any]:
    """The same from a stack's configuration, for commands that run beside the program."""
    return _connection(config["aws:region"], config.get("aws:profile"), config.get("aws:endpoints"))


def _connection(region: str, profile: str | None, endpoints: str | None) -> dict[str, Any]:
    urls = {name: url for entry in json.loads(endpoints or "[]") for name, url in entry.items()}
    return {"region": region, "profile": profile or "", "endpoints": urls}


def given(news: dict[str, Any], names: Sequence[str]) -> CheckResult:
    """What a dynamic resource's check answers: the inputs, and each of the names that is missing or empty."""
    return CheckResult(news, [CheckFailure(name, "is missing") for name in names if not news.get(name)])


def remedy(error: Exception) -> str:
    """What to do where AWS did not say whose the credentials are."""
    from botocore.exceptions import ConnectionError as NotConnectedError
    from botocore.exceptions import HTTPClientError

    if isinstance(error, NotConnectedError | HTTPClientError):
        return "see that this machine reaches AWS: its network, a firewall, or HTTPS_PROXY"
    return "have AWS credentials at hand, such as by `aws sso login` and AWS_PROFILE"


def client(service: str, connection: dict[str, Any]) -> Any:
    """A boto3 client for the place that `connection` describes."""
    # A plan makes no client: it starts a fifth of a second sooner.
    import boto3

    session = boto3.Session(region_name=connection["region"], profile_name=connection["profile"] or None)
    return session.client(service, endpoint_url=connection["endpoints"].get(PROVIDER_NAMES.get(service, service)))
