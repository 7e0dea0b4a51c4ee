"""Whom to tell: the topic that alarms and the budget write to."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.data import DataLake
from infra.permissions import Statement, document
from infra.place import Place
from infra.settings import Settings
from infra.tags import STACK


@dataclass(frozen=True, kw_only=True)
class NotificationsArgs:
    place: Place
    data: DataLake
    settings: Settings


class Notifications(pulumi.ComponentResource):
    """The topic that alarms and the budget write to, and the budget.

    The budget counts what carries this stack's tag, from when somebody activated the tag for billing.
    """

    topic_arn: pulumi.Output[str]

    def __init__(self, name: str, args: NotificationsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Notifications", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        topic = aws.sns.Topic(f"{name}-topic", kms_master_key_id=args.data.key_arn, opts=child)
        policy = aws.sns.TopicPolicy(
            f"{name}-topic-policy",
            arn=topic.arn,
            policy=document(
                _publish(topic.arn, "cloudwatch.amazonaws.com", args.place),
                _publish(topic.arn, "budgets.amazonaws.com", args.place),
                {
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "sns:Publish",
                    "Resource": topic.arn,
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
            ),
            opts=child,
        )
        aws.sns.TopicSubscription(
            f"{name}-email", topic=topic.arn, protocol="email", endpoint=args.settings.alert_email, opts=child
        )
        aws.budgets.Budget(
            f"{name}-budget",
            budget_type="COST",
            limit_amount=str(args.settings.monthly_budget),
            limit_unit="USD",
            time_unit="MONTHLY",
            cost_filters=[{"name": "TagKeyValue", "values": [f"user:{STACK}${args.place.prefix}"]}],
            notifications=[
                _notification("ACTUAL", 80, topic.arn),
                _notification("ACTUAL", 100, topic.arn),
                _notification("FORECASTED", 100, topic.arn),
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        self.topic_arn = topic.arn
        self.register_outputs({"topicArn": self.topic_arn})


def _publish(topic_arn: pulumi.Input[str], service: str, place: Place) -> Statement:
    return {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sns:Publish",
        "Resource": topic_arn,
        "Condition": {"StringEquals": {"aws:SourceAccount": place.account}},
    }


def _notification(kind: str, percent: int, topic_arn: pulumi.Input[str]) -> aws.budgets.BudgetNotificationArgsDict:
    return {
        "notification_type": kind,
        "comparison_operator": "GREATER_THAN",
        "threshold": percent,
        "threshold_type": "PERCENTAGE",
        "subscriber_sns_topic_arns": [topic_arn],
    }
