"""What dynamic resources share: where they find AWS, as boto3 does not read Pulumi's `aws:` settings."""

from collections.abc import Sequence
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult


def connection(region: str) -> dict[str, Any]:
    """The inputs that tell a dynamic resource what the provider is told: region, profile and endpoints."""
    config = pulumi.Config("aws")
    endpoints = {name: url for entry in config.get_object("endpoints") or [] for name, url in entry.items()}
    return {"region": region, "profile": config.get("profile") or "", "endpoints": endpoints}


def given(news: dict[str, Any], names: Sequence[str]) -> CheckResult:
    """What a dynamic resource's check answers: the inputs, and each of the names that is missing or empty."""
    return CheckResult(news, [CheckFailure(name, "is missing") for name in names if not news.get(name)])


def client(service: str, connection: dict[str, Any]) -> Any:
    """A boto3 client for the place that `connection` describes."""
    # A plan makes no client: it starts a fifth of a second sooner.
    import boto3

    session = boto3.Session(region_name=connection["region"], profile_name=connection["profile"] or None)
    return session.client(service, endpoint_url=connection["endpoints"].get(service))
