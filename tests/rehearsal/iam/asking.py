"""What the tests of permissions share: a role, its policies from statements, and requests."""

from collections.abc import Mapping, Sequence
from typing import Any

from infra.rehearsal.iam import kinds
from infra.rehearsal.iam.decision import Decision, Policies, Request, decide
from infra.rehearsal.iam.document import Policy, parse
from infra.rehearsal.iam.kinds import Kind
from infra.rehearsal.iam.principals import Principal

ACCOUNT, OTHER = "111122223333", "444455556666"
ROLE = Principal(
    kind="role",
    account=ACCOUNT,
    arn=f"arn:aws:iam::{ACCOUNT}:role/example",
    session_arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/example/session",
)
SERVICE = Principal(kind="service", service="sagemaker.amazonaws.com")
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
ADMIN = Principal(kind="account", account=ACCOUNT)
ANYBODY = Principal(kind="anonymous")
OBJECT = "arn:aws:s3:::bucket/key"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234"

Statement = dict[str, Any]


def policy(*statements: Statement, name: str = "own", kind: Kind = kinds.INLINE, version: str = "2012-10-17") -> Policy:
    return parse(name, {"Version": version, "Statement": list(statements)}, kind)


def allow(action: str | list[str] = "*", resource: str | list[str] = "*", **more: Any) -> Statement:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: str | list[str] = "*", resource: str | list[str] = "*", **more: Any) -> Statement:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def ask(
    policies: Policies,
    action: str = "s3:GetObject",
    resource: str = OBJECT,
    *,
    principal: Principal = ROLE,
    context: Mapping[str, str | Sequence[str]] | None = None,
    owner: str = ACCOUNT,
) -> Decision:
    request = Request(
        principal=principal, action=action, resource=resource, context=context or {}, resource_account=owner
    )
    return decide(request, policies)


def lets(*statements: Statement, version: str = "2012-10-17", **request: Any) -> bool:
    """Whether one policy of the role with these statements lets a request through."""
    return ask(Policies(identity=[policy(*statements, version=version)]), **request).allowed


def bucket_policy(*statements: Statement) -> Policy:
    return policy(*statements, name="bucket", kind=kinds.BUCKET)
