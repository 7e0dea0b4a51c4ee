"""Secrets, without their values: the program's own code puts those in."""

from infra.rehearsal.aws import Aws
from infra.rehearsal.entry import Entry, Inputs, Made
from infra.rehearsal.names import Naming


def create_secret(inputs: Inputs, aws: Aws) -> Made:
    asked = {name: value for name, value in inputs.items() if name != "recoveryWindowInDays"}
    arn = aws.send("secretsmanager", "CreateSecret", asked, {"tagsAll": "Tags"})["ARN"]
    return Made(id=arn, outputs={"arn": arn})


def delete_secret(arn: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("secretsmanager", "DeleteSecret", SecretId=arn, ForceDeleteWithoutRecovery=True)


def remaining(aws: Aws) -> list[str]:
    return [secret["ARN"] for secret in aws.pages("secretsmanager", "ListSecrets", "SecretList")]


ENTRIES = {
    "aws:secretsmanager/secret:Secret": Entry(create=create_secret, delete=delete_secret, naming=Naming(limit=512)),
}
