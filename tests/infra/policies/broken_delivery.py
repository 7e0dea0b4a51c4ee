"""How somebody could come to deliver who should not, and what a preview could read, by the rule that must find it."""

from typing import Any

from infra.policies import tokens
from infra.policies.rule import SECRET
from tests.infra.policies.breaking import Mutation, change, put, trust, wide
from tests.infra.policies.cases_delivery import LOOSE, TRUST

ROLES = "arn:aws:iam::123456789012:role/mlops-demo-prod-"
POLICIES = "arn:aws:iam::123456789012:policy/mlops-demo-prod-"
ISSUER = "token.actions.githubusercontent.com"


def workflows(**claims: Any) -> Mutation:
    """Has a role trust GitHub's workflows, with claims put in place of the right ones, or left out."""
    right = dict(TRUST["Condition"]["StringEquals"])
    changed = {**right, **{f"{ISSUER}:{claim}": value for claim, value in claims.items()}}
    kept = {claim: value for claim, value in changed.items() if value is not None}
    return trust(lambda entry: entry.clear() or entry.update({**TRUST, "Condition": {"StringEquals": kept}}))


def federated(provider: str) -> Mutation:
    """Has a role trust all whom a provider knows."""
    return trust(lambda entry: entry.pop("Condition") and entry.update(Principal={"Federated": provider}))


DELIVERY: dict[str, dict[str, Mutation]] = {
    "workflow-is-known-by-its-subject": {
        "a role for a whole organisation": trust(lambda entry: entry.clear() or entry.update(LOOSE)),
        "a role for every audience": workflows(aud=None),
        "a role for pull requests": workflows(sub="repo:octo-org@123456/octo-repo@456789:pull_request"),
        "a role for a repository at large": workflows(sub="repo:octo-org@123456/octo-repo@456789"),
    },
    "roles-are-made-within-a-boundary": {
        "a job that makes roles": wide("iam:CreateRole", resource=f"{ROLES}a"),
        "a job that attaches policies": wide("iam:AttachRolePolicy", resource=f"{ROLES}a"),
        "a job that makes roles by a pattern": wide("iam:CreateRol*", resource=f"{ROLES}a"),
    },
    "nobody-comes-to-have-more": {
        "a job that changes trust": wide("iam:UpdateAssumeRolePolicy", resource=f"{ROLES}a"),
        "a job that writes a policy anew": wide("iam:CreatePolicyVersion", resource=f"{POLICIES}a"),
        "a job that makes a key": wide("iam:CreateAccessKey", resource="arn:aws:iam::123456789012:user/a"),
        "a job that takes on a role": wide("sts:AssumeRole", resource=f"{ROLES}a"),
        "a job that makes a key by a pattern": wide("iam:Create*Key", resource="arn:aws:iam::123456789012:user/a"),
    },
    "federated-users-are-narrowed": {
        "a role for a whole user pool": federated("cognito-identity.amazonaws.com"),
        "a role for a whole company": federated("arn:aws:iam::123456789012:saml-provider/company"),
    },
    "roles-share-one-boundary": {
        "one role within a boundary": put(
            tokens.ROLE, "permissionsBoundary", "arn:aws:iam::123456789012:policy/a", "train-job-role"
        ),
    },
    "state-holds-no-secret": {
        "a password for a build": change(
            tokens.BUILD,
            lambda inputs: inputs["environment"]["environmentVariables"].append(
                {"name": "DB_PASSWORD", "value": "hunter2"}
            ),
        ),
        "an access key in a description": put(tokens.ALARM, "alarmDescription", "asks with AKIAIOSFODNN7EXAMPLE"),
        "a secret of Pulumi's": put(
            tokens.TOPIC, "displayName", {SECRET: "1b47061264138c4ac30d75fd1eb44270", "value": "hunter2"}
        ),
        "a server's address with a password": put(tokens.TOPIC, "displayName", "https://admin:hunter2@mlflow.example"),
    },
}
