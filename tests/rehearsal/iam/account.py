"""An account in a test's hands: facts as given, and calls without a server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.rehearsal.iam.asking import ACCOUNT

REGION = "eu-west-1"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A call as the front reads it."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    region: str = REGION


@dataclass(kw_only=True)
class Account:
    """What the account holds, by name."""

    number: str = ACCOUNT
    roles: dict[str, str] = field(default_factory=dict)
    boundaries: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    """The key that an alias stands for."""
    buckets: dict[str, str] = field(default_factory=dict)
    """The key of a bucket."""
    shared: set[str] = field(default_factory=set)
    """Buckets with S3 Bucket Keys."""
    objects: dict[tuple[str, str], str] = field(default_factory=dict)
    topics: dict[str, str] = field(default_factory=dict)
    models: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    endpoint_configs: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    endpoints: dict[str, str] = field(default_factory=dict)
    """The configuration that an endpoint runs."""

    def role_arn(self, name: str) -> str | None:
        return self.roles.get(name)

    def role_boundary(self, name: str) -> str | None:
        return self.boundaries.get(name)

    def key_arn(self, key: str, region: str) -> str | None:
        return self.aliases.get(key, key if key.startswith("arn:aws:kms:") else None)

    def has_bucket(self, bucket: str) -> bool:
        return bucket != "elsewhere"

    def bucket_key(self, bucket: str) -> str | None:
        return self.buckets.get(bucket)

    def bucket_key_is_shared(self, bucket: str) -> bool:
        return bucket in self.shared

    def object_key(self, bucket: str, key: str, version: str | None) -> str | None:
        return self.objects.get((bucket, key))

    def topic_key(self, arn: str) -> str | None:
        return self.topics.get(arn)

    def model(self, name: str) -> Mapping[str, Any] | None:
        return self.models.get(name)

    def route_table(self, association: str) -> str | None:
        return "rtb-1"

    def endpoint_config(self, name: str) -> Mapping[str, Any] | None:
        return self.endpoint_configs.get(name)

    def endpoint_runs(self, name: str) -> str | None:
        return self.endpoints.get(name)
