"""CloudWatch, its logs, and the events and notifications that go with them.

Sources: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html and the pages
list_amazoncloudwatch, list_amazonsns, list_amazoneventbridge and list_amazondatafirehose of
https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from collections.abc import Mapping
from typing import Any

from infra.rehearsal.iam.facts import Call, Facts, Need
from infra.rehearsal.iam.operations.rows import Row, Table, tag_keys, tags_of

ALARM, DASHBOARD = "alarm:{AlarmName}", "arn:aws:cloudwatch::{account}:dashboard/"
# AWS asks for a log group as one whose stream has no name, so policies need the form with :* behind it. Seen in
# https://github.com/hashicorp/terraform-provider-aws/issues/8804
GROUP = "log-group:{logGroupName}:log-stream:"
STREAM = "log-group:{logGroupName}:log-stream:{logStreamName}"
RULE, TARGETS = "rule/{Name}", "rule/{Rule}"
TOPIC, DELIVERY = "{TopicArn}", "deliverystream/{DeliveryStreamName}"


def _group_created(call: Call, facts: Facts) -> list[Need]:
    group = f"arn:aws:logs:{call.region}:{facts.number}:log-group:{call.parameters['logGroupName']}"
    tags = tag_keys(tags_of(call.parameters))
    needed = [Need(action="logs:CreateLogGroup", resource=f"{group}:log-stream:", context=tags)]
    # Of all actions on log groups, those on tags alone take the ARN without :*.
    return needed + ([Need(action="logs:TagResource", resource=group, context=tags)] if tags else [])


def _events(call: Call, facts: Facts) -> list[Need]:
    """Each event is asked for on its own bus."""
    buses = f"arn:aws:events:{call.region}:{facts.number}:event-bus/"

    def need(entry: Mapping[str, Any]) -> Need:
        bus = entry.get("EventBusName", "default")
        said = {"events:source": entry.get("Source"), "events:detail-type": entry.get("DetailType")}
        context = {key: value for key, value in said.items() if value}
        return Need(action="events:PutEvents", resource=bus if bus.startswith("arn:") else buses + bus, context=context)

    return [need(entry) for entry in call.parameters["Entries"]]


def _queue(call: Call, facts: Facts) -> list[Need]:
    """A queue is named by its address."""
    name = call.parameters["QueueUrl"].rpartition("/")[2]
    return [Need(action=f"sqs:{call.operation}", resource=f"arn:aws:sqs:{call.region}:{facts.number}:{name}")]


CLOUDWATCH = Table(
    prefix="cloudwatch",
    arn="arn:aws:cloudwatch:{region}:{account}:",
    tagging_of=dict.fromkeys(("PutMetricAlarm", "PutCompositeAlarm"), "cloudwatch:TagResource"),
    rows={
        "PutMetricData": Row(keys={"cloudwatch:namespace": "Namespace"}),
        "GetMetricData": "*",
        "GetMetricStatistics": "*",
        "ListMetrics": "*",
        "PutMetricAlarm": Row(on=ALARM, keys={"cloudwatch:AlarmActions": "AlarmActions[]"}),
        "PutCompositeAlarm": Row(on=ALARM, keys={"cloudwatch:AlarmActions": "AlarmActions[]"}),
        "DescribeAlarms": "alarm:{AlarmNames[]|*}",
        "DescribeAlarmHistory": "alarm:{AlarmName|*}",
        "DeleteAlarms": "alarm:{AlarmNames[]}",
        "SetAlarmState": ALARM,
        "DisableAlarmActions": "alarm:{AlarmNames[]}",
        "EnableAlarmActions": "alarm:{AlarmNames[]}",
        "ListDashboards": "*",
        "PutDashboard": f"{DASHBOARD}{{DashboardName}}",
        "GetDashboard": f"{DASHBOARD}{{DashboardName}}",
        "DeleteDashboards": f"{DASHBOARD}{{DashboardNames[]}}",
        "TagResource": "{ResourceARN}",
        "UntagResource": "{ResourceARN}",
        "ListTagsForResource": "{ResourceARN}",
    },
)
LOGS = Table(
    prefix="logs",
    arn="arn:aws:logs:{region}:{account}:",
    rows={
        "CreateLogGroup": _group_created,
        "DeleteLogGroup": GROUP,
        "DescribeLogGroups": "log-group::log-stream:",
        "PutRetentionPolicy": GROUP,
        "DeleteRetentionPolicy": GROUP,
        "AssociateKmsKey": GROUP,
        "PutMetricFilter": GROUP,
        "DeleteMetricFilter": GROUP,
        "DescribeMetricFilters": GROUP,
        "PutSubscriptionFilter": GROUP,
        "DeleteSubscriptionFilter": GROUP,
        "DescribeSubscriptionFilters": GROUP,
        "DescribeLogStreams": GROUP,
        "FilterLogEvents": GROUP,
        "CreateLogStream": STREAM,
        "DeleteLogStream": STREAM,
        "PutLogEvents": STREAM,
        "GetLogEvents": STREAM,
        "TagResource": "{resourceArn}",
        "UntagResource": "{resourceArn}",
        "ListTagsForResource": "{resourceArn}",
    },
)
SNS = Table(
    prefix="sns",
    arn="arn:aws:sns:{region}:{account}:",
    tagging="sns:TagResource",
    rows={
        "CreateTopic": "{Name}",
        "DeleteTopic": TOPIC,
        "GetTopicAttributes": TOPIC,
        "SetTopicAttributes": TOPIC,
        "Subscribe": Row(on=TOPIC, keys={"sns:Protocol": "Protocol", "sns:Endpoint": "Endpoint"}),
        "ListSubscriptionsByTopic": TOPIC,
        "ConfirmSubscription": TOPIC,
        "Publish": TOPIC,
        "PublishBatch": Row(on=TOPIC, action="Publish"),
        "Unsubscribe": "*",
        "GetSubscriptionAttributes": "*",
        "ListTopics": "*",
        "ListSubscriptions": "*",
        "ListTagsForResource": "{ResourceArn}",
        "TagResource": "{ResourceArn}",
    },
)
EVENTS = Table(
    prefix="events",
    arn="arn:aws:events:{region}:{account}:",
    tagging="events:TagResource",
    rows={
        "PutEvents": _events,
        "PutRule": RULE,
        "DescribeRule": RULE,
        "DeleteRule": RULE,
        "ListRules": "*",
        "PutTargets": Row(on=TARGETS, keys={"events:TargetArn": "Targets[].Arn"}),
        "RemoveTargets": TARGETS,
        "ListTargetsByRule": TARGETS,
    },
)
SQS = Table(
    prefix="sqs",
    arn="arn:aws:sqs:{region}:{account}:",
    tagging="sqs:TagQueue",
    rows={
        "CreateQueue": "{QueueName}",
        "GetQueueUrl": "{QueueName}",
        "ListQueues": "*",
        "ListQueueTags": _queue,
        **dict.fromkeys(
            ["DeleteQueue", "GetQueueAttributes", "SetQueueAttributes", "SendMessage", "ReceiveMessage", "PurgeQueue"],
            _queue,
        ),
    },
)
FIREHOSE = Table(
    prefix="firehose",
    arn="arn:aws:firehose:{region}:{account}:",
    tagging="firehose:TagDeliveryStream",
    rows={
        "CreateDeliveryStream": DELIVERY,
        "DescribeDeliveryStream": DELIVERY,
        "DeleteDeliveryStream": DELIVERY,
        "ListTagsForDeliveryStream": DELIVERY,
        "ListDeliveryStreams": "*",
        "PutRecord": DELIVERY,
        "PutRecordBatch": DELIVERY,
    },
)
