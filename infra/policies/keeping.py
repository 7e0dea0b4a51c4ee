"""What must not be lost: data that an environment protects, approved models, and the power over a key."""

from collections.abc import Iterator, Sequence

from infra.policies import tokens
from infra.policies.rule import Resource, ResourceRule, StackRule, at, entries
from infra.policies.storage import APPROVED

MODELS_LIFECYCLE = "-models-lifecycle"
"""How the name of the models bucket's lifecycle ends."""
FORCED = {tokens.BUCKET: "forceDestroy", tokens.REPOSITORY: "forceDelete"}
"""The inputs by which something goes with what is in it."""
LEAST_LOG_DAYS = 7
"""Somebody who comes back from a week's leave still finds what happened."""


def protected_data_is_not_forced_away(stack: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """Where a stack protects its buckets, nothing that holds data goes with what is in it, or within days."""
    if any(resource.type == tokens.BUCKET and resource.protect for resource in stack):
        yield from ((resource, text) for resource in stack for text in _forced_away(resource))


def _forced_away(resource: Resource) -> Iterator[str]:
    key = FORCED.get(resource.type)
    if key and at(resource.inputs, key):
        yield f"{key} is True, expected False where data.protect is true"
    if resource.type == tokens.VAULT and at(resource.inputs, "recoveryWindowInDays") == 0:
        yield "recoveryWindowInDays is 0, expected days in which it can be had back"
    days = at(resource.inputs, "retentionInDays") if resource.type == tokens.LOG_GROUP else None
    if days and days < LEAST_LOG_DAYS:
        yield f"retentionInDays is {days:g}, expected at least {LEAST_LOG_DAYS} where data.protect is true"


def approved_models_do_not_expire(lifecycle: Resource) -> Iterator[str]:
    """The lifecycle of the models bucket expires nothing that is approved."""
    if not lifecycle.name.endswith(MODELS_LIFECYCLE):
        return
    for rule in entries(at(lifecycle.inputs, "rules")):
        # A narrower filter, such as by tag, may hold for an approved model too.
        prefix = str(at(rule, "filter.prefix") or at(rule, "filter.and.prefix") or at(rule, "prefix") or "")
        if at(rule, "expiration") and (APPROVED.startswith(prefix) or prefix.startswith(APPROVED)):
            yield f"expires objects under {prefix!r}, expected none under {APPROVED}"


def key_stays_in_the_account_s_hands(key: Resource) -> Iterator[str]:
    """KMS checks that whoever sets a key's policy can still change it."""
    if at(key.inputs, "bypassPolicyLockoutSafetyCheck"):
        yield "bypassPolicyLockoutSafetyCheck is True, expected False: else nobody may come to manage the key"


RULES = (
    StackRule(
        check=protected_data_is_not_forced_away,
        on=(tokens.BUCKET, tokens.REPOSITORY, tokens.VAULT, tokens.LOG_GROUP),
        ids=(),
    ),
    ResourceRule(check=approved_models_do_not_expire, on=(tokens.BUCKET_LIFECYCLE,), ids=()),
    ResourceRule(check=key_stays_in_the_account_s_hands, on=(tokens.KEY,), ids=()),
)
