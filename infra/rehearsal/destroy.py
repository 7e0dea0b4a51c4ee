"""What was made unmade, in reverse order of creation, and what is left after that."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from infra.rehearsal import dynamic
from infra.rehearsal.aws import Aws, RefusedError
from infra.rehearsal.entry import Entry, How, Resource
from infra.rehearsal.table import ENTRIES, inventory


@dataclass(kw_only=True)
class Leftovers:
    """What the rehearsal made and did not get rid of; false when there is nothing."""

    found: list[str] = field(default_factory=list)
    """ARNs that were not there before the rehearsal."""
    refused: list[str] = field(default_factory=list)
    """Deletions that were refused, each with the resource and the call."""

    def __bool__(self) -> bool:
        return bool(self.found or self.refused)

    def __str__(self) -> str:
        return "\n".join([*(f"left over: {arn}" for arn in self.found), *self.refused]) or "nothing is left"


def destroy(
    resources: list[Resource],
    aws: Aws,
    *,
    before: set[str],
    entries: Mapping[str, Entry] = ENTRIES,
    on_event: Callable[[str], None] = lambda _text: None,
) -> Leftovers:
    """Deletes from the end of the list and empties it; what is already gone is fine, so it can be run again.

    Args:
        resources: in order of creation; what could not be deleted stays in the list.
        before: the inventory before the first resource was made.
    """
    leftovers, kept = Leftovers(), []
    while resources:
        resource = resources.pop()
        try:
            _delete(resource, aws, entries)
        except RefusedError as error:
            if not error.missing:
                leftovers.refused.append(f"{resource.name} ({resource.type}): {error}")
                kept.append(resource)
                continue
        on_event(f"deleted {resource.name}")
    resources += reversed(kept)
    leftovers.found = sorted(inventory(aws) - before)
    return leftovers


def _delete(resource: Resource, aws: Aws, entries: Mapping[str, Entry]) -> None:
    if resource.type.startswith(dynamic.PREFIX):
        dynamic.delete(resource)
    elif resource.type in entries and resource.how in {How.MOTO, How.MODEL, How.REPLACED}:
        entries[resource.type].delete(resource.id, resource.inputs, aws)
