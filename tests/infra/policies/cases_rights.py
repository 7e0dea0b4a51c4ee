"""Cases of the rules about roles and sharing."""

from infra.policies import tokens
from tests.infra.policies.asked import (
    ACCOUNT,
    HERE,
    KEY_ARN,
    Asked,
    allowed,
    ask,
    document,
    trusted,
    urn,
)
from tests.infra.policies.case import Case, Inputs, each

OWN = [
    ask(tokens.ROLE, name="demo-prod-data-role"),
    ask(
        tokens.MODEL,
        executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/a",
        uses={"executionRoleArn": [urn(tokens.ROLE, "demo-prod-data-role")]},
    ),
]


def role_policy(good: Inputs, bad: Inputs) -> Case:
    return each(tokens.ROLE_POLICY, {"policy": document(good)}, {"policy": document(bad)}, {"policy": None})


PASSED = {"Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}}
ROLES = {
    "no-wildcard-action": role_policy(
        allowed(["s3:GetObject", "kms:GenerateDataKey"], KEY_ARN), allowed("s3:Get*", KEY_ARN)
    ),
    "no-wildcard-resource": role_policy(allowed("ecr:GetAuthorizationToken", "*"), allowed("s3:GetObject", "*")),
    "no-decryption-with-every-key": role_policy(
        allowed("kms:Decrypt", KEY_ARN), allowed("kms:Decrypt", f"arn:aws:kms:*:{ACCOUNT}:key/*")
    ),
    "roles-are-passed-to-one-service": role_policy(
        allowed("iam:PassRole", "arn:aws:iam::1:role/a", **PASSED), allowed("iam:PassRole", "arn:aws:iam::1:role/a")
    ),
    "no-wide-managed-policy": each(
        tokens.ATTACHMENT,
        {"policyArn": f"arn:aws:iam::{ACCOUNT}:policy/own"},
        {"policyArn": "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"},
    ),
    "role-is-not-for-everybody": each(
        tokens.ROLE,
        {"assumeRolePolicy": trusted({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})},
        {"assumeRolePolicy": trusted({"AWS": "*"})},
    ),
    "role-is-for-this-account-only": each(
        tokens.ROLE,
        {"assumeRolePolicy": trusted({"Service": "sagemaker.amazonaws.com"}, Condition=HERE)},
        {"assumeRolePolicy": trusted({"Service": "sagemaker.amazonaws.com"})},
    ),
}


def shared(type_: str) -> Case:
    named = {"policy": document(allowed("a:Use", "*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}))}
    return each(type_, named, {"policy": document(allowed("a:Use", "*", Principal="*", Condition=HERE))})


def topic_for(account: str) -> Asked:
    principal = {"AWS": f"arn:aws:iam::{account}:root"}
    return ask(tokens.TOPIC_POLICY, policy=document(allowed("sns:Publish", "a", Principal=principal)))


SHARING = {
    "bucket-is-not-public": shared(tokens.BUCKET_POLICY),
    "key-is-not-public": shared(tokens.KEY),
    "topic-is-not-public": shared(tokens.TOPIC_POLICY),
    "queue-is-not-public": shared(tokens.QUEUE_POLICY),
    "repository-is-not-public": shared(tokens.REPOSITORY_POLICY),
    "services-act-for-this-account-only": each(
        tokens.TOPIC_POLICY,
        {
            "policy": document(
                allowed("sns:Publish", "a", Principal={"Service": "budgets.amazonaws.com"}, Condition=HERE)
            )
        },
        {"policy": document(allowed("sns:Publish", "a", Principal={"Service": "budgets.amazonaws.com"}))},
    ),
    "nothing-is-shared-with-another-account": Case(
        keeps=[*OWN, topic_for(ACCOUNT)],
        breaks=[*OWN, topic_for("210987654321")],
        # Said by the rules about the policy by itself.
        lacks=[*OWN, ask(tokens.TOPIC_POLICY)],
        lacking_is_fine=True,
    ),
}
