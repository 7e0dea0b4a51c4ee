"""PROVISIONAL."""

from infra.rehearsal.iam.actions import Need


def implied(call, account) -> list[Need]:
    if call.service == "s3" and call.operation in {"GetObject", "PutObject"}:
        key = account.bucket_key(call.parameters["Bucket"])
        action = "kms:Decrypt" if call.operation == "GetObject" else "kms:GenerateDataKey"
        return (
            [Need(action=action, resource=key, context={"kms:ViaService": "s3.eu-west-1.amazonaws.com"})] if key else []
        )
    return []
