"""The kinds of rules, and words that their sentences share."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Request = Mapping[str, Any]
Ask = Callable[[str, str, Request], Mapping[str, Any] | None]
"""Service, operation and request of a call that changes nothing to its answer; None where nothing is there."""
Rule = Callable[[Request], str | None]
AskingRule = Callable[[Request, Ask], str | None]
Key = tuple[str, str]
"""Service and operation, as botocore and AWS call them."""


def expected(member: str, value: object, text: str) -> str:
    """The sentence of a rule that is broken: the member, its value and what was expected."""
    return f"{member}: {value}, expected {text}"


def one_of(choices: Iterable[object]) -> str:
    return "one of " + ", ".join(map(str, choices))


def given(request: Request, *names: str) -> list[str]:
    """Those of the members that the request has."""
    return [name for name in names if request.get(name) not in (None, [], {}, "")]


def exactly_one(request: Request, member: str, *names: str) -> str | None:
    """The sentence where the request has none of the members or several."""
    have = given(request, *names)
    return None if len(have) == 1 else expected(member, " and ".join(have) or "none", f"exactly {one_of(names)}")


def twice(values: Iterable[object]) -> list[object]:
    """What occurs more than once."""
    return [value for value, count in Counter(values).items() if count > 1]
