"""SNS topics, their policies and subscriptions."""

from infra.rehearsal.aws import Aws
from infra.rehearsal.entry import Entry, Inputs, Made
from infra.rehearsal.names import Naming

ATTRIBUTES = {
    "kmsMasterKeyId": "KmsMasterKeyId",
    "displayName": "DisplayName",
    "policy": "Policy",
    "deliveryPolicy": "DeliveryPolicy",
    "signatureVersion": "SignatureVersion",
}


def create_topic(inputs: Inputs, aws: Aws) -> Made:
    attributes = {api: str(inputs[name]) for name, api in ATTRIBUTES.items() if name in inputs}
    request = {name: value for name, value in inputs.items() if name not in ATTRIBUTES}
    rename = {"tagsAll": "Tags"}
    arn = aws.send("sns", "CreateTopic", {**request, "attributes": attributes}, rename)["TopicArn"]
    return Made(id=arn, outputs={"arn": arn, "owner": aws.account})


def delete_topic(arn: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("sns", "DeleteTopic", TopicArn=arn)


def create_topic_policy(inputs: Inputs, aws: Aws) -> Made:
    request = {"TopicArn": inputs["arn"], "AttributeName": "Policy", "AttributeValue": inputs["policy"]}
    aws.call("sns", "SetTopicAttributes", **request)
    return Made(id=inputs["arn"], outputs={"owner": aws.account})


def create_subscription(inputs: Inputs, aws: Aws) -> Made:
    request = {"topic": inputs["topic"], "protocol": inputs["protocol"], "endpoint": inputs["endpoint"]}
    aws.unplaced += sorted(set(inputs) - {*request, "endpointAutoConfirms", "confirmationTimeoutInMinutes", "region"})
    rename = {"topic": "TopicArn"}
    arn = aws.send("sns", "Subscribe", {**request, "returnSubscriptionArn": True}, rename)["SubscriptionArn"]
    waits = "nothing is mailed; on AWS it waits for a click in the first mail" if inputs["protocol"] == "email" else ""
    return Made(id=arn, outputs={"arn": arn, "ownerId": aws.account}, note=waits)


def delete_subscription(arn: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("sns", "Unsubscribe", SubscriptionArn=arn)


def remaining(aws: Aws) -> list[str]:
    topics = [topic["TopicArn"] for topic in aws.pages("sns", "ListTopics", "Topics")]
    return topics + [item["SubscriptionArn"] for item in aws.pages("sns", "ListSubscriptions", "Subscriptions")]


ENTRIES = {
    "aws:sns/topic:Topic": Entry(create=create_topic, delete=delete_topic, naming=Naming(limit=256)),
    "aws:sns/topicPolicy:TopicPolicy": Entry(create=create_topic_policy),
    "aws:sns/topicSubscription:TopicSubscription": Entry(create=create_subscription, delete=delete_subscription),
}
