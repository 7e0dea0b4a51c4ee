"""Budgets.

docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_CreateBudget.html
"""

import re

from infra.rehearsal.rules.rule import Key, Request, Rule, exactly_one, expected, twice

TRACKED = ("COST", "USAGE")
FULL = 100.0
EMAILS = 10
ADDRESSES = {"EMAIL": r"[^@\s]+@[^@\s]+\.[^@\s]+", "SNS": r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:.+"}
TAG = re.compile(r"(user|aws):[^$]+\$.*")


def a_budget_has_one_kind_of_limit(request: Request) -> str | None:
    """docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Budget.html, BudgetLimit"""
    budget = request["Budget"]
    if budget["BudgetType"] in TRACKED and "AutoAdjustData" not in budget:
        return exactly_one(budget, "Budget", "BudgetLimit", "PlannedBudgetLimits")
    return None


def a_limit_is_more_than_nothing(request: Request) -> str | None:
    """Of utilization and coverage, 100 alone.

    docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Budget.html, BudgetLimit
    """
    budget = request["Budget"]
    amount = float(budget.get("BudgetLimit", {}).get("Amount", FULL))
    if budget["BudgetType"] in TRACKED:
        return None if amount > 0 else expected("Budget.BudgetLimit.Amount", amount, "more than 0")
    return None if amount == FULL else expected("Budget.BudgetLimit.Amount", amount, f"{FULL:g}")


def a_budget_filters_in_one_way(request: Request) -> str | None:
    """docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Budget.html, FilterExpression"""
    if request["Budget"].get("CostFilters") and request["Budget"].get("FilterExpression"):
        return expected("Budget", "CostFilters and FilterExpression", "one of the two")
    return None


def a_tag_filter_is_key_and_value(request: Request) -> str | None:
    """As user:Key$value (docs.aws.amazon.com/cli/latest/reference/budgets/create-budget.html, examples)."""
    for value in request["Budget"].get("CostFilters", {}).get("TagKeyValue", ()):
        if not TAG.fullmatch(value):
            return expected("Budget.CostFilters.TagKeyValue", value, "user:<key>$<value>")
    return None


def notifications_differ(request: Request) -> str | None:
    """docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_CreateNotification.html: a duplicate."""
    kinds = ("NotificationType", "ComparisonOperator", "Threshold", "ThresholdType")
    found = [tuple(item["Notification"].get(kind) for kind in kinds) for item in _notifications(request)]
    same = twice(found)
    return expected("NotificationsWithSubscribers", f"{same[0]} twice", "each once") if same else None


def a_notification_has_one_topic_and_10_addresses(request: Request) -> str | None:
    """docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_NotificationWithSubscribers.html"""
    for index, item in enumerate(_notifications(request)):
        kinds = [subscriber["SubscriptionType"] for subscriber in item["Subscribers"]]
        if kinds.count("SNS") > 1 or kinds.count("EMAIL") > EMAILS:
            text = f"{kinds.count('SNS')} topics and {kinds.count('EMAIL')} addresses"
            return expected(f"NotificationsWithSubscribers[{index}].Subscribers", text, f"at most 1 and {EMAILS}")
    return None


def a_subscriber_has_an_address_of_its_kind(request: Request) -> str | None:
    """docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Subscriber.html"""
    for index, item in enumerate(_notifications(request)):
        for subscriber in item["Subscribers"]:
            if not re.fullmatch(ADDRESSES[subscriber["SubscriptionType"]], subscriber["Address"]):
                member = f"NotificationsWithSubscribers[{index}].Subscribers"
                return expected(member, subscriber["Address"], f"an address of {subscriber['SubscriptionType']}")
    return None


def _notifications(request: Request) -> list[Request]:
    return request.get("NotificationsWithSubscribers") or []


RULES: dict[Key, list[Rule]] = {
    ("budgets", "CreateBudget"): [
        a_budget_has_one_kind_of_limit,
        a_limit_is_more_than_nothing,
        a_budget_filters_in_one_way,
        a_tag_filter_is_key_and_value,
        notifications_differ,
        a_notification_has_one_topic_and_10_addresses,
        a_subscriber_has_an_address_of_its_kind,
    ],
}
