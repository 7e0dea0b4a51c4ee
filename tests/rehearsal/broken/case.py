"""One way to break one rule."""

from typing import Any, NamedTuple

GONE = object()
"""Takes a member out."""


class Case(NamedTuple):
    """Changes to the request of `in_order`, by path, and words that must be said of them."""

    key: tuple[str, str]
    rule: Any
    changes: dict[str, Any]
    said: str
    answers: dict[str, Any] = {}
    """What is there instead, for a rule that looks at what is there."""
