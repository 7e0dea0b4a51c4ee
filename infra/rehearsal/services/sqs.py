"""SQS queues and their policies."""

from infra.rehearsal.aws import Aws
from infra.rehearsal.entry import Entry, Inputs, Made
from infra.rehearsal.names import Naming

ATTRIBUTES = {
    "kmsMasterKeyId": "KmsMasterKeyId",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}


def create_queue(inputs: Inputs, aws: Aws) -> Made:
    attributes = {api: _text(inputs[name]) for name, api in ATTRIBUTES.items() if name in inputs}
    aws.unplaced += sorted(set(inputs) - {*ATTRIBUTES, "name", "tagsAll", "tags", "region"})
    tags = {"tags": inputs["tagsAll"]} if "tagsAll" in inputs else {}
    url = aws.call("sqs", "CreateQueue", QueueName=inputs["name"], Attributes=attributes, **tags)["QueueUrl"]
    return Made(id=url, outputs={"arn": aws.arn("sqs", inputs["name"]), "url": url})


def _text(value: object) -> str:
    """An attribute as the API has it: all are strings."""
    return str(value).lower() if isinstance(value, bool) else f"{value:.0f}" if isinstance(value, float) else str(value)


def delete_queue(url: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("sqs", "DeleteQueue", QueueUrl=url)


def create_policy(inputs: Inputs, aws: Aws) -> Made:
    aws.call("sqs", "SetQueueAttributes", QueueUrl=inputs["queueUrl"], Attributes={"Policy": inputs["policy"]})
    return Made(id=inputs["queueUrl"])


def remaining(aws: Aws) -> list[str]:
    return [aws.arn("sqs", url.rpartition("/")[2]) for url in aws.pages("sqs", "ListQueues", "QueueUrls")]


ENTRIES = {
    "aws:sqs/queue:Queue": Entry(create=create_queue, delete=delete_queue, naming=Naming(limit=80)),
    "aws:sqs/queuePolicy:QueuePolicy": Entry(create=create_policy),
}
