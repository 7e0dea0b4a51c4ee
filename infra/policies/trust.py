"""Who may take roles on."""

from collections.abc import Iterator

from infra.policies import tokens
from infra.policies.rule import Resource, ResourceRule
from infra.policies.statements import allowing, for_one_account, principals, statements

SAYS_ITS_ACCOUNT: dict[str, tuple[str, ...]] = {
    # Firehose says it as an external id: docs.aws.amazon.com/firehose/latest/dev/controlling-access.html
    "firehose.amazonaws.com": ("sts:ExternalId",),
}
"""The keys by which a service says for which account it takes a role on, beside those of all services."""
OWN_ROLES = {
    "lambda.amazonaws.com": "refuses a function whose role is another account's, and documents no key to ask for",
}
"""The services that take on roles of their own account alone, and why no condition is asked for."""
SOURCES = ("aws:SourceAccount", "aws:SourceArn")


def role_is_not_for_everybody(role: Resource) -> Iterator[str]:
    """A role may be taken on by services and accounts that its trust policy names."""
    for statement in allowing(statements(role, "assumeRolePolicy")):
        named = [name for kind in ("AWS", "Service", "Federated") for name in principals(statement, kind)]
        if not named or any("*" in name for name in named):
            yield f"may be taken on by {', '.join(named) or 'nobody named'}, expected named principals"


def role_is_for_this_account_only(role: Resource) -> Iterator[str]:
    """A service takes a role on for an account that the trust policy names: it is no confused deputy."""
    for statement in allowing(statements(role, "assumeRolePolicy")):
        for service in principals(statement, "Service"):
            keys = (*SOURCES, *SAYS_ITS_ACCOUNT.get(service, ()))
            if service not in OWN_ROLES and not for_one_account(statement, keys):
                yield f"trusts {service} for every account, expected a condition on {' or '.join(keys)}"


RULES = (
    ResourceRule(check=role_is_not_for_everybody, on=(tokens.ROLE,), ids=("CKV_AWS_60", "CKV_AWS_61")),
    ResourceRule(
        check=role_is_for_this_account_only,
        on=(tokens.ROLE,),
        ids=(
            "iam_role_cross_service_confused_deputy_prevention",
            "iam_role_service_trust_restricts_source_to_account",
        ),
    ),
)
