"""How rights can grow too wide, by the rule that must find it."""

import json

from infra.policies import tokens
from tests.infra.policies.asked import FOREIGN
from tests.infra.policies.breaking import Mutation, add, image, opened, put, say, trust, wide

ROLES = "arn:aws:iam::123456789012:role/mlops-"
TOPIC = f"arn:aws:sns:eu-west-1:{FOREIGN}:theirs"
ANYBODY = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]})
TO_SAGEMAKER = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}

RIGHTS: dict[str, dict[str, Mutation]] = {
    "no-wildcard-action": {
        "a wildcard role": wide("*"),
        "all of a service": wide("s3:*"),
        "what starts alike": wide("s3:Get*"),
        "what is spelled alike": wide("kms:Decryp?", resource="arn:aws:kms:eu-west-1:123456789012:key/a"),
        "all of a topic": say(tokens.TOPIC_POLICY, lambda found: found[0].update(Action="sns:*")),
        "everything but one thing": say(
            tokens.ROLE_POLICY, lambda found: found[0].update(NotAction=found[0].pop("Action"))
        ),
    },
    "no-wildcard-resource": {
        "all buckets": wide("s3:GetObject", resource="*"),
        "one folder of all buckets": wide("s3:GetObject", resource="arn:aws:s3:::*/approved/*"),
        "a queue of any account": wide("sqs:SendMessage", resource="arn:aws:sqs:eu-west-1:*:mlops-demo-prod-a"),
        "everything in EC2": wide("ec2:DeleteVolume", resource="arn:aws:ec2:eu-west-1:123456789012:*/*"),
        "all repositories": wide("ecr:BatchGetImage", resource="arn:aws:ecr:*:*:repository/*"),
        "every namespace of metrics": say(
            tokens.ROLE_POLICY,
            lambda found: [
                entry.pop("Condition") for entry in found if entry["Action"] == ["cloudwatch:PutMetricData"]
            ],
            "watch-job-role-policy",
        ),
    },
    "no-decryption-with-every-key": {
        "every key": wide("kms:Decrypt", resource="arn:aws:kms:eu-west-1:123456789012:key/*"),
        "every key by a pattern": wide("kms:De*", resource="arn:aws:kms:eu-west-1:123456789012:key/*"),
        "one key of any account": wide("kms:Decrypt", resource="arn:aws:kms:eu-west-1:*:key/a"),
    },
    "roles-are-passed-to-one-service": {
        "any role to pass": wide("iam:PassRole", resource=f"{ROLES}*", Condition=TO_SAGEMAKER),
        "a role for any service": wide("iam:PassRole", resource=f"{ROLES}demo-prod"),
        "any role to pass by a pattern": wide("iam:Pass*", resource=f"{ROLES}demo-prod"),
    },
    "no-policy-of-aws": {
        "SageMaker's full access": put(
            tokens.ROLE, "managedPolicyArns", ["arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"]
        ),
        "an administrator": add(tokens.ATTACHMENT, "-admin", policyArn="arn:aws:iam::aws:policy/AdministratorAccess"),
        "a reader of everything": put(tokens.ROLE, "managedPolicyArns", ["arn:aws:iam::aws:policy/ReadOnlyAccess"]),
        "a writer of every secret": add(
            tokens.ATTACHMENT, "-secrets", policyArn="arn:aws:iam::aws:policy/SecretsManagerReadWrite"
        ),
    },
    "attached-policy-is-of-the-stack": {
        "a policy of somebody else's": add(
            tokens.ATTACHMENT, "-theirs", policyArn="arn:aws:iam::123456789012:policy/theirs"
        ),
    },
    "role-is-not-for-everybody": {
        "a role for everybody": trust(lambda entry: entry.update(Principal={"AWS": "*"})),
    },
    "role-is-for-this-account-only": {
        "a confused deputy": trust(lambda entry: entry.pop("Condition")),
        "an external id for SageMaker": trust(
            lambda entry: entry.update(Condition={"StringEquals": {"sts:ExternalId": "123456789012"}})
        ),
    },
    "nothing-is-shared-with-another-account": {
        "a role for another account": trust(
            lambda entry: entry.update(Principal={"AWS": f"arn:aws:iam::{FOREIGN}:root"}), "access-caller"
        ),
        "a role for services of another account": trust(
            lambda entry: entry.update(Condition={"StringEquals": {"aws:SourceAccount": FOREIGN}})
        ),
        "a role for another account's users": trust(
            lambda entry: entry.update(Principal={"Federated": f"arn:aws:iam::{FOREIGN}:saml-provider/company"})
        ),
        "a function for another account": add(tokens.FUNCTION_PERMISSION, "-theirs", principal=FOREIGN),
        "a key for another account": say(
            tokens.KEY, lambda found: found[0].update(Principal={"AWS": f"arn:aws:iam::{FOREIGN}:root"})
        ),
    },
    "roles-reach-no-other-account": {
        "a role of another account": wide("sts:AssumeRole", resource=f"arn:aws:iam::{FOREIGN}:role/theirs"),
        "a queue of another account": wide("sqs:SendMessage", resource=f"arn:aws:sqs:eu-west-1:{FOREIGN}:theirs"),
    },
    "nothing-goes-to-another-account": {
        "an alarm that tells somebody else": put(tokens.ALARM, "alarmActions", [TOPIC]),
        "a page that somebody else gets": put(tokens.COMPOSITE_ALARM, "alarmActions", [TOPIC]),
        "starts that somebody else gets": put(tokens.EVENT_TARGET, "deadLetterConfig.arn", TOPIC),
        "a log for somebody else": add(tokens.LOG_FILTER, "-filter", destinationArn=TOPIC),
    },
    "image-is-of-this-account": {
        "a model's image of somebody else": image(lambda uri: uri.replace("123456789012", FOREIGN)),
        "an image of a public registry": image(lambda uri: f"docker.io/somebody/{uri.partition('/')[2]}"),
    },
    "policy-is-a-resource-of-its-own": {
        "a bucket with a policy inside": put(tokens.BUCKET, "policy", ANYBODY),
        "a topic with a policy inside": put(tokens.TOPIC, "policy", ANYBODY),
        "a queue with a policy inside": put(tokens.QUEUE, "policy", ANYBODY),
        "a secret with a policy inside": put(tokens.VAULT, "policy", ANYBODY),
    },
    "bucket-is-not-public": {
        "a bucket for everybody": opened(tokens.BUCKET_POLICY),
    },
    "key-is-not-public": {
        "a key for everybody": opened(tokens.KEY),
    },
    "topic-is-not-public": {
        "a topic for everybody": opened(tokens.TOPIC_POLICY),
    },
    "queue-is-not-public": {
        "a queue for everybody": add(tokens.QUEUE_POLICY, "-policy", policy=ANYBODY),
    },
    "repository-is-not-public": {
        "images for everybody": add(tokens.REPOSITORY_POLICY, "-policy", policy=ANYBODY),
    },
    "services-act-for-this-account-only": {
        "a topic for every budget": say(tokens.TOPIC_POLICY, lambda found: found[1].pop("Condition")),
        "a log bucket for every account": say(
            tokens.BUCKET_POLICY,
            lambda found: found[1]["Condition"].update(StringEquals={"aws:SourceAccount": "*"}),
            "logs-policy",
        ),
    },
}
