"""The permissions that a call asks for beside its own: of its caller, of services and of the roles that it names."""

from collections.abc import Sequence

from infra.rehearsal.iam import encryption, hosting, trails
from infra.rehearsal.iam.facts import Call, Facts, Need
from infra.rehearsal.iam.passing import passed_roles

RULES = (
    encryption.objects,
    encryption.messages,
    encryption.log_groups,
    encryption.grants,
    encryption.deployed,
    hosting.models,
    hosting.jobs,
    hosting.endpoints,
    trails.trails,
    hosting.invocations,
)
"""Each names its source."""


def implied(call: Call, facts: Facts, own: Sequence[Need]) -> list[Need]:
    """What AWS checks beside the permissions for the call itself.

    Args:
        own: those, as `actions.needs` gives them; the first is about what the call is about.
    """
    passed = passed_roles(call, facts, own[0].resource) if own else ()
    return [*passed, *(need for rule in RULES for need in rule(call, facts))]
