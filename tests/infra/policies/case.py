"""What a rule's tests need: resources that keep it, that break it, and that lack what it reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.infra.policies.asked import (
    Asked,
    ask,
)

Inputs = dict[str, Any]
INSTANCES = {"variantName": "champion", "instanceType": "ml.m5.large", "initialInstanceCount": 2}


@dataclass(frozen=True, kw_only=True)
class Case:
    keeps: Sequence[Asked]
    breaks: Sequence[Asked]
    lacks: Sequence[Asked]
    lacking_is_fine: bool = False
    """Where what is missing is what is wanted, or has a safe default."""


def each(type_: str, good: Inputs, bad: Inputs, missing: Inputs | None = None, *, fine: bool = False) -> Case:
    """A case of one resource by its inputs."""
    return Case(
        keeps=[ask(type_, **good)],
        breaks=[ask(type_, **bad)],
        lacks=[ask(type_, **(missing or {}))],
        lacking_is_fine=fine,
    )
