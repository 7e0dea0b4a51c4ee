"""Who is told, and what was spent."""

from typing import Any

from infra.status.part import Part
from infra.status.planned import BUDGET, SUBSCRIPTION, TOPIC, Planned, called

MAIL, MONEY = "who is told", "budget"
PENDING = "PendingConfirmation"


def subscribed(client: Any, planned: Planned) -> Part:
    """Whether alarms reach somebody. Raises ClientError, BotoCoreError."""
    part, sns = Part(name=MAIL, facts={"topic": None, "subscriptions": []}), client("sns")
    env = planned.settings.environment
    topics = {
        topic["TopicArn"].rpartition(":")[2]: topic["TopicArn"]
        for page in sns.get_paginator("list_topics").paginate()
        for topic in page["Topics"]
    }
    (asked,) = planned.of_type(TOPIC)
    name = called(asked, topics)
    if name is None:
        part.person(f"the topic {asked.name} is not there: alarms tell nobody", f"pulumi up --refresh --stack {env}")
        return part
    arn = part.facts["topic"] = topics[name]
    pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=arn)
    found = {(each["Protocol"], each["Endpoint"]): each for page in pages for each in page["Subscriptions"]}
    for (protocol, address), each in found.items():
        pending = each["SubscriptionArn"] == PENDING
        part.facts["subscriptions"].append({"protocol": protocol, "address": address, "confirmed": not pending})
        if pending:
            again = f"aws sns subscribe --topic-arn {arn} --protocol {protocol} --notification-endpoint {address}"
            part.person(
                f"{address} has not confirmed: it is told of nothing",
                f"follow the link in the mail from AWS Notifications; for another mail: {again}",
            )
        else:
            part.fine(f"{address} by {protocol}")
    for subscription in planned.of_type(SUBSCRIPTION):
        protocol, address = subscription.inputs["protocol"], subscription.inputs["endpoint"]
        if (protocol, address) not in found:
            part.person(f"{address} of the settings is not subscribed", f"pulumi up --refresh --stack {env}")
    return part


def spent(client: Any, planned: Planned) -> Part:
    """What the month has cost so far. Raises ClientError, BotoCoreError."""
    part = Part(name=MONEY)
    (asked,) = planned.of_type(BUDGET)
    account = client("sts").get_caller_identity()["Account"]
    pages = client("budgets").get_paginator("describe_budgets").paginate(AccountId=account)
    budgets = {budget["BudgetName"]: budget for page in pages for budget in page.get("Budgets", ())}
    name = called(asked, budgets)
    if name is None:
        part.person(
            f"the budget {asked.name} is not there", f"pulumi up --refresh --stack {planned.settings.environment}"
        )
        return part
    budget = budgets[name]
    limit, spend = float(budget["BudgetLimit"]["Amount"]), budget.get("CalculatedSpend", {})
    actual, forecast = _usd(spend, "ActualSpend"), _usd(spend, "ForecastedSpend")
    part.facts = {"limit": limit, "actual": actual, "forecast": forecast}
    text = (
        f"{actual:.2f} $ of {limit:.0f} $ this month, {forecast:.2f} $ forecast; it counts what carries the stack's tag"
    )
    if actual >= limit:
        part.person(text, "find what costs by the tag Stack in Cost Explorer, or raise monthlyBudget")
    elif forecast > limit:
        part.note(text)
    else:
        part.fine(text)
    return part


def _usd(spend: dict[str, Any], kind: str) -> float:
    return float(spend.get(kind, {}).get("Amount", 0))
