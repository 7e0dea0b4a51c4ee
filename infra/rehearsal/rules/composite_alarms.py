"""CloudWatch's composite alarms: the rule that they follow."""

from infra.rehearsal import alarm_rules
from infra.rehearsal.alarm_rules import AlarmRule, RuleError
from infra.rehearsal.rules.rule import Key, Request, Rule, expected

CHILDREN, ELEMENTS = 100, 500


def a_rule_can_be_read(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html, AlarmRule"""
    try:
        alarm_rules.read(request["AlarmRule"])
    except RuleError as error:
        return f"AlarmRule {error}"
    return None


def a_rule_names_at_most_100_alarms(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html, AlarmRule"""
    rule = _read(request)
    if rule and len(rule.children) > CHILDREN:
        return expected("AlarmRule", f"{len(rule.children)} alarms", f"at most {CHILDREN}")
    return None


def a_rule_has_at_most_500_elements(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html, AlarmRule"""
    rule = _read(request)
    if rule and rule.elements > ELEMENTS:
        return expected("AlarmRule", f"{rule.elements} elements", f"at most {ELEMENTS}")
    return None


def _read(request: Request) -> AlarmRule | None:
    try:
        return alarm_rules.read(request["AlarmRule"])
    except RuleError:
        return None


RULES: dict[Key, list[Rule]] = {
    ("cloudwatch", "PutCompositeAlarm"): [
        a_rule_can_be_read,
        a_rule_names_at_most_100_alarms,
        a_rule_has_at_most_500_elements,
    ],
}
