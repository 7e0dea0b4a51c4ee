"""The audit trail: complete, encrypted, and not to be forged."""

from collections.abc import Iterator, Sequence

from infra.policies import tokens
from infra.policies.rule import Resource, ResourceRule, StackRule, at, entries, unless, unset
from infra.policies.storage import log_buckets


def trail_files_are_signed(trail: Resource) -> Iterator[str]:
    """A trail's files are signed, so that a changed or missing one is found."""
    yield from unless(trail, "enableLogFileValidation", True)


def trail_is_encrypted(trail: Resource) -> Iterator[str]:
    """A trail's files are encrypted with a key."""
    yield from unset(trail, "kmsKeyId", "the ARN of a KMS key")


def trail_records(trail: Resource) -> Iterator[str]:
    """A trail is switched on."""
    if at(trail.inputs, "enableLogging") is False:
        yield "enableLogging is False, expected True"


def accesses_to_objects_are_recorded(stack: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """Reads and writes of the objects in every bucket are in a trail, but for the log bucket: it would never end."""
    recorded = {
        urn
        for trail in stack
        if trail.type == tokens.TRAIL and any(map(_of_all_accesses, entries(at(trail.inputs, SELECTORS))))
        for urn in trail.uses.get(SELECTORS, ())
    }
    for resource in stack:
        if resource.type == tokens.BUCKET and resource.urn not in recorded | log_buckets(stack):
            yield resource, "is in no trail's selector of data events, expected it in one"


SELECTORS = "advancedEventSelectors"
WHAT = {"eventCategory": ["Data"], "resources.type": ["AWS::S3::Object"]}
"""Of every selector for accesses to objects; another field would leave some of them out."""


def _of_all_accesses(selector: object) -> bool:
    """Whether a selector is for all accesses to the objects of the buckets that it names."""
    fields = {at(field, "field"): field for field in entries(at(selector, "fieldSelectors"))}
    return (
        fields.keys() == {*WHAT, "resources.ARN"}
        and all(entries(at(fields[name], "equals")) == values for name, values in WHAT.items())
        and all(str(arn).endswith("/") for arn in entries(at(fields["resources.ARN"], "startsWiths")))
    )


RULES = (
    ResourceRule(check=trail_files_are_signed, on=(tokens.TRAIL,), ids=("CloudTrail.4", "CKV_AWS_36")),
    ResourceRule(check=trail_is_encrypted, on=(tokens.TRAIL,), ids=("CloudTrail.2", "CKV_AWS_35")),
    ResourceRule(check=trail_records, on=(tokens.TRAIL,), ids=("CKV_AWS_251",)),
    StackRule(check=accesses_to_objects_are_recorded, on=(tokens.BUCKET, tokens.TRAIL), ids=("S3.22", "S3.23")),
)
