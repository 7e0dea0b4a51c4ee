"""Cases of the rules about roles and sharing."""

from infra.policies import tokens
from tests.infra.policies.asked import (
    ACCOUNT,
    DIGEST,
    FOREIGN,
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
        primaryContainer={"image": DIGEST},
        executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/a",
        uses={"executionRoleArn": [urn(tokens.ROLE, "demo-prod-data-role")]},
    ),
]


def role_policy(good: Inputs, bad: Inputs) -> Case:
    return each(tokens.ROLE_POLICY, {"policy": document(good)}, {"policy": document(bad)}, {"policy": None})


POLICY = ask(tokens.POLICY, name="demo-prod-data-policy")
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
    "no-policy-of-aws": each(
        tokens.ATTACHMENT,
        {"policyArn": f"arn:aws:iam::{ACCOUNT}:policy/own"},
        {"policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
    ),
    "attached-policy-is-of-the-stack": Case(
        keeps=[POLICY, ask(tokens.ATTACHMENT, policyArn="a", uses={"policyArn": [POLICY.urn]}), ask(tokens.ROLE)],
        breaks=[POLICY, ask(tokens.ATTACHMENT, policyArn=f"arn:aws:iam::{ACCOUNT}:policy/theirs")],
        # Said by the rule about the attachment by itself.
        lacks=[POLICY, ask(tokens.ATTACHMENT)],
        lacking_is_fine=True,
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


def role_policy_on(arn: str) -> Asked:
    return ask(tokens.ROLE_POLICY, policy=document(allowed("a:Do", arn)))


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
    "policy-is-a-resource-of-its-own": each(tokens.TOPIC, {"policy": None}, {"policy": document({})}, fine=True),
    "roles-reach-no-other-account": Case(
        keeps=[*OWN, role_policy_on(f"arn:aws:sqs:eu-west-1:{ACCOUNT}:a"), role_policy_on("arn:aws:s3:::a/b")],
        breaks=[*OWN, role_policy_on(f"arn:aws:iam::{FOREIGN}:role/a")],
        # Said by the rules about the policy by itself.
        lacks=[*OWN, ask(tokens.ROLE_POLICY)],
        lacking_is_fine=True,
    ),
    "nothing-goes-to-another-account": Case(
        keeps=[*OWN, ask(tokens.ALARM, alarmActions=[f"arn:aws:sns:eu-west-1:{ACCOUNT}:a"])],
        breaks=[*OWN, ask(tokens.ALARM, okActions=[f"arn:aws:sns:eu-west-1:{FOREIGN}:a"])],
        lacks=[*OWN, ask(tokens.ALARM), ask(tokens.EVENT_TARGET), ask(tokens.SCHEDULE)],
        lacking_is_fine=True,
    ),
    "image-is-of-this-account": Case(
        keeps=[*OWN, ask(tokens.FUNCTION, imageUri=DIGEST)],
        breaks=[*OWN, ask(tokens.FUNCTION, imageUri=DIGEST.replace(ACCOUNT, FOREIGN))],
        lacks=[*OWN, ask(tokens.FUNCTION)],
    ),
    "nothing-is-shared-with-another-account": Case(
        keeps=[*OWN, topic_for(ACCOUNT)],
        breaks=[*OWN, topic_for(FOREIGN)],
        # Said by the rules about the policy by itself.
        lacks=[*OWN, ask(tokens.TOPIC_POLICY)],
        lacking_is_fine=True,
    ),
}
