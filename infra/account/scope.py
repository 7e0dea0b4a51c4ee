"""One environment as the account's policies see it: what its names start with, and what says whose a thing is."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from infra import tags
from infra.names import DELIVERY_PATH, config_start

Statement = dict[str, Any]
SIZE_LIMIT = 6_144
"""Characters of a managed policy, without white space.

docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
POLICIES_LIMIT = 10
"""Managed policies of a role."""
ENVELOPE = len('{"Version":"2012-10-17","Statement":[]}')


@dataclass(frozen=True, kw_only=True)
class Scope:
    """An environment of a project in an account."""

    account: str
    region: str
    project: str
    environment: str
    state_bucket: str
    state_key: str
    """The key's ARN."""
    unprotected: bool
    """Whether the environment's data may be deleted with it."""

    @property
    def prefix(self) -> str:
        """What the environment's names start with, and its tag's value."""
        return f"{self.project}-{self.environment}"

    @property
    def boundary_arn(self) -> str:
        return f"arn:aws:iam::{self.account}:policy{DELIVERY_PATH}{boundary_name(self.prefix)}"

    @property
    def of_this_stack(self) -> dict[str, Any]:
        """The condition that what is there is the environment's own."""
        return {"StringEquals": {f"aws:ResourceTag/{tags.STACK}": self.prefix}}

    @property
    def for_this_stack(self) -> dict[str, Any]:
        """The condition that what is made says it is the environment's own."""
        return {"StringEquals": {f"aws:RequestTag/{tags.STACK}": self.prefix}}

    def arns(self, service: str, *resources: str) -> list[str]:
        """ARNs in the account and region; `{prefix}` and `{config}` are what the environment's names start with."""
        starts = {"prefix": self.prefix, "config": config_start(self.prefix)}
        return [self._start(service, resource) + resource.format(**starts) for resource in resources]

    def _start(self, service: str, resource: str) -> str:
        if service == "s3":
            return "arn:aws:s3:::"
        everywhere = service in ("iam", "budgets") or resource.startswith("dashboard/")
        return f"arn:aws:{service}:{'' if everywhere else self.region}:{self.account}:"


def boundary_name(prefix: str) -> str:
    """The policy that bounds an environment's roles: what `permissionsBoundary` in its settings says."""
    return f"{prefix}-boundary"


@dataclass(frozen=True, kw_only=True)
class Right:
    """One row of a table of rights: actions of a service on resources."""

    service: str
    actions: str
    """Names without the service, with white space between them."""
    on: tuple[str, ...] = ("{prefix}-*",)
    """What comes behind the service, region and account of an ARN; `*` for what takes no narrower resource."""
    of_this_stack: bool = False
    """Only what carries the environment's tag: for what AWS names itself."""
    for_this_stack: bool = False
    """Only what is given the environment's tag in the same request."""
    when: dict[str, dict[str, Any]] | None = None

    def statement(self, scope: Scope) -> Statement:
        resources = ["*"] if self.on == ("*",) else scope.arns(self.service, *self.on)
        conditions: dict[str, dict[str, Any]] = {operator: dict(keys) for operator, keys in (self.when or {}).items()}
        for given in [scope.of_this_stack] * self.of_this_stack + [scope.for_this_stack] * self.for_this_stack:
            for operator, keys in given.items():
                conditions.setdefault(operator, {}).update(keys)
        return allow(*(f"{self.service}:{name}" for name in self.actions.split()), on=resources, when=conditions)


def allow(*actions: str, on: Sequence[str], when: dict[str, Any] | None = None) -> Statement:
    statement: Statement = {"Effect": "Allow", "Action": list(actions), "Resource": list(on)}
    return statement | ({"Condition": when} if when else {})


def deny(
    *actions: str, on: Sequence[str] = ("*",), but: Sequence[str] = (), when: dict[str, Any] | None = None
) -> Statement:
    """A statement that denies, on resources or on all others `but` these."""
    about = {"NotResource": list(but)} if but else {"Resource": list(on)}
    return {"Effect": "Deny", "Action": list(actions), **about} | ({"Condition": when} if when else {})


def packed(statements: Iterable[Statement]) -> list[list[Statement]]:
    """The statements in as few managed policies as hold them in this order. Raises ValueError past a role's limit."""
    policies: list[list[Statement]] = [[]]
    room = SIZE_LIMIT - ENVELOPE
    for statement in statements:
        size = len(json.dumps(statement, separators=(",", ":"))) + 1
        if size > room and policies[-1]:
            policies.append([])
            room = SIZE_LIMIT - ENVELOPE
        policies[-1].append(statement)
        room -= size
    if len(policies) > POLICIES_LIMIT:
        raise ValueError(f"{len(policies)} policies are needed, expected at most {POLICIES_LIMIT} for a role")
    return policies
