"""Kinds of values in settings that pydantic does not know by itself."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from infra import schedules

SCHEDULE = r"^(rate\([1-9]\d* (minutes?|hours?|days?)\)|cron\(\S+( \S+){5}\))$"
DATE = re.compile(r"(\d{4}-\d\d-\d\d)([T ]00:00:00(Z| ?\+00:?00( UTC)?)?)?")
"""2027-06-30, or that day as a time: Pulumi's CLI writes Go's form of it, 2027-06-30 00:00:00 +0000 UTC
(github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/config/object.go, unmarshalObject)."""


def _not_boolean(value: Any) -> Any:
    """Python, and so pydantic, takes true for 1."""
    if isinstance(value, bool):
        raise ValueError("a boolean")
    return value


def _day(value: Any) -> Any:
    """A day as it was written, where YAML has taken it for a date and Pulumi handed it on as a time at midnight."""
    found = DATE.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found else value


Integer = Annotated[int, BeforeValidator(_not_boolean)]
OptionalInteger = Annotated[int | None, BeforeValidator(_not_boolean)]
"""Not `Integer | None`: JSON Schema would lose the bounds of such a field."""
Fraction = Annotated[float, BeforeValidator(_not_boolean)]
Day = Annotated[str, BeforeValidator(_day)]
Schedule = Annotated[str, Field(pattern=SCHEDULE), AfterValidator(schedules.checked)]
