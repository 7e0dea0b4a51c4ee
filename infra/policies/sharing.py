"""Who may use buckets, keys, topics, queues and repositories, by their own policies: nobody outside the account."""

from collections.abc import Iterator, Sequence

from infra.policies import tokens
from infra.policies.iam import OWN_POLICY, SOURCES
from infra.policies.rule import Resource, ResourceRule, StackRule, UnreadableError, at, entries
from infra.policies.statements import ACCOUNT, allowing, conditions, for_one_account, principals, statements

LOGS_CONTEXT = "kms:EncryptionContext:aws:logs:arn"
"""How CloudWatch Logs says whose log group it encrypts."""


def _open_to_all(resource: Resource) -> Iterator[str]:
    for statement in allowing(statements(resource)):
        # A condition does not count: it is a small step from open.
        if any(name.strip() == "*" or ":iam::*" in name for name in principals(statement, "AWS")):
            yield "allows something to every principal, expected named ones"


def bucket_is_not_public(policy: Resource) -> Iterator[str]:
    """A bucket's policy allows nothing to everybody."""
    yield from _open_to_all(policy)


def key_is_not_public(key: Resource) -> Iterator[str]:
    """A key's policy allows nothing to everybody."""
    yield from _open_to_all(key)


def topic_is_not_public(policy: Resource) -> Iterator[str]:
    """A topic's policy allows nothing to everybody."""
    yield from _open_to_all(policy)


def queue_is_not_public(policy: Resource) -> Iterator[str]:
    """A queue's policy allows nothing to everybody."""
    yield from _open_to_all(policy)


def repository_is_not_public(policy: Resource) -> Iterator[str]:
    """A repository's policy allows nothing to everybody."""
    yield from _open_to_all(policy)


def services_act_for_this_account_only(resource: Resource) -> Iterator[str]:
    """A service that a policy lets in acts for an account that the policy names."""
    for statement in allowing(statements(resource)):
        for service in principals(statement, "Service"):
            if not for_one_account(statement, (*SOURCES, LOGS_CONTEXT)):
                yield f"lets {service} in for every account, expected a condition on {' or '.join(SOURCES)}"


def nothing_is_shared_with_another_account(stack: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """Policies name no account but the stack's own, as principals or in the conditions on who asks."""
    own = own_accounts(stack)
    for resource in stack:
        key = "assumeRolePolicy" if resource.type == tokens.ROLE else "policy"
        if resource.type in (*OWN_POLICY, tokens.ROLE):
            foreign = sorted(_accounts(resource, key) - own)
            yield from ((resource, f"{key} names account {account}, expected the stack's own") for account in foreign)


def own_accounts(stack: Sequence[Resource]) -> set[str]:
    """The account that the stack is in: that of the roles which the stack makes, where other resources name them."""
    roles = {resource.urn for resource in stack if resource.type == tokens.ROLE}
    return {
        found
        for resource in stack
        for key in ("executionRoleArn", "serviceRole", "roleArn")
        if roles.intersection(resource.uses.get(key, ()))
        for arn in entries(at(resource.inputs, key))
        for found in ACCOUNT.findall(arn)
    }


def _accounts(resource: Resource, key: str) -> set[str]:
    try:
        found = list(allowing(statements(resource, key)))
    except UnreadableError:
        # Said by the rules about the resource by itself.
        return set()
    said = {name.lower() for name in (*SOURCES, LOGS_CONTEXT, "sts:ExternalId")}
    named = [name for statement in found for name in principals(statement, "AWS")]
    asked = [
        value for statement in found for _, name, values in conditions(statement) if name in said for value in values
    ]
    return {account for text in (*named, *asked) for account in ACCOUNT.findall(text)}


RULES = (
    ResourceRule(check=bucket_is_not_public, on=(tokens.BUCKET_POLICY,), ids=("S3.2", "S3.3", "CKV_AWS_70")),
    ResourceRule(check=key_is_not_public, on=(tokens.KEY,), ids=("KMS.5", "CKV_AWS_33")),
    ResourceRule(check=topic_is_not_public, on=(tokens.TOPIC_POLICY,), ids=("SNS.4", "CKV_AWS_169")),
    ResourceRule(check=queue_is_not_public, on=(tokens.QUEUE_POLICY,), ids=("CKV_AWS_168", "CKV_AWS_387")),
    ResourceRule(check=repository_is_not_public, on=(tokens.REPOSITORY_POLICY,), ids=("CKV_AWS_32",)),
    ResourceRule(check=services_act_for_this_account_only, on=OWN_POLICY, ids=()),
    StackRule(check=nothing_is_shared_with_another_account, on=(*OWN_POLICY, tokens.ROLE), ids=("S3.6", "CKV_AWS_385")),
)
