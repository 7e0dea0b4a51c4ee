"""Whether a statement is about a request."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from infra.rehearsal.iam.conditions import Condition, Context
from infra.rehearsal.iam.document import Policy, Statement
from infra.rehearsal.iam.patterns import arn_like, fill, like
from infra.rehearsal.iam.principals import Named, Principal, excepted, named


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request as statements see it."""

    principal: Principal
    action: str
    resource: str
    context: Context
    bounded: bool
    """Whether the principal has a permissions boundary."""


@dataclass(frozen=True, kw_only=True)
class Match:
    """A statement that is about the request, or would be but for a condition."""

    statement: Statement
    named: Named
    """How far it names who asks; DIRECTLY for policies of the identity itself."""
    unmet: Condition | None

    def __str__(self) -> str:
        return str(self.statement.id)


def matches(policies: Iterable[Policy], asked: Asked) -> Iterator[Match]:
    """The statements about the request's principal, action and resource, in order."""
    for policy in policies:
        for statement in policy.statements:
            found = _named(statement, asked)
            if found and _acts(statement, asked) and _concerns(statement, asked):
                yield Match(statement=statement, named=found, unmet=_unmet(statement, asked.context))


def _named(statement: Statement, asked: Asked) -> Named:
    if statement.principals is None:
        return Named.DIRECTLY
    if not statement.other_principals:
        return named(statement.principals, asked.principal)
    if statement.allows:
        return Named.NOT if named(statement.principals, asked.principal) else Named.DIRECTLY
    # A Deny for all but some always reaches who has a boundary:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    spared = not asked.bounded and excepted(statement.principals, asked.principal)
    return Named.NOT if spared else Named.DIRECTLY


def _acts(statement: Statement, asked: Asked) -> bool:
    listed = any(like(pattern, asked.action, ignore_case=True) for pattern in statement.actions)
    return listed is not statement.other_actions


def _concerns(statement: Statement, asked: Asked) -> bool:
    lookup = asked.context.one if statement.variables else None
    if statement.other_resources and any(fill(pattern, lookup) is None for pattern in statement.resources):
        # A variable without a value makes the statement invalid, not wider.
        return False
    listed = any(arn_like(pattern, asked.resource, lookup) for pattern in statement.resources)
    return listed is not statement.other_resources


def _unmet(statement: Statement, context: Context) -> Condition | None:
    unmet = (
        condition for condition in statement.conditions if not condition.met(context, variables=statement.variables)
    )
    return next(unmet, None)
