"""What must not be in Pulumi's state: whoever previews a change reads it, and runs a pull request's code."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from infra.policies.rule import SECRET, Resource, ResourceRule

NAMED = re.compile(r"(?i)passw(or)?d|passphrase|secret|private_?key|access_?key|api_?key|auth_?token|credential")
REFERS = re.compile(
    r"(?i)(arns?|ids?|names?|from|version|length|days|rotation|provider|policy|mode|enabled|type|users?|block|wo)$"
)
"""How the names of inputs end that say which secret, or about one; the last is written and never kept."""
LOOKS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "an access key": re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a token of GitHub": re.compile(r"\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22,})"),
    "a password in an address": re.compile(r"://[^/\s:@]+:[^/\s:@{}$]+@"),
}
ARN = re.compile(r"arn:aws[\w-]*:")
GENERATED = "tls:"
"""The provider whose resources keep the private keys that they make."""


def state_holds_no_secret(resource: Resource) -> Iterator[str]:
    """No input is a secret's value: a service makes and keeps those, and the program says which."""
    if resource.type.startswith(GENERATED):
        yield f"keeps a private key in state as {resource.type}, expected a service to make and keep it"
    for path, what in found(resource.inputs):
        yield f"{path} is {what}, expected its ARN or name: its value would be in state"


def found(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The paths in inputs or outputs where something is a secret's value, and what it is."""
    if isinstance(value, Mapping):
        if SECRET in value:
            yield path, "a secret of Pulumi"
            return
        yield from _variable(value, path)
        for key, entry in value.items():
            if not str(key).startswith("__"):
                yield from found(entry, f"{path}.{key}" if path else str(key))
    elif isinstance(value, str):
        yield from _text(value, path)
    # Pulumi hands a list over as a sequence of its own.
    elif isinstance(value, Sequence):
        for index, entry in enumerate(value):
            yield from found(entry, f"{path}.{index}")


def _text(value: str, path: str) -> Iterator[tuple[str, str]]:
    if value[:1] in ("{", "["):
        try:
            yield from found(json.loads(value), path)
        except (ValueError, RecursionError):
            pass
        else:
            return
    yield from ((path, what) for what, pattern in LOOKS.items() if pattern.search(value))
    if _is_secret(path.rpartition(".")[2], value):
        yield path, "a secret in plain text"


def _variable(entry: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    """A container's variable is a name and a value beside each other."""
    name, value = entry.get("name"), entry.get("value")
    if isinstance(name, str) and isinstance(value, str) and _is_secret(name, value):
        yield f"{path}.value", f"the plain value of {name}"


def _is_secret(name: str, value: str) -> bool:
    return bool(value and NAMED.search(name) and not REFERS.search(name) and not ARN.match(value))


RULES = (ResourceRule(check=state_holds_no_secret, on=(), ids=("ECS.8", "CKV_AWS_45")),)
