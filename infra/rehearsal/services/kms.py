"""KMS keys and aliases."""

from infra.rehearsal.aws import Aws
from infra.rehearsal.entry import Entry, Inputs, Made
from infra.rehearsal.names import Naming

AFTER_CREATE = {"enableKeyRotation", "rotationPeriodInDays", "deletionWindowInDays", "isEnabled"}


def create_key(inputs: Inputs, aws: Aws) -> Made:
    request = {name: value for name, value in inputs.items() if name not in AFTER_CREATE}
    rename = {"tagsAll": "Tags", "customerMasterKeySpec": "KeySpec"}
    key = aws.send("kms", "CreateKey", request, rename)["KeyMetadata"]
    if inputs.get("enableKeyRotation"):
        period = {"RotationPeriodInDays": int(days)} if (days := inputs.get("rotationPeriodInDays")) else {}
        aws.call("kms", "EnableKeyRotation", KeyId=key["KeyId"], **period)
    return Made(id=key["KeyId"], outputs={"arn": key["Arn"], "keyId": key["KeyId"]})


def delete_key(key: str, inputs: Inputs, aws: Aws) -> None:
    aws.call("kms", "ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=int(inputs.get("deletionWindowInDays", 30)))


def create_alias(inputs: Inputs, aws: Aws) -> Made:
    aws.send("kms", "CreateAlias", inputs, {"name": "AliasName"})
    target = aws.call("kms", "DescribeKey", KeyId=inputs["targetKeyId"])["KeyMetadata"]["Arn"]
    return Made(id=inputs["name"], outputs={"arn": aws.arn("kms", inputs["name"]), "targetKeyArn": target})


def delete_alias(name: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("kms", "DeleteAlias", AliasName=name)


def remaining(aws: Aws) -> list[str]:
    """Keys that are not on their way out, and aliases of ours."""
    keys = [
        aws.call("kms", "DescribeKey", KeyId=key["KeyId"])["KeyMetadata"]
        for key in aws.pages("kms", "ListKeys", "Keys")
    ]
    aliases = [alias["AliasArn"] for alias in aws.pages("kms", "ListAliases", "Aliases") if alias.get("TargetKeyId")]
    mine = [key["Arn"] for key in keys if key["KeyState"] != "PendingDeletion" and key["KeyManager"] != "AWS"]
    return mine + [alias for alias in aliases if ":alias/aws/" not in alias]


ENTRIES = {
    "aws:kms/key:Key": Entry(
        create=create_key, delete=delete_key, note="deleting schedules it: AWS keeps it for its deletion window"
    ),
    "aws:kms/alias:Alias": Entry(create=create_alias, delete=delete_alias, naming=Naming(limit=256, start="alias/")),
}
