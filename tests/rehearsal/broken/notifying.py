"""What breaks the rules on topics and budgets."""

import json
from typing import Any

from infra.rehearsal.rules import (
    budgets,
    sns,
)
from tests.rehearsal.broken.case import GONE, Case
from tests.rehearsal.in_order import TOPIC, policy

BUDGET = ("budgets", "CreateBudget")
TOPICS, TOPIC_POLICY = ("sns", "CreateTopic"), ("sns", "SetTopicAttributes")
SUBSCRIBERS = "NotificationsWithSubscribers.0.Subscribers"
MAIL = {"SubscriptionType": "EMAIL", "Address": "a@example.com"}
STATEMENT = {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": TOPIC}


def topic_policy(**statement: Any) -> dict[str, str]:
    given = {"Principal": "*", "Action": "sns:Publish", "Resource": TOPIC, **statement}
    return {"AttributeValue": policy(**{name: value for name, value in given.items() if value is not None})}


CASES: list[Case] = [
    Case(TOPICS, sns.a_topic_s_name_is_256_letters_digits_and_dashes, {"Name": "a.b"}, "a.b, expected 1 to 256"),
    Case(TOPICS, sns.a_topic_s_name_is_256_letters_digits_and_dashes, {"Name": "t.fifo"}, "where FifoTopic is true"),
    Case(
        TOPIC_POLICY,
        sns.a_topic_policy_has_100_statements,
        {"AttributeValue": json.dumps({"Statement": [STATEMENT] * 101})},
        "101 statements",
    ),
    Case(TOPIC_POLICY, sns.a_topic_policy_speaks_of_what_a_topic_does, topic_policy(Action="sns:*"), "sns:*, expected"),
    Case(TOPIC_POLICY, sns.a_topic_policy_is_about_this_topic, topic_policy(Resource="*"), "the ARN of topic alone"),
    Case(
        ("sns", "Subscribe"),
        sns.an_endpoint_fits_its_protocol,
        {"Endpoint": "nobody"},
        "nobody, expected what fits email",
    ),
    Case(("sns", "Subscribe"), sns.an_endpoint_fits_its_protocol, {"Protocol": "mail"}, "mail, expected one of http"),
    Case(BUDGET, budgets.a_budget_has_one_kind_of_limit, {"Budget.BudgetLimit": GONE}, "none, expected exactly one of"),
    Case(BUDGET, budgets.a_limit_is_more_than_nothing, {"Budget.BudgetLimit.Amount": "0"}, "0.0, expected more than 0"),
    Case(
        BUDGET,
        budgets.a_limit_is_more_than_nothing,
        {"Budget.BudgetType": "RI_COVERAGE", "Budget.BudgetLimit.Amount": "9"},
        "100",
    ),
    Case(
        BUDGET,
        budgets.a_budget_filters_in_one_way,
        {"Budget.FilterExpression": {"Tags": {"Key": "Stack", "Values": ["small-dev"]}}},
        "CostFilters and FilterExpression",
    ),
    Case(
        BUDGET,
        budgets.a_tag_filter_is_key_and_value,
        {"Budget.CostFilters.TagKeyValue": ["Stack"]},
        "user:<key>$<value>",
    ),
    Case(
        BUDGET,
        budgets.notifications_differ,
        {"NotificationsWithSubscribers.0.Notification.NotificationType": "FORECASTED"},
        "twice",
    ),
    Case(BUDGET, budgets.a_notification_has_one_topic_and_10_addresses, {SUBSCRIBERS: [MAIL] * 11}, "11 addresses"),
    Case(
        BUDGET,
        budgets.a_subscriber_has_an_address_of_its_kind,
        {f"{SUBSCRIBERS}.0.Address": "nobody"},
        "address of SNS",
    ),
]
