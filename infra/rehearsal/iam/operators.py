"""Condition operators: how one value of the request is compared with one value of the policy.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import base64
import ipaddress
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from infra.rehearsal.iam.patterns import Lookup, arn_like, arn_parts, fill, like

Compare = Callable[[str, str, Lookup | None], bool]
"""The policy's value, the request's value, and the variables."""


@dataclass(frozen=True, kw_only=True)
class Operator:
    """A comparison, and whether the condition asks for its opposite."""

    compare: Compare
    expected: str
    """What a policy's value must be, in words."""
    read: Callable[[str], Any] = str
    """Raises ValueError for a policy's value that the operator cannot use."""
    variables: bool = False
    negated: bool = False


def moment(text: str) -> datetime:
    """A date as ISO 8601 (W3C's profile: a year, month or day may stand alone) or seconds of Unix time."""
    if text.replace(".", "", 1).isdigit() and len(text) > len("2020"):
        return datetime.fromtimestamp(float(text), UTC)
    whole = text + {len("2020"): "-01-01", len("2020-01"): "-01"}.get(len(text), "")
    found = datetime.fromisoformat(whole)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def truth(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError(text)
    return text.lower() == "true"


def network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(text, strict=False)


def binary(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def arn(text: str) -> str:
    if text != "*" and arn_parts(text)[0] not in {"arn", "*"}:
        raise ValueError(text)
    return text


def _filled(equal: Callable[[str, str], bool]) -> Compare:
    def compare(policy: str, request: str, lookup: Lookup | None) -> bool:
        text = fill(policy, lookup)
        return text is not None and equal(text, request)

    return compare


def _read(read: Callable[[str], Any], holds: Callable[[Any, Any], bool]) -> Compare:
    """Both values read first; a request's value that cannot be read matches nothing."""

    def compare(policy: str, request: str, lookup: Lookup | None) -> bool:
        try:
            return holds(read(request), read(fill(policy, lookup) or ""))
        except ValueError:
            return False

    return compare


def _inside(address: str, policy: str) -> bool:
    try:
        return ipaddress.ip_address(address) in network(policy)
    except ValueError:
        return False


def _pair(positive: str, negative: str, **parts: Any) -> Iterator[tuple[str, Operator]]:
    yield positive, Operator(**parts)
    yield negative, Operator(**parts, negated=True)


def _ordered(kind: str, read: Callable[[str], Any], expected: str) -> Iterator[tuple[str, Operator]]:
    yield from _pair(
        f"{kind}Equals", f"{kind}NotEquals", compare=_read(read, operator.eq), read=read, expected=expected
    )
    for name, holds in {
        "LessThan": operator.lt,
        "LessThanEquals": operator.le,
        "GreaterThan": operator.gt,
        "GreaterThanEquals": operator.ge,
    }.items():
        yield f"{kind}{name}", Operator(compare=_read(read, holds), read=read, expected=expected)


_TEXT: dict[str, Any] = {"expected": "a string", "variables": True}
_EXACT = _filled(operator.eq)
_ANY_CASE = _filled(lambda policy, request: policy.lower() == request.lower())
_ARN: dict[str, Any] = {"compare": arn_like, "read": arn, "expected": "an ARN", "variables": True}
_ADDRESS: dict[str, Any] = {
    "compare": lambda policy, request, _lookup: _inside(request, policy),
    "read": network,
    "expected": "an IP address or range such as 203.0.113.0/24",
}

OPERATORS: dict[str, Operator] = {
    **dict(_pair("StringEquals", "StringNotEquals", compare=_EXACT, **_TEXT)),
    **dict(_pair("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", compare=_ANY_CASE, **_TEXT)),
    **dict(_pair("StringLike", "StringNotLike", compare=like, **_TEXT)),
    **dict(_ordered("Numeric", float, "a number")),
    **dict(_ordered("Date", moment, "a date such as 2026-01-31T00:00:00Z, or seconds of Unix time")),
    "Bool": Operator(compare=_read(truth, operator.eq), read=truth, expected="true or false", variables=True),
    "BinaryEquals": Operator(compare=_read(binary, operator.eq), read=binary, expected="base64"),
    **dict(_pair("IpAddress", "NotIpAddress", **_ADDRESS)),
    **dict(_pair("ArnEquals", "ArnNotEquals", **_ARN)),
    **dict(_pair("ArnLike", "ArnNotLike", **_ARN)),
}
