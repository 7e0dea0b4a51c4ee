"""Captured predictions on their way to the capture bucket: by SageMaker itself, or from the endpoint's log."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.data import DataLake
from infra.permissions import allow, bucket_arn, put_objects, service_role, use_key, write_logs
from infra.place import Place
from infra.settings import RealTime, Serving

PREFIX = "capture/"
PLATFORM_PREFIX = "platform/"
"""Where SageMaker's own capture goes. The monitor reads both: an endpoint may have changed its mode in a window."""
FAILED_PREFIX = "capture-failed/"
LINES = "{ $.capture = 1 }"
"""Which lines of the log are captured predictions, in CloudWatch Logs' filter syntax."""
DAY = "!{timestamp:yyyy-MM-dd}/"
"""The day on which a line arrives, in UTC; the monitor looks for predictions by day."""
LOG_DAYS = 30


def by_platform(serving: Serving) -> bool:
    """Whether SageMaker captures requests and answers; else the container writes a line a prediction into its log.

    Each prediction is captured once. SageMaker captures nothing on serverless endpoints.
    """
    return isinstance(serving, RealTime)


@dataclass(frozen=True, kw_only=True)
class CaptureDeliveryArgs:
    place: Place
    data: DataLake
    logs: pulumi.Input[str]
    """The log group that the endpoint's containers write to, a line a prediction."""


class CaptureDelivery(pulumi.ComponentResource):
    """Brings the log lines of predictions to the bucket, gzipped, a folder a day."""

    stream_name: pulumi.Output[str]

    def __init__(self, name: str, args: CaptureDeliveryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:CaptureDelivery", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        place, endpoint = args.place, args.place.endpoint_name

        group = f"/aws/kinesisfirehose/{name}"
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs", name=group, retention_in_days=LOG_DAYS, kms_key_id=args.data.key_arn, opts=child
        )
        failures = aws.cloudwatch.LogStream(f"{name}-failures", log_group_name=logs.name, opts=child)
        role, policy = service_role(
            f"{name}-role",
            service="firehose",
            place=place,
            # What Firehose says of itself when it takes on a role.
            when={"StringEquals": {"sts:ExternalId": place.account}},
            statements=[
                *put_objects(args.data.capture, f"{PREFIX}{endpoint}/", FAILED_PREFIX),
                use_key(args.data.key_arn),
                write_logs(place, group),
            ],
            opts=child,
        )
        stream = aws.kinesis.FirehoseDeliveryStream(
            f"{name}-stream",
            destination="extended_s3",
            server_side_encryption={"enabled": True, "key_type": "AWS_OWNED_CMK"},
            extended_s3_configuration={
                "role_arn": role.arn,
                "bucket_arn": bucket_arn(args.data.capture),
                "prefix": f"{PREFIX}{endpoint}/{DAY}",
                "error_output_prefix": f"{FAILED_PREFIX}{DAY}!{{firehose:error-output-type}}/",
                "buffering_interval": 300,
                "buffering_size": 64,
                "compression_format": "GZIP",
                "kms_key_arn": args.data.key_arn,
                "cloudwatch_logging_options": {
                    "enabled": True,
                    "log_group_name": logs.name,
                    "log_stream_name": failures.name,
                },
                "processing_configuration": {
                    "enabled": True,
                    # CloudWatch Logs sends gzipped envelopes with many lines each; only the lines are kept.
                    "processors": [
                        {
                            "type": "Decompression",
                            "parameters": [{"parameter_name": "CompressionFormat", "parameter_value": "GZIP"}],
                        },
                        {
                            "type": "CloudWatchLogProcessing",
                            "parameters": [{"parameter_name": "DataMessageExtraction", "parameter_value": "true"}],
                        },
                        {"type": "AppendDelimiterToRecord"},
                    ],
                },
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        sender, sender_policy = service_role(
            f"{name}-sender",
            service="logs",
            place=place,
            when={"StringLike": {"aws:SourceArn": place.arn("logs", "*")}},
            statements=[allow("firehose:PutRecord", "firehose:PutRecordBatch", on=stream.arn)],
            opts=child,
        )
        aws.cloudwatch.LogSubscriptionFilter(
            f"{name}-lines",
            log_group=args.logs,
            filter_pattern=LINES,
            destination_arn=stream.arn,
            role_arn=sender.arn,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[sender_policy]),
        )
        self.stream_name = stream.name
        self.register_outputs({"streamName": self.stream_name})
