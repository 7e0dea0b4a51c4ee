"""What the tables of permissions are told: the call, and what the account holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from infra.rehearsal.iam.conditions import Keys
from infra.rehearsal.iam.principals import Principal


class Call(Protocol):
    """A call to the API of one service, by the names of botocore's model."""

    @property
    def service(self) -> str: ...
    @property
    def operation(self) -> str: ...
    @property
    def parameters(self) -> Mapping[str, Any]: ...
    @property
    def region(self) -> str: ...


class Facts(Protocol):
    """What the account holds. A name that it does not hold has no key, boundary or answer."""

    @property
    def number(self) -> str:
        """The account's twelve digits."""
        ...

    def role_arn(self, name: str) -> str | None: ...

    def role_boundary(self, name: str) -> str | None:
        """The ARN of a role's permissions boundary."""
        ...

    def key_arn(self, key: str, region: str) -> str | None:
        """The ARN of the key that an id, an alias or an ARN of either names."""
        ...

    def has_bucket(self, bucket: str) -> bool:
        """Whether the account holds a bucket; of another's policies nothing is known."""
        ...

    def bucket_key(self, bucket: str) -> str | None:
        """The key that a bucket encrypts with by default, by its ARN; None for S3's own."""
        ...

    def bucket_key_is_shared(self, bucket: str) -> bool:
        """Whether S3 Bucket Keys are on: KMS is then asked for the bucket, not for each object."""
        ...

    def object_key(self, bucket: str, key: str, version: str | None) -> str | None:
        """The key that an object is encrypted with, by its ARN."""
        ...

    def topic_key(self, arn: str) -> str | None:
        """The key of a topic, as the topic names it."""
        ...

    def model(self, name: str) -> Mapping[str, Any] | None:
        """What SageMaker's DescribeModel answers."""
        ...

    def route_table(self, association: str) -> str | None:
        """The id of the route table that an association gives a subnet."""
        ...

    def endpoint_config(self, name: str) -> Mapping[str, Any] | None:
        """What SageMaker's DescribeEndpointConfig answers."""
        ...

    def endpoint_runs(self, name: str) -> str | None:
        """The name of the configuration that an endpoint runs."""
        ...


@dataclass(frozen=True, kw_only=True)
class Need:
    """A permission that a call asks for."""

    action: str
    resource: str
    context: Keys = field(default_factory=dict)
    """Condition keys, beside those of every request."""
    who: Principal | None = None
    """Who needs it; None for the caller."""
