"""The statements of policy documents, as rules read them."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from infra.policies.rule import Resource, UnreadableError, at, entries

Statement = Mapping[str, Any]
ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")
"""An account's number, alone or within an ARN."""


def statements(resource: Resource, key: str = "policy") -> list[Statement]:
    """The statements of a resource's policy document. Raises UnreadableError where it has none."""
    return parse(at(resource.inputs, key), key)


def parse(document: Any, key: str) -> list[Statement]:
    """The statements of a document in JSON; `key` is the input that it is in."""
    try:
        found = entries(json.loads(document)["Statement"])
    except (KeyError, TypeError, ValueError):
        found = []
    if not found or not all(isinstance(entry, Mapping) for entry in found):
        raise UnreadableError(f"{key} is {document!r}, expected a policy document in JSON with statements")
    return found


def allowing(found: list[Statement]) -> Iterator[Statement]:
    return (entry for entry in found if entry.get("Effect") == "Allow")


def actions(statement: Statement) -> list[str]:
    """The actions; `*` for all but some."""
    return ["*"] if "NotAction" in statement else entries(statement.get("Action"))


def matching(statement: Statement, names: Collection[str]) -> list[str]:
    """The actions of a statement that are, or as patterns stand for, one of the named; IAM knows no case."""
    return [action for action in actions(statement) if any(fnmatchcase(name.lower(), action.lower()) for name in names)]


def resources(statement: Statement) -> list[str]:
    """The resources; `*` for all but some."""
    return ["*"] if "NotResource" in statement else entries(statement.get("Resource"))


def principals(statement: Statement, kind: str) -> list[str]:
    """The principals of a kind, such as AWS or Service; for AWS, `*` where anybody is meant."""
    given = statement.get("Principal")
    if kind == "AWS" and ("NotPrincipal" in statement or given == "*"):
        return ["*"]
    return entries(given.get(kind)) if isinstance(given, Mapping) else []


def conditions(statement: Statement) -> Iterator[tuple[str, str, list[str]]]:
    """The operator, the key and the values of each condition; the key in lower case, as IAM compares it."""
    for operator, keys in (statement.get("Condition") or {}).items():
        for key, values in keys.items():
            yield operator, key.lower(), [str(value) for value in entries(values)]


def for_one_account(statement: Statement, keys: tuple[str, ...]) -> bool:
    """Whether a condition on one of the keys must hold, and every value that it takes names an account."""
    wanted = {key.lower() for key in keys}
    return any(
        key in wanted and values and all(ACCOUNT.search(value) for value in values)
        for operator, key, values in conditions(statement)
        # An ...IfExists holds where nothing is said, and ForAllValues where nothing is given.
        if operator in ("StringEquals", "StringLike", "ArnEquals", "ArnLike")
    )
