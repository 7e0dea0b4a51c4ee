"""Whether AWS lets a request through.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html,
https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from infra.rehearsal.iam.conditions import Context, Keys
from infra.rehearsal.iam.document import Policy, StatementId
from infra.rehearsal.iam.principals import Named, Principal
from infra.rehearsal.iam.statements import Asked, Match, matches

RESOURCE_DECIDES = {"sts": ":role/", "kms": ":key/"}
"""What must let the caller in itself, by the service: a role by its trust policy, a key by its key policy."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """One action on one resource."""

    principal: Principal
    action: str
    """As in `s3:PutObject`."""
    resource: str
    """An ARN, or * where the action has no resource type."""
    context: Keys
    """Condition keys; those that say who asks are added."""
    resource_account: str
    """The account that owns the resource."""

    def __str__(self) -> str:
        return f"{self.principal} is not authorized to perform: {self.action} on resource: {self.resource}"


@dataclass(frozen=True, kw_only=True)
class Policies:
    """All policies that have a say in a request."""

    identity: Sequence[Policy] = ()
    boundary: Policy | None = None
    session: Sequence[Policy] = ()
    """What the session was limited to when it was made."""
    resource: Policy | None = None
    """The resource's own: of the bucket, key, topic or repository; the trust policy for sts:AssumeRole, but not for
    iam:PassRole."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Whether a request is allowed, and by what."""

    allowed: bool
    reason: str
    """Principal, action, resource, and what denied it or that nothing allowed it; empty where it is allowed."""
    statements: tuple[StatementId, ...]
    """The statements that allowed it, or the one that denied it."""


@dataclass(frozen=True, kw_only=True)
class _Layer:
    """What one group of policies says to a request."""

    what: str
    policies: tuple[Policy, ...]
    matches: tuple[Match, ...]

    @classmethod
    def of(cls, what: str, policies: Iterable[Policy | None], asked: Asked) -> "_Layer":
        present = tuple(policy for policy in policies if policy is not None)
        return cls(what=what, policies=present, matches=tuple(matches(present, asked)))

    @property
    def denying(self) -> Match | None:
        return next((match for match in self.matches if not match.statement.allows and match.unmet is None), None)

    def allowing(self, *named: Named) -> tuple[StatementId, ...]:
        """The statements that allow it, of those that name who asks in one of the ways."""
        return tuple(
            match.statement.id
            for match in self.matches
            if match.statement.allows and match.unmet is None and match.named in named
        )

    def silence(self, context: Context) -> str:
        """That nothing here allows it, and which condition stood in the way."""
        names = f" ({', '.join(policy.name for policy in self.policies)})" if self.policies else ""
        allowing = [match for match in self.matches if match.statement.allows]
        near = [f"; {match} would if {match.unmet.text(context)}" for match in allowing if match.unmet]
        return f"no statement of {self.what}{names} allows it{''.join(near)}"


def decide(request: Request, policies: Policies) -> Decision:
    """Whether the policies let the request through: what nothing allows is denied, and a Deny wins over every Allow."""
    principal = request.principal
    context = Context({**principal.keys, "aws:ResourceAccount": request.resource_account, **request.context})
    asked = Asked(
        principal=principal,
        action=request.action,
        resource=request.resource,
        context=context,
        bounded=policies.boundary is not None,
    )
    identity = _Layer.of("the identity's policies", policies.identity, asked)
    limits = [
        _Layer.of("the permissions boundary", [policies.boundary], asked),
        _Layer.of("the session's policies", policies.session, asked),
    ]
    resource = _Layer.of("the resource's policy", [policies.resource], asked)
    for layer in (identity, *limits, resource):
        if (denying := layer.denying) is not None:
            return _no(request, f"{denying} denies it", denying.statement.id)
    return _allowed(request, identity, [limit for limit in limits if limit.policies], resource, context)


def _allowed(request: Request, identity: _Layer, limits: list[_Layer], resource: _Layer, context: Context) -> Decision:
    principal = request.principal
    if principal.kind in {"service", "federated", "anonymous"}:
        let_in = resource.allowing(Named.DIRECTLY)
        return _yes(let_in) if let_in else _no(request, resource.silence(context))

    own = principal.account == request.resource_account
    if own and (let_in := resource.allowing(Named.DIRECTLY)):
        return _yes(identity.allowing(Named.DIRECTLY), let_in)
    for limit in limits:
        if not limit.allowing(Named.DIRECTLY):
            return _no(request, limit.silence(context))
    within = [limit.allowing(Named.DIRECTLY) for limit in limits]
    if own and (let_in := resource.allowing(Named.ROLE)):
        return _yes(identity.allowing(Named.DIRECTLY), *within, let_in)

    by_identity = identity.allowing(Named.DIRECTLY)
    if not by_identity and principal.kind != "account":
        silent = [identity, *([resource] if own and resource.policies else [])]
        return _no(request, "; ".join(layer.silence(context) for layer in silent))
    by_resource = resource.allowing(Named.ACCOUNT, Named.ROLE, Named.DIRECTLY)
    if not by_resource and (not own or _resource_decides(request)):
        return _no(request, resource.silence(context))
    return _yes(by_identity, *within, by_resource)


def _resource_decides(request: Request) -> bool:
    # What is still to be made, such as key/*, has no policy of its own yet.
    decides = RESOURCE_DECIDES.get(request.action.partition(":")[0])
    return decides is not None and decides in request.resource and not request.resource.endswith("*")


def _yes(*by: tuple[StatementId, ...]) -> Decision:
    return Decision(allowed=True, reason="", statements=tuple(id_ for ids in by for id_ in ids))


def _no(request: Request, because: str, *by: StatementId) -> Decision:
    return Decision(allowed=False, reason=f"{request} because {because}", statements=by)
