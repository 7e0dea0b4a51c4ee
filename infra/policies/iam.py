"""What roles may do."""

import re
from collections.abc import Iterator, Sequence

from infra.account import networks, servers
from infra.permissions import CHANNELS
from infra.placement import INTERFACES, LOOKS
from infra.policies import tokens
from infra.policies.rule import Resource, ResourceRule, StackRule, at, entries
from infra.policies.statements import (
    Statement,
    actions,
    allowing,
    conditions,
    matching,
    parse,
    resources,
    statements,
)

ANY_RESOURCE: dict[str, tuple[str, str | None]] = {
    "ecr:GetAuthorizationToken": ("has no resource type: a token is for the account's whole registry", None),
    **dict.fromkeys(
        (f"ec2:{name}" for name in networks.LOOKS.split()), ("has no resource type: the network is looked at", None)
    ),
    **dict.fromkeys(LOOKS, ("has no resource type: SageMaker looks before it connects a job to the network", None)),
    "cloudwatch:PutMetricData": ("has no resource type: the namespace is its only limit", "cloudwatch:namespace"),
    **dict.fromkeys(
        (
            "application-autoscaling:DescribeScalableTargets",
            "application-autoscaling:DescribeScalingPolicies",
            "application-autoscaling:DescribeScheduledActions",
        ),
        ("has no resource type: a target is found by listing", None),
    ),
    **dict.fromkeys(
        (f"elasticloadbalancing:{name}" for name in servers.LOOKS.split()),
        ("has no resource type: load balancers are looked at", None),
    ),
    **dict.fromkeys(
        (f"ecs:{name}TaskDefinition" for name in ("Deregister", "Describe")), ("has no resource type", None)
    ),
    "ecs:ListTaskDefinitions": ("has no resource type: a task's definition is found by listing", None),
    "secretsmanager:GetRandomPassword": ("has no resource type: it makes a password up", None),
    "cloudtrail:DescribeTrails": ("has no resource type: a trail is looked for among all", None),
    **dict.fromkeys(CHANNELS, ("has no resource type: Session Manager's agent opens its channels", None)),
    "kms:ListAliases": ("has no resource type: an alias is found by listing", None),
    "logs:DescribeLogGroups": ("lists: AWS asks for it on every log group", None),
    "sagemaker:ListEndpointConfigs": ("has no resource type: what an endpoint left behind is found by listing", None),
    "sagemaker:ListModels": ("has no resource type: what an endpoint left behind is found by listing", None),
    "sns:GetSubscriptionAttributes": ("has no resource type", None),
    "sns:Unsubscribe": ("has no resource type", None),
}
"""The actions that may name every resource: why, and the condition that must limit each instead.

docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""
UNNAMED: dict[str, str] = {
    **dict.fromkeys(INTERFACES, "a network interface has no id before SageMaker makes it for a job"),
    **dict.fromkeys(
        (
            *("ec2:CreateNetworkAclEntry", "ec2:CreateTags", "ec2:DeleteNetworkAclEntry"),
            *("ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"),
        ),
        "what comes with a new VPC has no tag before the program takes it over",
    ),
}
"""The actions that may name everything of one kind in the account, and why."""
WILDCARDS = frozenset("*?")
PATTERNS: dict[str, str] = {
    "kms:*": "without it nobody in the account could manage the key; in a key's own policy, it is about that key",
    **dict.fromkeys(
        ("kms:Describe*", "kms:GenerateDataKey*", "kms:ReEncrypt*"),
        "is what AWS documents that a service asks a key for; in a key's own policy, it is about that key",
    ),
}
"""The actions with a wildcard that a key's own policy may allow, and why.

docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
"""
ARN_PARTS = 6
EVERYTHING_OF_A_KIND = re.compile(r"([\w-]+[:/])?[*?:/]+")
"""The last part of ARNs such as arn:aws:kms:eu-west-1:123456789012:key/*."""
DECRYPTION = ("kms:Decrypt", "kms:ReEncryptFrom")
OF_AWS = re.compile(r"arn:[^:]*:iam::aws:.*")
"""The ARNs of policies that AWS keeps."""
PASSED_BY_PREFIX: dict[str, str] = {
    "-deploy": "makes the services that run under its environment's roles: Pulumi puts a random end behind their names",
    "-boundary": "is no grant but a limit to those of its environment's roles",
}
"""The policies, by how their names end, that pass the roles whose names start alike, and why."""
BY_PREFIX = re.compile(r"arn:aws:iam::\d{12}:role/[a-z][a-z0-9-]*-\*")
OF_ONE_STACK = ("aws:resourcetag/stack", "aws:requesttag/stack")
"""The keys by which a statement about what has no name of its own is limited to one stack."""


def documented(resource: Resource) -> list[Statement]:
    """The statements of a role's or of a policy's documents. Raises UnreadableError."""
    if resource.type != tokens.ROLE:
        return statements(resource)
    inline = entries(at(resource.inputs, "inlinePolicies"))
    return [entry for each in inline for entry in parse(at(each, "policy"), "inlinePolicies.policy")]


def no_wildcard_action(resource: Resource) -> Iterator[str]:
    """No statement allows an action by a wildcard, unless it is a key's own policy and has a reason in `PATTERNS`."""
    for statement in allowing(documented(resource)):
        for action in actions(statement):
            if set(action) & WILDCARDS and not (resource.type == tokens.KEY and action in PATTERNS):
                yield f"allows {action}, expected the actions that are needed, by name"
        if not actions(statement):
            yield "allows no action, expected an Action"


def no_wildcard_resource(resource: Resource) -> Iterator[str]:
    """No statement is about all of a kind, or any account's or bucket's, without a reason in `ANY_RESOURCE`."""
    for statement in allowing(documented(resource)):
        if not resources(statement):
            yield "allows an action on no resource, expected a Resource"
        for arn in resources(statement):
            if not _everything(arn) or _of_one_stack(statement):
                continue
            yield from (
                _wide(statement, action, arn) for action in actions(statement) if _is_wide(statement, action, arn)
            )


def _everything(arn: str) -> bool:
    """Whether an ARN leaves open of which service, region, account or bucket it is, or names all of a kind there."""
    if _anywhere(arn):
        return True
    *place, name = arn.split(":", ARN_PARTS - 1)
    # What comes behind a bucket's name is within it.
    return name[:1] in WILDCARDS if "s3" in place else EVERYTHING_OF_A_KIND.fullmatch(name) is not None


def _anywhere(arn: str) -> bool:
    parts = arn.split(":", ARN_PARTS - 1)
    return any(set(part) & WILDCARDS for part in (parts[:-1] if len(parts) == ARN_PARTS else parts))


def _of_one_stack(statement: Statement) -> bool:
    """Whether the statement is about what carries one stack's tag, whatever its ARN."""
    return any(
        key in OF_ONE_STACK and operator == "StringEquals" and values and not any(set(v) & WILDCARDS for v in values)
        for operator, key, values in conditions(statement)
    )


def _is_wide(statement: Statement, action: str, arn: str) -> bool:
    if action in UNNAMED and not _anywhere(arn):
        return False
    if action not in ANY_RESOURCE:
        return True
    _, limit = ANY_RESOURCE[action]
    return limit is not None and not any(
        key == limit.lower() and operator == "StringEquals" and values
        for operator, key, values in conditions(statement)
    )


def _wide(statement: Statement, action: str, arn: str) -> str:
    if action in ANY_RESOURCE:
        return f"allows {action} on {arn} without a condition on {ANY_RESOURCE[action][1]}, expected one"
    return f"allows {action} on {arn}, expected narrower resources, or a reason in infra/policies/iam.py, ANY_RESOURCE"


def no_decryption_with_every_key(resource: Resource) -> Iterator[str]:
    """No statement allows decryption with all keys."""
    for statement in allowing(documented(resource)):
        decrypts = matching(statement, DECRYPTION)
        for arn in [] if _of_one_stack(statement) else resources(statement):
            if decrypts and _everything(arn):
                yield f"allows {', '.join(sorted(decrypts))} on {arn}, expected the keys that are needed"


def roles_are_passed_to_one_service(resource: Resource) -> Iterator[str]:
    """A role is passed on by name, and to a service by name."""
    for statement in allowing(documented(resource)):
        if not matching(statement, ("iam:PassRole",)):
            continue
        alike = resource.name.rstrip("-0123456789").endswith(tuple(PASSED_BY_PREFIX))
        named = [arn for arn in resources(statement) if not (alike and BY_PREFIX.fullmatch(arn))]
        wild = [arn for arn in named if set(arn) & WILDCARDS]
        if wild:
            yield f"passes the roles {', '.join(wild)}, expected one by its ARN"
        if not any(
            key == "iam:passedtoservice" and operator == "StringEquals" for operator, key, _ in conditions(statement)
        ):
            yield "passes a role without a condition on iam:PassedToService, expected the service by StringEquals"


def no_policy_of_aws(resource: Resource) -> Iterator[str]:
    """No role has a policy that AWS keeps: those are about every resource, and AWS adds to them."""
    attached = at(resource.inputs, "policyArn")
    if resource.type == tokens.ATTACHMENT and not attached:
        yield "policyArn is not set, expected a policy's ARN"
    for arn in [*entries(attached), *entries(at(resource.inputs, "managedPolicyArns"))]:
        if OF_AWS.fullmatch(arn):
            yield f"has the policy {arn}, expected statements of its own"


def attached_policy_is_of_the_stack(stack: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """What is attached to a role is a policy that the stack makes: no rule reads others."""
    made = {resource.urn for resource in stack if resource.type == tokens.POLICY}
    for resource in stack:
        key = {tokens.ATTACHMENT: "policyArn", tokens.ROLE: "managedPolicyArns"}.get(resource.type, "")
        attached = entries(at(resource.inputs, key)) if key else []
        if len(attached) > len(made.intersection(resource.uses.get(key, ()))):
            yield resource, f"{key} has {', '.join(attached)}, expected policies of the stack alone"


DOCUMENTS = (tokens.ROLE, tokens.ROLE_POLICY, tokens.POLICY)
OWN_POLICY = (
    tokens.BUCKET_POLICY,
    tokens.KEY,
    tokens.QUEUE_POLICY,
    tokens.REPOSITORY_POLICY,
    tokens.TOPIC_POLICY,
)
"""What says itself who may use it."""
RULES = (
    ResourceRule(
        check=no_wildcard_action, on=(*DOCUMENTS, *OWN_POLICY), ids=("IAM.1", "IAM.21", "CKV_AWS_62", "CKV_AWS_63")
    ),
    ResourceRule(check=no_wildcard_resource, on=DOCUMENTS, ids=("CKV_AWS_355", "CKV_AWS_290")),
    ResourceRule(check=no_decryption_with_every_key, on=DOCUMENTS, ids=("KMS.1", "KMS.2")),
    ResourceRule(check=roles_are_passed_to_one_service, on=DOCUMENTS, ids=("CKV_AWS_286",)),
    ResourceRule(check=no_policy_of_aws, on=(tokens.ROLE, tokens.ATTACHMENT), ids=("IAM.1", "CKV_AWS_274")),
    StackRule(check=attached_policy_is_of_the_stack, on=(tokens.ROLE, tokens.ATTACHMENT), ids=()),
)
