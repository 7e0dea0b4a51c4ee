"""Policy documents, read and checked as AWS does when they are put.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from infra.rehearsal.iam.conditions import Condition
from infra.rehearsal.iam.kinds import Kind
from infra.rehearsal.iam.patterns import ARN_PARTS, arn_parts, has_variable
from infra.rehearsal.iam.principals import Principals

VERSIONS = ("2008-10-17", "2012-10-17")
"""The first, which is the default, knows no variables."""
ACTION = re.compile(r"\*|[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+")
PRINCIPAL = re.compile(r"\*|\d{12}|arn:aws[a-z-]*:(iam|sts)::\d{12}:[^*?]+|[A-Z]{4}[A-Z0-9]{12,}")
PRINCIPAL_TYPES = {"AWS", "Service", "Federated", "CanonicalUser"}


class MalformedPolicyDocumentError(ValueError):
    """A policy document that AWS refuses; the message names policy, statement and what was expected."""


class StatementId(NamedTuple):
    """Where a statement is: its policy's name and its place there, from 0."""

    policy: str
    index: int

    def __str__(self) -> str:
        return f"{self.policy}, statement {self.index}"


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement of a policy."""

    id: StatementId
    allows: bool
    actions: tuple[str, ...]
    other_actions: bool
    """Whether it is about all actions but these (NotAction)."""
    resources: tuple[str, ...]
    other_resources: bool
    principals: Principals | None
    """None in policies of an identity."""
    other_principals: bool
    conditions: tuple[Condition, ...]
    variables: bool
    """Whether ${...} stands for a key of the request."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A policy that AWS would take."""

    name: str
    kind: Kind
    statements: tuple[Statement, ...]


@lru_cache(maxsize=1024)
def read(name: str, text: str, kind: Kind) -> Policy:
    """A policy from its JSON. Raises MalformedPolicyDocumentError, and PolicyTooLargeError past the kind's limit."""
    kind.check_size(name, text)
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise MalformedPolicyDocumentError(f"{name}: is no JSON ({error})") from None
    return parse(name, document, kind)


def parse(name: str, document: Any, kind: Kind) -> Policy:
    """A policy from its document. Raises MalformedPolicyDocumentError."""
    try:
        _fields(document, required={"Statement"}, optional={"Version", "Id"})
        version = document.get("Version", VERSIONS[0])
        if version not in VERSIONS:
            raise ValueError(f"Version is {version!r}, expected {' or '.join(VERSIONS)}")
        listed = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
        sids = [entry["Sid"] for entry in listed if isinstance(entry, Mapping) and "Sid" in entry]
        if twice := {str(sid) for sid in sids if sids.count(sid) > 1}:
            raise ValueError(f"Sid {', '.join(sorted(twice))} is there more than once, expected each once")
    except ValueError as error:
        raise MalformedPolicyDocumentError(f"{name}: {error}") from None
    variables = version != VERSIONS[0]
    statements = tuple(_statement(StatementId(name, i), entry, kind, variables) for i, entry in enumerate(listed))
    return Policy(name=name, kind=kind, statements=statements)


def _statement(id_: StatementId, entry: Any, kind: Kind, variables: bool) -> Statement:
    try:
        elements = ["Action", *(["Resource"] if kind.resources else []), *(["Principal"] if kind.principals else [])]
        opposites = {f"Not{element}" for element in elements}
        _fields(entry, required={"Effect"}, optional={"Sid", "Condition", *elements, *opposites})
        for element in elements:
            if (element in entry) == (f"Not{element}" in entry):
                found = f"both {element} and" if element in entry else f"neither {element} nor"
                raise ValueError(f"has {found} Not{element}, expected one of them")
        if entry["Effect"] not in {"Allow", "Deny"}:
            raise ValueError(f"Effect is {entry['Effect']!r}, expected Allow or Deny")
        whom = entry.get("NotPrincipal", entry.get("Principal"))
        return Statement(
            id=id_,
            allows=entry["Effect"] == "Allow",
            actions=tuple(map(_action, _texts(entry.get("NotAction", entry.get("Action"))))),
            other_actions="NotAction" in entry,
            resources=tuple(
                _resource(text, kind) for text in _texts(entry.get("NotResource", entry.get("Resource", "*")))
            ),
            other_resources="NotResource" in entry,
            principals=None if whom is None else _principals(whom),
            other_principals="NotPrincipal" in entry,
            conditions=tuple(_conditions(entry.get("Condition", {}))),
            variables=variables,
        )
    except ValueError as error:
        raise MalformedPolicyDocumentError(f"{id_}: {error}") from None


def _fields(entry: Any, *, required: set[str], optional: set[str]) -> None:
    if not isinstance(entry, Mapping):
        raise ValueError(f"is {entry!r}, expected an object")
    if missing := required - set(entry):
        raise ValueError(f"has no {', '.join(sorted(missing))}")
    if unknown := set(entry) - required - optional:
        raise ValueError(f"has {', '.join(sorted(unknown))}, expected only {', '.join(sorted(required | optional))}")


def _texts(value: Any) -> list[str]:
    """A string or a list of them; numbers and truth values as JSON writes them."""
    listed = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str | bool | int | float) for item in listed):
        raise ValueError(f"{value!r} is there, expected a string or a list of strings")
    return [item if isinstance(item, str) else json.dumps(item) for item in listed]


def _action(text: str) -> str:
    if ACTION.fullmatch(text) is None:
        raise ValueError(f"action {text!r}, expected service:Action or *; only the action may have wildcards")
    return text


def _resource(text: str, kind: Kind) -> str:
    parts = arn_parts(text)
    # Only in policies of identities does AWS fill up an ARN that ends early.
    if text != "*" and kind.principals and len(parts) < ARN_PARTS:
        raise ValueError(f"resource {text!r}, expected an ARN of {ARN_PARTS} parts or *")
    if text != "*" and parts[0] not in {"arn", "*"}:
        raise ValueError(f"resource {text!r}, expected an ARN or *")
    if any(has_variable(part) for part in parts[: ARN_PARTS - 1]):
        raise ValueError(f"resource {text!r}, expected variables only after the fifth colon")
    return text


def _principals(value: Any) -> Principals:
    if value == "*":
        return {"AWS": ("*",)}
    if not isinstance(value, Mapping) or set(value) - PRINCIPAL_TYPES:
        raise ValueError(f"principal {value!r}, expected * or an object of {', '.join(sorted(PRINCIPAL_TYPES))}")
    principals = {type_: tuple(_texts(names)) for type_, names in value.items()}
    for text in principals.get("AWS", ()):
        if PRINCIPAL.fullmatch(text) is None:
            raise ValueError(
                f"principal {text!r}, expected *, an account or the whole ARN of a role or session: no other wildcard"
            )
    return principals


def _conditions(value: Any) -> Sequence[Condition]:
    if not isinstance(value, Mapping) or not all(isinstance(keys, Mapping) for keys in value.values()):
        raise ValueError(f"condition {value!r}, expected an object of operators, each an object of keys")
    return [
        Condition.of(operator, key, _texts(expected))
        for operator, keys in value.items()
        for key, expected in keys.items()
    ]
