"""KMS keys and aliases."""

from infra.rehearsal.iam.kinds import KEY
from infra.rehearsal.rules.documents import statements
from infra.rehearsal.rules.rule import Ask, AskingRule, Key, Request, Rule, expected

DELETION_DAYS = range(7, 30 + 1)
MANAGES = ("kms:*", "*", "kms:PutKeyPolicy", "kms:Put*")


def a_key_waits_7_to_30_days_for_its_deletion(request: Request) -> str | None:
    """docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html"""
    days = request.get("PendingWindowInDays", DELETION_DAYS[-1])
    if days in DELETION_DAYS:
        return None
    return expected("PendingWindowInDays", days, f"{DELETION_DAYS[0]} to {DELETION_DAYS[-1]}")


def an_alias_begins_with_alias_and_is_not_aws_s(request: Request) -> str | None:
    """docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html"""
    name = request["AliasName"]
    if name.startswith("alias/aws/") or not name.removeprefix("alias/") or not name.startswith("alias/"):
        return expected("AliasName", name, "alias/ and a name that does not begin with aws/")
    return None


def a_key_policy_lets_somebody_change_it(request: Request) -> str | None:
    """docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html, Policy and BypassPolicyLockoutSafetyCheck"""
    if "Policy" not in request or request.get("BypassPolicyLockoutSafetyCheck"):
        return None
    for statement in statements(request, KEY):
        people = not statement.other_principals and (statement.principals or {}).get("AWS")
        if statement.allows and people and not statement.other_actions and {*statement.actions} & {*MANAGES}:
            return None
    return expected("Policy", "nobody who may kms:PutKeyPolicy", "a statement that allows it to the account")


def only_symmetric_keys_are_rotated(request: Request, ask: Ask) -> str | None:
    """docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html"""
    key = (ask("kms", "DescribeKey", {"KeyId": request["KeyId"]}) or {}).get("KeyMetadata", {})
    spec = key.get("KeySpec", "SYMMETRIC_DEFAULT")
    return None if spec == "SYMMETRIC_DEFAULT" else expected("KeyId", f"a key of {spec}", "SYMMETRIC_DEFAULT")


RULES: dict[Key, list[Rule]] = {
    ("kms", "ScheduleKeyDeletion"): [a_key_waits_7_to_30_days_for_its_deletion],
    ("kms", "CreateAlias"): [an_alias_begins_with_alias_and_is_not_aws_s],
    ("kms", "CreateKey"): [a_key_policy_lets_somebody_change_it],
    ("kms", "PutKeyPolicy"): [a_key_policy_lets_somebody_change_it],
}
ASKING: dict[Key, list[AskingRule]] = {("kms", "EnableKeyRotation"): [only_symmetric_keys_are_rotated]}
