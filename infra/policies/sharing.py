"""Nothing is shared with another account: nobody else is let in, and nothing reaches, goes or comes from outside."""

import re
from collections.abc import Iterator, Sequence

from infra.policies import tokens
from infra.policies.containers import containers
from infra.policies.iam import ARN_PARTS, DOCUMENTS, OWN_POLICY, documented
from infra.policies.images import images_of
from infra.policies.rule import Resource, ResourceRule, StackRule, UnreadableError, at, entries
from infra.policies.statements import ACCOUNT, allowing, conditions, for_one_account, principals, resources, statements
from infra.policies.trust import SOURCES

HELD_APART = (tokens.BUCKET, tokens.QUEUE, tokens.TOPIC, tokens.VAULT)
"""What can have a policy among its own inputs, where the rules about policies do not read it."""
ACTIONS_OF_ALARMS = ("alarmActions", "okActions", "insufficientDataActions")
REGISTRY = re.compile(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com")
RUN = (tokens.MODEL, tokens.FUNCTION, tokens.SCHEDULE, tokens.PIPELINE, tokens.TASK)
"""What says which image runs."""
GOES_TO = {
    tokens.ALARM: ACTIONS_OF_ALARMS,
    tokens.COMPOSITE_ALARM: ACTIONS_OF_ALARMS,
    tokens.EVENT_TARGET: ("arn", "deadLetterConfig.arn"),
    tokens.LOG_FILTER: ("destinationArn",),
    tokens.SCHEDULE: ("target.arn", "target.deadLetterConfig.arn"),
}
"""The inputs that say where something goes, or what is called."""
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


def policy_is_a_resource_of_its_own(resource: Resource) -> Iterator[str]:
    """A bucket, topic, queue or secret has its policy beside it, where the rules about policies read it."""
    if at(resource.inputs, "policy"):
        yield "policy is set, expected a policy as a resource of its own"


def nothing_is_shared_with_another_account(stack: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """Policies name no account but the stack's own, as principals or in the conditions on who asks."""
    own = own_accounts(stack)
    for resource in stack:
        key = "assumeRolePolicy" if resource.type == tokens.ROLE else "policy"
        if resource.type in (*OWN_POLICY, tokens.ROLE):
            foreign = sorted(_accounts(resource, key) - own)
            yield from ((resource, f"{key} names account {account}, expected the stack's own") for account in foreign)
        if resource.type == tokens.FUNCTION_PERMISSION:
            said = " ".join(str(at(resource.inputs, key)) for key in ("principal", "sourceAccount", "sourceArn"))
            foreign = sorted(set(ACCOUNT.findall(said)) - own)
            yield from ((resource, f"lets account {account} in, expected the stack's own") for account in foreign)


def roles_reach_no_other_account(stack: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """No statement allows anything on what its ARN says is another account's."""
    own = own_accounts(stack)
    for resource in stack:
        for arn in _reached(resource) if resource.type in DOCUMENTS else ():
            if _account(arn) - own:
                yield resource, f"allows something on {arn}, expected what the stack's own account has"


def nothing_goes_to_another_account(stack: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """Alarms, events, schedules and logs go to what the stack's own account has."""
    own = own_accounts(stack)
    for resource in stack:
        for key in GOES_TO.get(resource.type, ()):
            for arn in entries(at(resource.inputs, key)):
                if _account(arn) - own:
                    yield resource, f"{key} is {arn}, expected what the stack's own account has"


def image_is_of_this_account(stack: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """An image that runs comes from the account's own registry, where it is scanned and cannot change."""
    own = own_accounts(stack)
    for resource in stack:
        for image in _images(resource) if resource.type in RUN else ():
            registry = str(image).partition("/")[0]
            if not REGISTRY.fullmatch(registry) or set(ACCOUNT.findall(registry)) - own:
                yield resource, f"the image is {image!r}, expected one of the account's own registry"


def own_accounts(stack: Sequence[Resource]) -> set[str]:
    """The account that the stack is in: that of the roles and policies which it makes, where others name them."""
    made = {resource.urn for resource in stack if resource.type in (tokens.ROLE, tokens.POLICY)}
    return {
        found
        for resource in stack
        for key in ("executionRoleArn", "serviceRole", "roleArn", "policyArn")
        if made.intersection(resource.uses.get(key, ()))
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
    named = [name for statement in found for kind in ("AWS", "Federated") for name in principals(statement, kind)]
    asked = [
        value for statement in found for _, name, values in conditions(statement) if name in said for value in values
    ]
    return {account for text in (*named, *asked) for account in ACCOUNT.findall(text)}


def _images(resource: Resource) -> list[str]:
    try:
        if resource.type == tokens.TASK:
            return [str(at(container, "image")) for container in containers(resource)]
        return [str(image) for image in images_of(resource)]
    except UnreadableError:
        # Said by the rules about the resource by itself.
        return []


def _reached(resource: Resource) -> list[str]:
    try:
        return [arn for statement in allowing(documented(resource)) for arn in resources(statement)]
    except UnreadableError:
        # Said by the rules about the resource by itself.
        return []


def _account(arn: str) -> set[str]:
    """The account that an ARN says, if it says one."""
    parts = arn.split(":", ARN_PARTS - 1)
    return set(ACCOUNT.findall(parts[4])) if len(parts) == ARN_PARTS else set()


RULES = (
    ResourceRule(check=bucket_is_not_public, on=(tokens.BUCKET_POLICY,), ids=("S3.2", "S3.3", "CKV_AWS_70")),
    ResourceRule(check=key_is_not_public, on=(tokens.KEY,), ids=("KMS.5", "CKV_AWS_33")),
    ResourceRule(check=topic_is_not_public, on=(tokens.TOPIC_POLICY,), ids=("SNS.4", "CKV_AWS_169")),
    ResourceRule(check=queue_is_not_public, on=(tokens.QUEUE_POLICY,), ids=("CKV_AWS_168", "CKV_AWS_387")),
    ResourceRule(check=repository_is_not_public, on=(tokens.REPOSITORY_POLICY,), ids=("CKV_AWS_32",)),
    ResourceRule(check=services_act_for_this_account_only, on=OWN_POLICY, ids=()),
    ResourceRule(check=policy_is_a_resource_of_its_own, on=HELD_APART, ids=("S3.2", "S3.3", "SNS.4")),
    StackRule(
        check=nothing_is_shared_with_another_account,
        on=(*OWN_POLICY, tokens.ROLE, tokens.FUNCTION_PERMISSION),
        ids=("S3.6", "CKV_AWS_385"),
    ),
    StackRule(check=roles_reach_no_other_account, on=DOCUMENTS, ids=()),
    StackRule(check=nothing_goes_to_another_account, on=tuple(GOES_TO), ids=()),
    StackRule(check=image_is_of_this_account, on=RUN, ids=()),
)
