"""Who delivers one environment: the boundary of its roles, and the roles that preview, deploy and promote."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pulumi
import pulumi_aws as aws

from infra import documents
from infra.account import bounding, deploying, previewing, promoting, trust
from infra.account.scope import Scope, Statement, boundary_name, packed
from infra.account.trust import Repository
from infra.names import DELIVERY_PATH
from infra.permissions import document

SESSION_SECONDS = 3600
LONG_SESSION_SECONDS = 4 * 3600
"""An update bakes before it ends, and the state is written with the same credentials."""
ROLES: dict[str, tuple[Callable[[Scope], list[Statement]], int]] = {
    "preview": (previewing.statements, SESSION_SECONDS),
    "deploy": (deploying.statements, LONG_SESSION_SECONDS),
    "promote": (promoting.statements, SESSION_SECONDS),
}
"""By what they do: what they may do, and for how long at a time."""


@dataclass(frozen=True, kw_only=True)
class DeliveryArgs:
    scope: Scope
    """The environment; its account is not known before the program runs."""
    account: pulumi.Output[str]
    repository: Repository
    provider_arn: pulumi.Output[str]


class Delivery(pulumi.ComponentResource):
    """The delivery roles of one environment, and what every role within it is bounded by."""

    boundary: str
    roles: dict[str, pulumi.Output[str]]
    """The roles' ARNs by what they do."""

    def __init__(self, name: str, args: DeliveryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Delivery", name, {}, opts)
        prefix = args.scope.prefix
        self.boundary = boundary_name(prefix)
        self._policy(f"{name}-boundary", self.boundary, args, bounding.statements)
        self.roles = {purpose: self._role(name, purpose, args) for purpose in ROLES}
        self.register_outputs({"boundary": self.boundary, "roles": self.roles})

    def _role(self, name: str, purpose: str, args: DeliveryArgs) -> pulumi.Output[str]:
        may, seconds = ROLES[purpose]
        event = event_of(purpose, args.scope.environment)
        role = aws.iam.Role(
            f"{name}-{purpose}",
            name=f"{args.scope.prefix}-{purpose}",
            path=DELIVERY_PATH,
            description=f"{purpose.capitalize()}s {args.scope.prefix} from GitHub: {event}",
            assume_role_policy=document(trust.statement(args.repository, event, args.provider_arn)),
            max_session_duration=seconds,
            opts=pulumi.ResourceOptions(parent=self),
        )
        for number in range(len(packed(may(args.scope)))):
            policy = self._policy(
                f"{name}-{number}-{purpose}",
                f"{args.scope.prefix}-{number}-{purpose}",
                args,
                lambda scope, number=number: packed(may(scope))[number],
            )
            aws.iam.RolePolicyAttachment(
                f"{name}-{number}-{purpose}-attached",
                role=role.name,
                policy_arn=policy.arn,
                opts=pulumi.ResourceOptions(parent=self),
            )
        return role.arn

    def _policy(
        self, name: str, physical: str, args: DeliveryArgs, may: Callable[[Scope], Sequence[Statement]]
    ) -> aws.iam.Policy:
        written = args.account.apply(lambda account: documents.written(list(may(replace(args.scope, account=account)))))
        return aws.iam.Policy(
            name, name=physical, path=DELIVERY_PATH, policy=written, opts=pulumi.ResourceOptions(parent=self)
        )


def event_of(purpose: str, environment: str) -> str:
    """What a workflow must be run for to take a role on. Code that nobody has reviewed gets to preview alone."""
    return trust.PULL_REQUEST if purpose == "preview" else trust.environment(environment)
