"""Physical names as Pulumi's engine and the AWS provider give them."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ENGINE_RANDOM = 7
"""Hex digits that the engine puts behind a logical name."""
PROVIDER_RANDOM = 26
"""Digits that the provider puts behind a `namePrefix`."""


class NameTooLongError(ValueError):
    """A physical name over the limit. Pulumi does not truncate: the first `up` would fail."""


@dataclass(frozen=True, kw_only=True)
class Naming:
    """Which input holds a type's physical name, and what AWS allows there."""

    limit: int
    field: str = "name"
    lower: bool = False
    start: str = ""
    """What every name of the type begins with."""

    def name(self, logical: str, inputs: Mapping[str, Any]) -> str:
        """The name given, or one made of prefix or logical name. Raises NameTooLongError with limit and length."""
        name = self._name(logical, inputs)
        if len(name) > self.limit:
            raise NameTooLongError(
                f"the name {name!r} has {len(name)} characters, at most {self.limit} are allowed: "
                "shorten the project's or the environment's name, or the resource's name in infra/"
            )
        return name

    def _name(self, logical: str, inputs: Mapping[str, Any]) -> str:
        if given := inputs.get(self.field):
            return given
        if prefix := inputs.get("bucketPrefix" if self.field == "bucket" else f"{self.field}Prefix"):
            return prefix + "".join(secrets.choice("0123456789") for _ in range(PROVIDER_RANDOM))
        name = f"{self.start}{logical}-{secrets.token_hex(4)[:ENGINE_RANDOM]}"
        return name.lower() if self.lower else name
