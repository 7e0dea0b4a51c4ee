"""SNS subscriptions that wait until somebody confirms them, which moto confirms by itself.

A topic's listing names no ARN of one that waits. Nothing is mailed: the token that the mail would carry is the last
part of the subscription's ARN.
"""

from collections.abc import Mapping
from typing import Any

from infra.rehearsal.front.call import Call
from infra.rehearsal.front.errors import ApiError
from infra.rehearsal.front.models.state import Clock, Operation, backend

SOURCES = (
    "https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html",
    "https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html",
    "https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html",
)
WAITING = ("email", "email-json", "http", "https")
"""Protocols whose address has to confirm."""
PENDING = "PendingConfirmation"


def listed(call: Call, _clock: Clock) -> Mapping[str, Any] | None:
    topic, sns = call.parameters["TopicArn"], backend("sns", call)
    if topic not in sns.topics:
        return None
    return {"Subscriptions": [_told(each) for each in sns.subscriptions.values() if each.topic.arn == topic]}


def confirm(call: Call, _clock: Clock) -> Mapping[str, Any]:
    topic, token = call.parameters["TopicArn"], call.parameters["Token"]
    for each in backend("sns", call).subscriptions.values():
        if each.topic.arn == topic and each.arn.rpartition(":")[2] == token:
            each.confirmed = True
            return {"SubscriptionArn": each.arn}
    raise ApiError("InvalidParameter", "Invalid parameter: Token")


def _told(subscription: Any) -> dict[str, str]:
    waits = subscription.protocol in WAITING and not subscription.confirmed
    return {
        "SubscriptionArn": PENDING if waits else subscription.arn,
        "Owner": subscription.account_id,
        "Protocol": subscription.protocol,
        "Endpoint": subscription.endpoint,
        "TopicArn": subscription.topic.arn,
    }


OPERATIONS: dict[str, Operation] = {
    "sns:ListSubscriptionsByTopic": listed,
    "sns:ConfirmSubscription": confirm,
}
