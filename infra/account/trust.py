"""Whom a delivery role trusts: one kind of run of one GitHub repository, by numbers that nobody else can come to have.

Sources: docs.github.com/en/actions/reference/security/oidc,
docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
"""

from dataclasses import dataclass
from typing import Any

ISSUER = "token.actions.githubusercontent.com"
URL = f"https://{ISSUER}"
AUDIENCE = "sts.amazonaws.com"
PULL_REQUEST = "pull_request"


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A repository by its names, which may change hands, and its numbers, which do not."""

    name: str
    """owner/name"""
    owner_id: str
    repository_id: str

    def subject(self, event: str) -> str:
        """The `sub` of a token, as GitHub writes it with immutable ids; another event or repository has another."""
        owner, _, name = self.name.partition("/")
        return f"repo:{owner}@{self.owner_id}/{name}@{self.repository_id}:{event}"


def environment(name: str) -> str:
    """The event of a job that runs in a GitHub environment, whatever branch it is on."""
    return f"environment:{name}"


def statement(repository: Repository, event: str, provider: Any) -> dict[str, Any]:
    """The trust in tokens of one event; everything by StringEquals, so that a token lacking a claim is refused."""
    claims = {
        "aud": AUDIENCE,
        "sub": repository.subject(event),
        "repository_id": repository.repository_id,
        "repository_owner_id": repository.owner_id,
    }
    return {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{ISSUER}:{claim}": value for claim, value in claims.items()}},
    }
