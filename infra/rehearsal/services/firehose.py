"""Firehose delivery streams."""

from infra.rehearsal.aws import Aws
from infra.rehearsal.entry import Entry, Inputs, Made
from infra.rehearsal.names import Naming

DESTINATION = "extendedS3Configuration"


def create_stream(inputs: Inputs, aws: Aws) -> Made:
    encryption = dict(inputs.get("serverSideEncryption", {}))
    enabled = encryption.pop("enabled", False)
    request = {name: value for name, value in inputs.items() if name not in {"destination", "serverSideEncryption"}}
    request |= {"deliveryStreamEncryptionConfigurationInput": encryption} if enabled else {}
    destination = dict(request.pop(DESTINATION))
    # The provider's flat arguments, nested as the API has them.
    buffering = {"intervalInSeconds": destination.pop("bufferingInterval", 300)}
    buffering["sizeInMBs"] = destination.pop("bufferingSize", 5)
    key = destination.pop("kmsKeyArn", None)
    destination |= {"bufferingHints": buffering}
    destination |= {"encryptionConfiguration": {"kmsEncryptionConfig": {"awsKmsKeyArn": key}}} if key else {}
    rename = {"name": "DeliveryStreamName", DESTINATION: "ExtendedS3DestinationConfiguration", "tagsAll": "Tags"}
    arn = aws.send("firehose", "CreateDeliveryStream", {**request, DESTINATION: destination}, rename)
    return Made(id=arn["DeliveryStreamARN"], outputs={"arn": arn["DeliveryStreamARN"]})


def delete_stream(_id: str, inputs: Inputs, aws: Aws) -> None:
    aws.call("firehose", "DeleteDeliveryStream", DeliveryStreamName=inputs["name"])


def remaining(aws: Aws) -> list[str]:
    names = aws.pages("firehose", "ListDeliveryStreams", "DeliveryStreamNames")
    return [aws.arn("firehose", f"deliverystream/{name}") for name in names]


ENTRIES = {
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": Entry(
        create=create_stream,
        delete=delete_stream,
        naming=Naming(limit=64),
        note="the local endpoint's lines are delivered in its place, under its role",
    ),
}
