"""Who asks, and how far a policy's Principal element names them.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

Principals = Mapping[str, tuple[str, ...]]
"""A policy's Principal element: AWS, Service or Federated, and whom it names."""


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Who makes a request."""

    kind: Literal["role", "service", "federated", "account", "anonymous"]
    """`account`: an administrator of the account, who may do everything that no policy denies."""
    account: str = ""
    arn: str = ""
    """The role, or the identity provider."""
    session_arn: str = ""
    """The role's session, `arn:aws:sts::<account>:assumed-role/<role>/<session>`."""
    service: str = ""
    """Such as `sagemaker.amazonaws.com`."""

    @property
    def root_arn(self) -> str:
        """The account, as policies name it."""
        return f"arn:aws:iam::{self.account}:root"

    @property
    def keys(self) -> dict[str, str]:
        """The condition keys that say who asks."""
        keys = {"aws:PrincipalIsAWSService": "true" if self.kind == "service" else "false"}
        if self.kind == "service":
            return keys | {"aws:PrincipalServiceName": self.service}
        if self.kind in {"role", "account"}:
            arn = self.arn if self.kind == "role" else self.root_arn
            type_ = "AssumedRole" if self.kind == "role" else "Account"
            return keys | {"aws:PrincipalArn": arn, "aws:PrincipalAccount": self.account, "aws:PrincipalType": type_}
        return keys | ({"aws:PrincipalType": "Anonymous"} if self.kind == "anonymous" else {})

    def __str__(self) -> str:
        return {
            "role": self.session_arn or self.arn,
            "service": self.service,
            "federated": self.arn,
            "account": self.root_arn,
            "anonymous": "anonymous",
        }[self.kind]


class Named(IntEnum):
    """How far a policy names who asks: what it allows counts accordingly."""

    NOT = 0
    ACCOUNT = 1
    """Their account: that leaves it to the account's own policies."""
    ROLE = 2
    """The role: boundary and session policies still limit it."""
    DIRECTLY = 3
    """The session, the service, or everyone."""


def named(principals: Principals, principal: Principal) -> Named:
    """How far a Principal element names who asks."""
    texts = principals.get("AWS", ())
    if "*" in texts:
        return Named.DIRECTLY
    if principal.kind == "service":
        return Named.DIRECTLY if {principal.service, "*"} & set(principals.get("Service", ())) else Named.NOT
    if principal.kind == "federated":
        return Named.DIRECTLY if principal.arn in principals.get("Federated", ()) else Named.NOT
    if principal.kind == "anonymous":
        return Named.NOT
    if principal.session_arn and principal.session_arn in texts:
        return Named.DIRECTLY
    if principal.arn and principal.arn in texts:
        return Named.ROLE
    if principal.account in texts or principal.root_arn in texts:
        return Named.DIRECTLY if principal.kind == "account" else Named.ACCOUNT
    return Named.NOT


def excepted(principals: Principals, principal: Principal) -> bool:
    """Whether a NotPrincipal element leaves out who asks: it must name the account, the role and the session.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    texts = set(principals.get("AWS", ()))
    if principal.kind == "service":
        return principal.service in principals.get("Service", ())
    if principal.kind == "federated":
        return principal.arn in principals.get("Federated", ())
    if principal.kind == "anonymous":
        return False
    own = {arn for arn in (principal.arn, principal.session_arn) if arn}
    return bool({principal.account, principal.root_arn} & texts) and own <= texts
