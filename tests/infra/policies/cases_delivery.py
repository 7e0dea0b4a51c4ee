"""Cases of the rules about delivery and secrets."""

from infra.account.trust import Repository, environment, statement
from infra.policies import tokens
from infra.policies.rule import SECRET
from tests.infra.policies.asked import ACCOUNT, allowed, ask, document, trusted
from tests.infra.policies.case import Case, each

PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
REPOSITORY = Repository(name="octo-org/octo-repo", owner_id="123456", repository_id="456789")
TRUST = statement(REPOSITORY, environment("prod"), PROVIDER)
LOOSE = {**TRUST, "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:octo-org/*"}}}
NOBODY = {**TRUST, "Condition": {}}
WITHIN = {"Condition": {"StringEquals": {"iam:PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/a-boundary"}}}
COGNITO = "cognito-identity.amazonaws.com"
ROLES = f"arn:aws:iam::{ACCOUNT}:role/demo-*"

DELIVERY = {
    "workflow-is-known-by-its-subject": each(
        tokens.ROLE,
        {"assumeRolePolicy": document(TRUST)},
        {"assumeRolePolicy": document(LOOSE)},
        {"assumeRolePolicy": document(NOBODY)},
    ),
    "roles-are-made-within-a-boundary": each(
        tokens.ROLE_POLICY,
        {"policy": document(allowed(["iam:CreateRole", "iam:PutRolePolicy"], ROLES, **WITHIN))},
        {"policy": document(allowed(["iam:CreateRole"], ROLES))},
    ),
    "nobody-comes-to-have-more": each(
        tokens.ROLE_POLICY,
        {"policy": document(allowed("iam:GetRole", ROLES))},
        {"policy": document(allowed("iam:CreateAccessKey", f"arn:aws:iam::{ACCOUNT}:user/a"))},
    ),
    "federated-users-are-narrowed": each(
        tokens.ROLE,
        {"assumeRolePolicy": trusted({"Federated": COGNITO}, Condition={"StringEquals": {f"{COGNITO}:aud": "pool"}})},
        {"assumeRolePolicy": trusted({"Federated": COGNITO}, Condition={"StringLike": {f"{COGNITO}:aud": "*"}})},
        {"assumeRolePolicy": trusted({"Federated": COGNITO})},
    ),
    "roles-share-one-boundary": Case(
        keeps=[ask(tokens.ROLE, permissionsBoundary="a"), ask(tokens.ROLE, permissionsBoundary="a")],
        breaks=[ask(tokens.ROLE, permissionsBoundary="a"), ask(tokens.ROLE)],
        # Before the account project is up, no role has one.
        lacks=[ask(tokens.ROLE), ask(tokens.ROLE)],
        lacking_is_fine=True,
    ),
}
SECRETS = {
    "state-holds-no-secret": each(
        "aws:rds/instance:Instance",
        {"masterUserSecretKmsKeyId": "a-key", "manageMasterUserPassword": True, "passwordWo": "written"},
        {"password": {SECRET: "1b47061264138c4ac30d75fd1eb44270", "value": "hunter2"}},
        fine=True,
    ),
}
