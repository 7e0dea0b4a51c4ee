"""Whom the delivery roles trust, and what the rule about such trust finds: asked of published vectors.

`subvectors` (PyPI, Apache-2.0, its vectors CC0) lists trust conditions for GitHub's tokens on AWS, each with a token
and a grade by its authors. The rule must find every dangerous one and none that is safe; the roles themselves must
refuse every token but their own.
"""

import json
from typing import Any

import pytest
from subvectors import corpus
from subvectors.matcher import satisfies

from infra.account import trust
from infra.account.delivery import ROLES, event_of
from infra.account.trust import ISSUER, Repository
from infra.policies import tokens
from infra.policies.delivery import RULES
from infra.policies.rule import found
from tests.infra.policies.asked import ask, document
from tests.infra.policies.cases_delivery import PROVIDER
from tests.rehearsal.delivery.conftest import refusal

OURS = Repository(name="octo-org/octo-repo", owner_id="123456", repository_id="7891011")
VECTORS: list[dict[str, Any]] = corpus.load_suite("github-aws")["vectors"]


def grade(vector: dict[str, Any]) -> str:
    return (vector.get("judgment") or {}).get("grade", "")


GRADED = {vector["id"]: vector for vector in VECTORS if grade(vector) in {"safe", "dangerous"}}
SAFE = sorted(id_ for id_, vector in GRADED.items() if vector["judgment"]["grade"] == "safe")
DANGEROUS = sorted(GRADED.keys() - set(SAFE))
BESIDE = {
    "gh-aws-aud-pinned-official-action": "a second key beside the subject, as its own reason says",
    "gh-aws-aud-default-owner-url-rejected": "a second key beside the subject, as its own reason says",
    "gh-aws-environment-key-absent-claim-rejected": "about a claim beside the subject, which AWS itself demands",
    "gh-aws-jwr-condition-key-sha-pin": "about a claim beside the subject, which AWS itself demands",
}
"""Safe vectors that name no subject: held against the rule beside an exact one, and why."""
NOT_ACCEPTED = {
    "gh-aws-environment-colon-encoded-exact": (
        "the very condition of gh-aws-environment-colon-twin-collides, which is dangerous: an environment's name here "
        "is one word of letters and digits, so no role of ours needs it"
    )
}
"""Safe vectors that the rule refuses, and why."""


def conditions(condition: dict[str, Any]) -> list[dict[str, Any]]:
    return condition["of"] if condition["consumer"] == "aws-all" else [condition]


def block(condition: dict[str, Any], **beside: str) -> dict[str, Any]:
    """A vector's condition as a policy has it; `beside` are claims that it says nothing about."""
    operators = {"aws-stringequals": "StringEquals", "aws-stringlike": "StringLike"}
    written: dict[str, dict[str, Any]] = {}
    for part in conditions(condition):
        operator = operators[part["consumer"]]
        operator = f"{part['qualifier']}:{operator}" if part.get("qualifier") else operator
        written.setdefault(operator, {})[f"{ISSUER}:{part.get('claim', 'sub')}"] = part["pattern"]
    said = {part.get("claim", "sub") for part in conditions(condition)}
    for claim, value in beside.items():
        if claim not in said:
            written.setdefault("StringEquals", {})[f"{ISSUER}:{claim}"] = value
    return written


def findings(condition: dict[str, Any]) -> list[str]:
    """What the rule says of a role with this condition."""
    statement = {**trust.statement(OURS, "environment:prod", PROVIDER), "Condition": condition}
    role = ask(tokens.ROLE, assumeRolePolicy=document(statement))
    return [finding.text for finding in found([RULES[0]], [role])]


@pytest.mark.parametrize("id_", DANGEROUS)
def test_every_dangerous_vector_is_refused(id_: str):
    condition = GRADED[id_]["condition"]
    # Whether alone, or under the audience that every role of ours asks for.
    assert findings(block(condition))
    assert findings(block(condition, aud=trust.AUDIENCE))


@pytest.mark.parametrize("id_", [id_ for id_ in SAFE if id_ not in NOT_ACCEPTED])
def test_every_safe_vector_that_applies_is_accepted(id_: str):
    beside = {"sub": OURS.subject("environment:prod")} if id_ in BESIDE else {}
    assert findings(block(GRADED[id_]["condition"], aud=trust.AUDIENCE, **beside)) == []


@pytest.mark.parametrize(
    ("operator", "claim"),
    [
        ("ForAllValues:StringEquals", "environment"),
        ("ForAnyValue:StringLike", "ref"),
        ("StringEqualsIfExists", "environment"),
        ("StringNotEquals", "ref"),
        ("StringEquals", "actor"),
        ("StringEquals", "workflow"),
    ],
)
def test_what_only_looks_like_a_limit_is_found_beside_an_exact_subject(operator: str, claim: str):
    right = trust.statement(OURS, "environment:prod", PROVIDER)["Condition"]
    assert findings(right) == []
    beside = {**right.get(operator, {}), f"{ISSUER}:{claim}": "some"}
    assert len(findings({**right, operator: beside})) == 1


def test_what_does_not_apply_is_listed_and_nothing_else():
    assert len(SAFE) == 17
    assert len(DANGEROUS) == 18
    unnamed = {
        id_
        for id_ in SAFE
        if not any(part.get("claim", "sub") == "sub" for part in conditions(GRADED[id_]["condition"]))
    }
    assert unnamed == BESIDE.keys()
    (safe,) = NOT_ACCEPTED
    twin = GRADED["gh-aws-environment-colon-twin-collides"]
    assert GRADED[safe]["condition"] == twin["condition"]
    assert findings(block(GRADED[safe]["condition"], aud=trust.AUDIENCE))


@pytest.mark.parametrize("purpose", ROLES)
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_a_role_takes_no_token_of_a_vector_but_its_own(vector: dict[str, Any], purpose: str):
    event = event_of(purpose, "prod")
    statement = trust.statement(OURS, event, PROVIDER)
    ids = {"repository_id": OURS.repository_id, "repository_owner_id": OURS.owner_id}
    # With everything else right, the subject alone decides.
    token = {"aud": trust.AUDIENCE, **ids, **vector.get("claims", {}), "sub": vector["subject"]}
    asked = [
        {"consumer": "aws-stringequals", "claim": key.removeprefix(f"{ISSUER}:"), "pattern": value}
        for key, value in statement["Condition"]["StringEquals"].items()
    ]
    taken = satisfies(vector["subject"], {"consumer": "aws-all", "of": asked}, token)
    assert taken is (refusal(json.dumps({"Version": "2012-10-17", "Statement": [statement]}), token) == "")
    assert taken is (vector["subject"] == OURS.subject(event))


@pytest.mark.parametrize("purpose", ROLES)
@pytest.mark.parametrize(
    "change",
    [
        {"aud": "https://github.com/octo-org"},
        {"aud": None},
        {"repository_id": "1"},
        {"repository_id": None},
        {"repository_owner_id": "1"},
        {"sub": "repo:octo-org/octo-repo:environment:prod"},
        {"sub": "repo:octo-org@123456/octo-repo@7891011"},
        {"sub": "repo:octo-org@123456/octo-repo@7891011:ref:refs/heads/main"},
        {"sub": "repo:octo-org@1/octo-repo@7891011:environment:prod"},
        {"sub": "repo:octo-org@123456/octo-repo@7891011:environment:prod:job_workflow_ref:octo-org/a"},
    ],
    ids=str,
)
def test_one_wrong_claim_is_enough_to_be_refused(purpose: str, change: dict[str, str | None]):
    statement = trust.statement(OURS, event_of(purpose, "prod"), PROVIDER)
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    right = {key.removeprefix(f"{ISSUER}:"): value for key, value in statement["Condition"]["StringEquals"].items()}
    assert refusal(policy, right) == ""
    assert refusal(policy, {key: value for key, value in {**right, **change}.items() if value is not None})
