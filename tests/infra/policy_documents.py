"""The statements of a program's policies, and what of them AWS does not know."""

import json
from collections.abc import Iterator
from typing import Any

from infra.offline import Program
from tests.rehearsal.iam import reference


def faults(entry: dict[str, Any]) -> Iterator[str]:
    """What of a policy's statement AWS does not know."""
    resources = entry.get("Resource", [])
    resources = [resources] if isinstance(resources, str) else resources
    patterns = [entry["Action"]] if isinstance(entry["Action"], str) else entry["Action"]
    found = {pattern: reference.actions(pattern) for pattern in patterns}
    yield from (f"{pattern}: no such action" for pattern, actions in found.items() if not actions)
    every = [action for actions in found.values() for action in actions]
    for pattern, actions in found.items():
        if resources and actions and not any(reference.takes(a, r) for a in actions for r in resources):
            yield f"{pattern}: not about {', '.join(resources)}"
    for resource in resources:
        if every and not any(reference.takes(action, resource) for action in every):
            yield f"{resource}: none of {', '.join(patterns)} is about it"
    if "*" in resources and "Principal" not in entry:
        # In a resource's own policy * is that resource.
        yield from (f"{action}: takes narrower resources than *" for action in every if reference.formats(action))


def documents(program: Program) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement of every policy of a program, and the resource that has it."""
    for resource in program.resources:
        for value in resource.inputs.values():
            if isinstance(value, str) and value.startswith("{") and '"Statement"' in value:
                listed = json.loads(value)["Statement"]
                yield from ((resource.name, entry) for entry in listed)
