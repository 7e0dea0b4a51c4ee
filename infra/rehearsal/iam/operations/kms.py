"""KMS. Source: https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html"""

from collections.abc import Callable, Mapping

from infra.rehearsal.iam.conditions import Keys
from infra.rehearsal.iam.facts import Call, Facts, Need
from infra.rehearsal.iam.operations.rows import Special, Table, keys, tag_keys, tags_of

ALIAS = {"kms:RequestAlias": "KeyId"}
GRANT = {
    "kms:GranteePrincipal": "GranteePrincipal",
    "kms:RetiringPrincipal": "RetiringPrincipal",
    "kms:GrantOperations": "Operations[]",
}
POLICY_LOCK = {"kms:BypassPolicyLockoutSafetyCheck": "BypassPolicyLockoutSafetyCheck"}
PLAIN = """
DescribeKey EnableKey DisableKey UpdateKeyDescription CancelKeyDeletion GetKeyPolicy ListKeyPolicies ListResourceTags
GetKeyRotationStatus DisableKeyRotation ListGrants RevokeGrant Encrypt Decrypt GenerateDataKey
GenerateDataKeyWithoutPlaintext
"""
OF_KEYS: dict[str, dict[str, str]] = {
    "CreateGrant": GRANT,
    "PutKeyPolicy": POLICY_LOCK,
    "EnableKeyRotation": {"kms:RotationPeriodInDays": "RotationPeriodInDays"},
    "ScheduleKeyDeletion": {"kms:ScheduleKeyDeletionPendingWindowInDays": "PendingWindowInDays"},
    **{operation: {} for operation in PLAIN.split()},
}
"""Operations on one key, with the condition keys of their parameters."""


def encryption_context(given: Mapping[str, str]) -> dict[str, str | list[str]]:
    """The condition keys of an encryption context."""
    pairs: dict[str, str | list[str]] = {f"kms:EncryptionContext:{name}": value for name, value in given.items()}
    return {**pairs, "kms:EncryptionContextKeys": list(given)} if given else {}


def _on_key(operation: str, paths: Mapping[str, str]) -> Special:
    def needs(call: Call, facts: Facts) -> list[Need]:
        context: dict[str, str | list[str]] = {"kms:CallerAccount": facts.number, **keys(call, paths)}
        context |= encryption_context(call.parameters.get("EncryptionContext") or {})
        if str(call.parameters.get("KeyId", "")).startswith("alias/"):
            context |= keys(call, ALIAS)
        return [Need(action=f"kms:{operation}", resource=_key(call, facts, "KeyId"), context=context)]

    return needs


def _tagged(operation: str) -> Special:
    def needs(call: Call, facts: Facts) -> list[Need]:
        context = tag_keys(tags_of(call.parameters)) or keys(call, {"aws:TagKeys": "TagKeys[]"})
        return [Need(action=f"kms:{operation}", resource=_key(call, facts, "KeyId"), context=context)]

    return needs


def _key(call: Call, facts: Facts, parameter: str) -> str:
    """The key's ARN; where there is no such key, the ARN that it would have."""
    name = str(call.parameters.get(parameter, "*"))
    return facts.key_arn(name, call.region) or f"arn:aws:kms:{call.region}:{facts.number}:key/{name}"


def _created(call: Call, facts: Facts) -> list[Need]:
    given, tags = call.parameters, tags_of(call.parameters)
    context: Keys = {
        "kms:CallerAccount": facts.number,
        "kms:KeySpec": given.get("KeySpec", "SYMMETRIC_DEFAULT"),
        "kms:KeyUsage": given.get("KeyUsage", "ENCRYPT_DECRYPT"),
        "kms:MultiRegion": str(given.get("MultiRegion", False)).lower(),
        **keys(call, POLICY_LOCK),
        **tag_keys(tags),
    }
    made = f"arn:aws:kms:{call.region}:{facts.number}:key/*"
    needed = [Need(action="kms:CreateKey", resource="*", context=context)]
    return needed + ([Need(action="kms:TagResource", resource=made, context=tag_keys(tags))] if tags else [])


def _alias(operation: str, targets: Callable[[Call, Facts], list[str]]) -> Special:
    """An operation on an alias: asked for on the alias and on each key that it names."""

    def needs(call: Call, facts: Facts) -> list[Need]:
        alias = f"arn:aws:kms:{call.region}:{facts.number}:{call.parameters['AliasName']}"
        return [Need(action=f"kms:{operation}", resource=arn) for arn in [alias, *targets(call, facts)]]

    return needs


def _target(call: Call, facts: Facts) -> list[str]:
    return [_key(call, facts, "TargetKeyId")]


def _current(call: Call, facts: Facts) -> list[str]:
    key = facts.key_arn(call.parameters["AliasName"], call.region)
    return [key] if key else []


TABLE = Table(
    prefix="kms",
    arn="arn:aws:kms:{region}:{account}:",
    rows={
        "ListKeys": "*",
        "ListAliases": "*",
        "CreateKey": _created,
        "CreateAlias": _alias("CreateAlias", _target),
        "UpdateAlias": _alias("UpdateAlias", lambda call, facts: _current(call, facts) + _target(call, facts)),
        "DeleteAlias": _alias("DeleteAlias", _current),
        "TagResource": _tagged("TagResource"),
        "UntagResource": _tagged("UntagResource"),
        **{operation: _on_key(operation, paths) for operation, paths in OF_KEYS.items()},
    },
)
