"""The permissions that a call asks for beside its own: of its caller, of services and of the roles that it names."""

from infra.rehearsal.iam import encryption, hosting
from infra.rehearsal.iam.actions import needs
from infra.rehearsal.iam.facts import Call, Facts, Need
from infra.rehearsal.iam.passing import passed_roles

RULES = (
    encryption.objects,
    encryption.messages,
    encryption.log_groups,
    encryption.grants,
    hosting.models,
    hosting.jobs,
    hosting.endpoints,
)
"""Each names its source."""


def implied(call: Call, facts: Facts) -> list[Need]:
    """What AWS checks beside the permission for the call itself. Raises UnknownOperationError as `needs` does."""
    own = needs(call, facts)
    passed = passed_roles(call, facts, own[0].resource) if own else ()
    return [*passed, *(need for rule in RULES for need in rule(call, facts))]
