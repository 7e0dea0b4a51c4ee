"""ECR repositories and their lifecycle policies.

docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
"""

import json
from typing import Any

from infra.rehearsal.rules.rule import Key, Request, Rule, expected, one_of, twice

TAG_STATUSES = ("tagged", "untagged", "any")
BY_AGE = ("sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned")
COUNT_TYPES = ("imageCountMoreThan", *BY_AGE)
ACTIONS = ("expire", "transition")
RULES_LIMIT = 50


def a_lifecycle_policy_is_json_with_1_to_50_rules(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html, "Rules per lifecycle policy"."""
    try:
        count = len(json.loads(request["lifecyclePolicyText"])["rules"])
    except (ValueError, KeyError, TypeError) as error:
        return expected("lifecyclePolicyText", repr(error), "a JSON object with rules")
    return None if 1 <= count <= RULES_LIMIT else expected("rules", count, f"1 to {RULES_LIMIT}")


def rule_priorities_differ(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html, rulePriority"""
    priorities = [rule.get("rulePriority") for rule in _rules(request)]
    if wrong := [item for item in priorities if not isinstance(item, int) or item < 1]:
        return expected("rulePriority", wrong[0], "a whole number of at least 1")
    return expected("rulePriority", f"{same[0]} twice", "each once") if (same := twice(priorities)) else None


def a_rule_for_any_image_comes_last(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html, rulePriority"""
    rules = sorted(_rules(request), key=lambda rule: rule.get("rulePriority", 0))
    if any(rule["selection"].get("tagStatus") == "any" for rule in rules[:-1]):
        return expected("rulePriority", "a rule with tagStatus any before others", "the highest, once")
    return None


def a_selection_says_which_tags(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html, tagStatus"""
    for path, selection in _selections(request):
        status = selection.get("tagStatus")
        lists = [name for name in ("tagPrefixList", "tagPatternList") if selection.get(name)]
        if status not in TAG_STATUSES:
            return expected(f"{path}.tagStatus", status, one_of(TAG_STATUSES))
        if len(lists) != (1 if status == "tagged" else 0):
            wanted = "tagPrefixList or tagPatternList" if status == "tagged" else "no list of tags"
            return expected(f"{path}.tagStatus", f"{status} with {', '.join(lists) or 'no list'}", wanted)
    return None


def a_selection_counts_images_or_days(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html, countType"""
    for path, selection in _selections(request):
        kind, unit, number = (selection.get(name) for name in ("countType", "countUnit", "countNumber"))
        if kind not in COUNT_TYPES:
            return expected(f"{path}.countType", kind, one_of(COUNT_TYPES))
        if unit != ("days" if kind in BY_AGE else None):
            return expected(f"{path}.countUnit", unit, f"{'days' if kind in BY_AGE else 'none'} with {kind}")
        if not isinstance(number, int) or number < 1:
            return expected(f"{path}.countNumber", number, "a whole number of at least 1")
    return None


def a_rule_has_an_action(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html, action"""
    for index, rule in enumerate(_rules(request)):
        if (kind := rule.get("action", {}).get("type")) not in ACTIONS:
            return expected(f"rules[{index}].action.type", kind, one_of(ACTIONS))
    return None


def a_key_is_for_kms_encryption(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonECR/latest/APIReference/API_EncryptionConfiguration.html"""
    encryption = request.get("encryptionConfiguration", {})
    if encryption.get("kmsKey") and encryption.get("encryptionType") == "AES256":
        return expected("encryptionConfiguration.kmsKey", "with AES256", "encryptionType KMS")
    return None


def _rules(request: Request) -> list[dict[str, Any]]:
    try:
        return json.loads(request["lifecyclePolicyText"])["rules"]
    except (ValueError, KeyError, TypeError):
        return []


def _selections(request: Request) -> list[tuple[str, dict[str, Any]]]:
    return [(f"rules[{index}].selection", rule.get("selection", {})) for index, rule in enumerate(_rules(request))]


RULES: dict[Key, list[Rule]] = {
    ("ecr", "PutLifecyclePolicy"): [
        a_lifecycle_policy_is_json_with_1_to_50_rules,
        rule_priorities_differ,
        a_rule_for_any_image_comes_last,
        a_selection_says_which_tags,
        a_selection_counts_images_or_days,
        a_rule_has_an_action,
    ],
    ("ecr", "CreateRepository"): [a_key_is_for_kms_encryption],
}
