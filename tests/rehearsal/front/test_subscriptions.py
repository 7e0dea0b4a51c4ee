"""A subscription by mail waits until somebody confirms it, as the topic's listing tells."""

from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def sns(modelled: Any) -> Any:
    return modelled("sns")


def test_an_address_waits_until_its_token_comes_back(sns: Any):
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    asked = {"TopicArn": topic, "Protocol": "email", "Endpoint": "a@example.com", "ReturnSubscriptionArn": True}
    arn = sns.subscribe(**asked)["SubscriptionArn"]
    (waiting,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert (waiting["SubscriptionArn"], waiting["Endpoint"]) == ("PendingConfirmation", "a@example.com")
    with pytest.raises(ClientError, match="Invalid parameter: Token"):
        sns.confirm_subscription(TopicArn=topic, Token="guessed")
    assert sns.confirm_subscription(TopicArn=topic, Token=arn.rpartition(":")[2])["SubscriptionArn"] == arn
    (confirmed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert confirmed["SubscriptionArn"] == arn


def test_a_queue_confirms_by_itself_and_another_topic_s_is_not_listed(sns: Any):
    topic, other = (sns.create_topic(Name=name)["TopicArn"] for name in ("alarms", "other"))
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:eu-west-1:123456789012:q")
    (listed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed["SubscriptionArn"].startswith(topic)
    assert sns.list_subscriptions_by_topic(TopicArn=other)["Subscriptions"] == []
    with pytest.raises(ClientError, match="NotFound"):
        sns.list_subscriptions_by_topic(TopicArn=f"{topic}-nope")
