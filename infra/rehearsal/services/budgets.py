"""Budgets and their notifications."""

from infra.rehearsal.aws import Aws
from infra.rehearsal.entry import Entry, Inputs, Made
from infra.rehearsal.names import Naming

TAG_FILTER = "on AWS a filter by tag counts nothing until the tag is activated for billing"
SUBSCRIBERS = {"subscriberEmailAddresses": "EMAIL", "subscriberSnsTopicArns": "SNS"}


def create_budget(inputs: Inputs, aws: Aws) -> Made:
    limit = {"amount": inputs.get("limitAmount"), "unit": inputs.get("limitUnit")}
    filters = {item["name"]: item["values"] for item in inputs.get("costFilters", [])}
    apart = {"notifications", "limitAmount", "limitUnit", "costFilters", "tags", "tagsAll"}
    budget = {name: value for name, value in inputs.items() if name not in apart}
    request = {
        "accountId": aws.account,
        "budget": {**budget, "budgetLimit": limit, **({"costFilters": filters} if filters else {})},
        "resourceTags": inputs.get("tagsAll", {}),
        "notificationsWithSubscribers": [_notification(item) for item in inputs.get("notifications", [])],
    }
    aws.send("budgets", "CreateBudget", request, {"name": "BudgetName"})
    return Made(
        id=f"{aws.account}:{inputs['name']}",
        outputs={"arn": f"arn:aws:budgets::{aws.account}:budget/{inputs['name']}"},
        note=TAG_FILTER if "TagKeyValue" in filters else "",
    )


def _notification(notification: Inputs) -> Inputs:
    subscribers = [
        {"subscriptionType": kind, "address": address}
        for name, kind in SUBSCRIBERS.items()
        for address in notification.get(name, [])
    ]
    rest = {name: value for name, value in notification.items() if name not in SUBSCRIBERS}
    return {"notification": rest, "subscribers": subscribers}


def delete_budget(_id: str, inputs: Inputs, aws: Aws) -> None:
    aws.call("budgets", "DeleteBudget", AccountId=aws.account, BudgetName=inputs["name"])


def remaining(aws: Aws) -> list[str]:
    budgets = aws.pages("budgets", "DescribeBudgets", "Budgets", AccountId=aws.account)
    return [f"arn:aws:budgets::{aws.account}:budget/{budget['BudgetName']}" for budget in budgets]


ENTRIES = {
    "aws:budgets/budget:Budget": Entry(
        create=create_budget,
        delete=delete_budget,
        naming=Naming(limit=100),
        note="nothing is spent and nobody notified",
    ),
}
