"""What was made unmade, in reverse order of creation, and what is left after that."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from infra.rehearsal import dynamic
from infra.rehearsal.aws import Aws, RefusedError
from infra.rehearsal.entry import Entry, How, Resource
from infra.rehearsal.table import ENTRIES, inventory
from infra.tags import STACK

PROTECTED = "protected: `pulumi destroy` refuses it, the rehearsal deletes it"
RETAINED = "retained: Pulumi itself never deletes it"
LEFT = "retained: `pulumi destroy` leaves it in the account, the rehearsal deletes it"
RECORDS = re.compile(r":sagemaker:[^:]+:\d+:(processing|training)-job/")


@dataclass(kw_only=True)
class Leftovers:
    """What the rehearsal made and did not get rid of; false when there is nothing."""

    found: list[str] = field(default_factory=list)
    """ARNs that were not there before the rehearsal: by the listings of the services, and by the stack's tag."""
    refused: list[str] = field(default_factory=list)
    """Deletions that were refused, each with the resource and the call."""
    kept: list[str] = field(default_factory=list)
    """What `pulumi destroy` would refuse or leave in the account, and the records that AWS keeps, with the reasons."""

    def __bool__(self) -> bool:
        return bool(self.found or self.refused)

    def __str__(self) -> str:
        return "\n".join([*(f"left over: {arn}" for arn in self.found), *self.refused]) or "nothing is left"


def destroy(
    resources: list[Resource],
    aws: Aws,
    *,
    before: set[str],
    by: Aws | None = None,
    entries: Mapping[str, Entry] = ENTRIES,
    on_event: Callable[[str], None] = lambda _text: None,
) -> Leftovers:
    """Deletes from the end of the list and empties it; what is already gone is fine, so it can be run again.

    What a real destroy does not delete comes last: a resource of the program may have removed it by then.

    Args:
        resources: in order of creation; what could not be deleted stays in the list.
        aws: who looks for what is left.
        before: the inventory before the first resource was made.
        by: who deletes, if somebody else.
    """
    tags = {(STACK, resource.outputs.get("tagsAll", {}).get(STACK)) for resource in resources}
    leftovers, refused, kept = Leftovers(), [], []
    order = resources[::-1]
    order.sort(key=lambda resource: bool(_keeps(resource)))
    for resource in order:
        try:
            _delete(resource, by or aws, entries)
            kept.append(resource)
        except RefusedError as error:
            if not error.missing:
                leftovers.refused.append(f"{resource.name} ({resource.type}): {error}")
                refused.append(resource)
                continue
        on_event(f"deleted {resource.name}")
    leftovers.kept = _kept([resource for resource in resources if resource in kept])
    resources[:] = [resource for resource in resources if resource in refused]
    tagged = {arn for key, value in tags if value for arn in _tagged(key, value, aws)}
    records = {arn for arn in tagged if RECORDS.search(arn)}
    if records:
        leftovers.kept.append(f"{len(records)} record(s) of jobs: SageMaker keeps them, at no cost")
    leftovers.found = sorted((inventory(aws) | (tagged - records)) - before)
    return leftovers


def _keeps(resource: Resource) -> str:
    """Why a real destroy does not delete the resource; empty where it does."""
    return PROTECTED if PROTECTED in resource.note else LEFT if RETAINED in resource.note else ""


def _kept(resources: list[Resource]) -> list[str]:
    """What was there for the rehearsal to delete and a real destroy would not, by the reason."""
    reasons: dict[str, list[str]] = {}
    for resource in resources:
        if reason := _keeps(resource):
            reasons.setdefault(reason, []).append(resource.name)
    return [f"{reason}: {', '.join(reasons[reason])}" for reason in (PROTECTED, LEFT) if reason in reasons]


def _tagged(key: str, value: str, aws: Aws) -> list[str]:
    """What carries the stack's tag, of whichever service."""
    filters = [{"Key": key, "Values": [value]}]
    found = aws.pages("resourcegroupstaggingapi", "GetResources", "ResourceTagMappingList", TagFilters=filters)
    # A key that is on its way out is listed until it is gone, a NAT gateway for an hour after, and ECS for long.
    listed = (item["ResourceARN"] for item in found)
    return [arn for arn in listed if not any(part in arn for part in (":kms:", ":natgateway/", ":ecs:"))]


def _delete(resource: Resource, aws: Aws, entries: Mapping[str, Entry]) -> None:
    if resource.type.startswith(dynamic.PREFIX):
        dynamic.delete(resource)
    elif resource.type in entries and resource.how in {How.MOTO, How.MODEL, How.REPLACED}:
        entries[resource.type].delete(resource.id, resource.inputs, aws)
