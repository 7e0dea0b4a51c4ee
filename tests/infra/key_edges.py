"""Who writes what through the stack's key, found in the recorded program, and by what the key lets them.

A use of the key that `WRITERS` does not know is an error: somebody has to say who writes there.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from infra.offline import ACCOUNT, Program, Resource
from infra.rehearsal.iam import kinds
from infra.rehearsal.iam.conditions import Keys
from infra.rehearsal.iam.decision import Policies, Request, decide
from infra.rehearsal.iam.document import Policy, read
from infra.rehearsal.iam.operations.kms import encryption_context
from infra.rehearsal.iam.principals import Principal

USE = ("kms:GenerateDataKey", "kms:Decrypt")
POLICIES = {
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        "aws:s3/bucketPolicy:BucketPolicy",
        "bucket",
    ),
    "aws:sns/topic:Topic": ("aws:sns/topicPolicy:TopicPolicy", "arn"),
    "aws:sqs/queue:Queue": ("aws:sqs/queuePolicy:QueuePolicy", "queueUrl"),
}
"""By the type of what is encrypted: the type of its policy, and the policy's input that names it."""
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
SILENT = {"events.amazonaws.com"}
"""Services that do not tell KMS for which account they work: a condition on it would stop them without a word.

Source: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
"""


@dataclass(frozen=True, kw_only=True)
class Edge:
    """One writer, and one thing that it writes through the key."""

    who: str
    """A service's principal, the end of a role's name, or whoever runs `pulumi up`."""
    target: str
    """The end of the target's name."""
    principal: Principal
    identity: tuple[Policy, ...] = ()
    actions: tuple[str, ...] = USE
    context: Keys = field(default_factory=dict)

    @property
    def by(self) -> str:
        return {"service": "the key's policy names it", "role": "the role's policy", "account": "a grant"}[
            self.principal.kind
        ]


def edges(program: Program) -> list[Edge]:
    """Every edge. Raises LookupError for a use of the key that nobody has looked at."""
    found = []
    for target in program.resources:
        for path in sorted({path for path, text in leaves(target.inputs) if _key(program).inputs_arn in text}):
            writers = WRITERS.get((target.type, path))
            if writers is None:
                raise LookupError(
                    f"{target.name} ({target.type}) is given the key as {path}: "
                    "say who writes through it, in WRITERS of tests/infra/key_edges.py"
                )
            found += writers(program, target)
    return found


def refused(program: Program, edge: Edge) -> list[str]:
    """Why the key's policy, or the writer's, does not let it write; empty where both do."""
    key = _key(program)
    reasons = []
    for action in edge.actions:
        request = Request(
            principal=edge.principal,
            action=action,
            resource=key.inputs_arn,
            context=edge.context,
            resource_account=ACCOUNT,
        )
        policies = Policies(identity=edge.identity, resource=read("the key's policy", key.policy, kinds.KEY))
        if not (decision := decide(request, policies)).allowed:
            reasons.append(decision.reason)
    return reasons


@dataclass(frozen=True)
class _Key:
    inputs_arn: str
    policy: str


def _key(program: Program) -> _Key:
    (key,) = program.of_type("aws:kms/key:Key")
    return _Key(f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/{key.name}-0000000", key.inputs["policy"])


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The texts in inputs, with the names that lead to them."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path)
    elif isinstance(value, str):
        yield path, value


def _short(program: Program, name: str) -> str:
    return name.removeprefix(f"{program.project}-{program.environment}-")


def _service(program: Program, service: str, target: Resource, **more: Any) -> Edge:
    said = {} if service in SILENT else {"aws:SourceAccount": ACCOUNT}
    more["context"] = {**said, **more.get("context", {})}
    principal = Principal(kind="service", service=service)
    return Edge(who=service, target=_short(program, target.name), principal=principal, **more)


def _role(program: Program, policy: Resource, target: Resource, **more: Any) -> Edge:
    name = policy.name.removesuffix("-policy")
    principal = Principal(kind="role", account=ACCOUNT, arn=f"arn:aws:iam::{ACCOUNT}:role/{name}")
    identity = (read(policy.name, policy.inputs["policy"], kinds.INLINE),)
    who = _short(program, name)
    return Edge(who=who, target=_short(program, target.name), principal=principal, identity=identity, **more)


def by_policy(program: Program, target: Resource) -> list[Edge]:
    """The services that the target's own policy lets in, and the roles that may write there."""
    type_, named_by = POLICIES[target.type]
    of = set(target.uses.get("bucket", ())) or {target.urn}
    policies = [entry for entry in program.of_type(type_) if of & set(entry.uses.get(named_by, ()))]
    allowed = [entry for policy in policies for entry in _statements(policy) if entry["Effect"] == "Allow"]
    services = {name for entry in allowed for name in _listed(entry["Principal"].get("Service"))}
    return [_service(program, service, target) for service in sorted(services)]


def by_roles(program: Program, target: Resource) -> list[Edge]:
    """Who may write objects to a bucket, or read them."""
    bucket = target.inputs["bucket"]
    found = by_policy(program, target)
    for policy in program.of_type(ROLE_POLICY):
        on_bucket = [
            entry for entry in _statements(policy) if f"arn:aws:s3:::{bucket}/" in json.dumps(entry.get("Resource"))
        ]
        asked = {action for entry in on_bucket for action in _listed(entry["Action"])}
        if "s3:PutObject" in asked:
            found.append(_role(program, policy, target))
        elif "s3:GetObject" in asked:
            found.append(_role(program, policy, target, actions=("kms:Decrypt",)))
    return found


def by_logs(program: Program, target: Resource) -> list[Edge]:
    group = f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:{target.inputs['name']}"
    actions = (*USE, "kms:Encrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:DescribeKey")
    context = encryption_context({"aws:logs:arn": group})
    return [_service(program, "logs.eu-west-1.amazonaws.com", target, actions=actions, context=context)]


def by_grant(program: Program, target: Resource) -> list[Edge]:
    """The service gets a grant from whoever makes the target."""
    lent: Keys = {"kms:GrantIsForAWSResource": "true"}
    principal = Principal(kind="account", account=ACCOUNT)
    target_name = _short(program, target.name)
    return [
        Edge(who="`pulumi up`", target=target_name, principal=principal, actions=("kms:CreateGrant",), context=lent)
    ]


def by_its_role(*path: str) -> Callable[[Program, Resource], list[Edge]]:
    """The service writes with a role that it is given, under a path of inputs."""

    def writers(program: Program, target: Resource) -> list[Edge]:
        value: Any = target.inputs
        for name in path:
            value = value[name]
        (policy,) = [entry for entry in program.of_type(ROLE_POLICY) if entry.inputs["role"] in value]
        return [_role(program, policy, target)]

    return writers


def by_scheduler(program: Program, target: Resource) -> list[Edge]:
    """The scheduler lends the key for the disks of the job that it starts."""
    (policy,) = [
        entry for entry in program.of_type(ROLE_POLICY) if entry.inputs["role"] in target.inputs["target"]["roleArn"]
    ]
    lent = {"kms:GrantIsForAWSResource": "true"}
    return [_role(program, policy, target, actions=("kms:CreateGrant",), context=lent)]


def by_trail(program: Program, target: Resource) -> list[Edge]:
    arn = f"arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/{target.name}-0000000"
    edge = partial(_service, program, "cloudtrail.amazonaws.com", target)
    who: Keys = {"aws:SourceArn": arn}
    return [
        edge(actions=("kms:GenerateDataKey",), context={**who, **encryption_context({"aws:cloudtrail:arn": arn})}),
        edge(actions=("kms:DescribeKey",), context=who),
    ]


def by_jobs(program: Program, target: Resource) -> list[Edge]:
    """The pipeline lends the key for the disks of its jobs; what runs in them writes through it."""
    definition = json.loads(target.inputs["pipelineDefinition"])
    (jobs,) = [entry["DefaultValue"] for entry in definition["Parameters"] if entry["Name"] == "Role"]
    roles = {entry.inputs["role"]: entry for entry in program.of_type(ROLE_POLICY)}
    (starter,) = [policy for role, policy in roles.items() if role in target.inputs["roleArn"]]
    (runner,) = [policy for role, policy in roles.items() if role in jobs]
    lent = {"kms:GrantIsForAWSResource": "true"}
    return [
        _role(program, starter, target, actions=("kms:CreateGrant",), context=lent),
        _role(program, runner, target),
    ]


def by_model(program: Program, target: Resource) -> list[Edge]:
    """SageMaker writes what it captures, and an asynchronous endpoint's answers, with the role of the model."""
    (policy,) = [entry for entry in program.of_type(ROLE_POLICY) if entry.name.endswith("-endpoint-role-policy")]
    return [_role(program, policy, target)]


def by_caller(_program: Program, target: Resource) -> list[Edge]:
    """Secrets Manager uses the key with the rights of who writes the secret."""
    principal = Principal(kind="account", account=ACCOUNT)
    return [Edge(who="`pulumi up`", target=_short(_program, target.name), principal=principal)]


def nobody(_program: Program, _target: Resource) -> list[Edge]:
    """A policy that says who may use the key is no target."""
    return []


WRITERS: dict[tuple[str, str], Callable[[Program, Resource], list[Edge]]] = {
    (ROLE_POLICY, "policy"): nobody,
    ("aws:cloudtrail/trail:Trail", "kmsKeyId"): by_trail,
    ("aws:cloudwatch/logGroup:LogGroup", "kmsKeyId"): by_logs,
    ("aws:rds/instance:Instance", "kmsKeyId"): by_grant,
    ("aws:rds/instance:Instance", "masterUserSecretKmsKeyId"): by_grant,
    ("aws:secretsmanager/secret:Secret", "kmsKeyId"): by_caller,
    ("aws:codebuild/project:Project", "encryptionKey"): by_its_role("serviceRole"),
    ("aws:ecr/repository:Repository", "encryptionConfigurations.kmsKey"): by_grant,
    ("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", "extendedS3Configuration.kmsKeyArn"): by_its_role(
        "extendedS3Configuration", "roleArn"
    ),
    (
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "rules.applyServerSideEncryptionByDefault.kmsMasterKeyId",
    ): by_roles,
    (
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
        "asyncInferenceConfig.outputConfig.kmsKeyId",
    ): by_model,
    ("aws:sagemaker/endpointConfiguration:EndpointConfiguration", "dataCaptureConfig.kmsKeyId"): by_model,
    ("aws:sagemaker/endpointConfiguration:EndpointConfiguration", "kmsKeyArn"): by_grant,
    ("aws:sagemaker/modelCard:ModelCard", "securityConfig.kmsKeyId"): by_grant,
    ("aws:sagemaker/pipeline:Pipeline", "pipelineDefinition"): by_jobs,
    ("aws:scheduler/schedule:Schedule", "target.input"): by_scheduler,
    ("aws:sns/topic:Topic", "kmsMasterKeyId"): by_policy,
    ("aws:sqs/queue:Queue", "kmsMasterKeyId"): by_policy,
}
"""By the type of what is encrypted and the input that names the key: who writes there."""


def _statements(policy: Resource) -> list[dict[str, Any]]:
    return json.loads(policy.inputs["policy"])["Statement"]


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())
