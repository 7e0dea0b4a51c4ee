"""What a KMS key behind a resource asks of whoever uses the resource."""

from collections.abc import Iterator

from infra.rehearsal.iam.facts import Call, Facts, Need
from infra.rehearsal.iam.operations.kms import encryption_context
from infra.rehearsal.iam.operations.rows import found
from infra.rehearsal.iam.operations.s3 import copy_source
from infra.rehearsal.iam.principals import Principal

DECRYPT, GENERATE = "kms:Decrypt", "kms:GenerateDataKey"
# A multipart upload gets its data key once; each part and the end read it again.
WRITES = {"PutObject": [GENERATE], "CopyObject": [GENERATE], "CreateMultipartUpload": [GENERATE]}
PARTS = {"UploadPart", "UploadPartCopy", "CompleteMultipartUpload", "ListParts"}
READS = {"GetObject", "GetObjectAttributes"}


def objects(call: Call, facts: Facts) -> Iterator[Need]:
    """S3 asks KMS with the caller's permissions for each object that a key encrypts.

    Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html,
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html for what KMS is told,
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html for the checksum of a sealed object
    """
    given = call.parameters
    if call.service != "s3" or "Key" not in given:
        return
    bucket, name = given["Bucket"], given["Key"]
    if call.operation in {"CopyObject", "UploadPartCopy"}:
        source, source_name, version = copy_source(call)
        yield from _key(call, facts, [DECRYPT], source, source_name, facts.object_key(source, source_name, version))
    # HEAD reads no content; the checksum is sealed with it.
    reads = call.operation in READS or (call.operation == "HeadObject" and given.get("ChecksumMode") == "ENABLED")
    if reads:
        sealed = facts.object_key(bucket, name, given.get("VersionId"))
        yield from _key(call, facts, [DECRYPT], bucket, name, sealed)
    elif call.operation in WRITES:
        yield from _key(call, facts, WRITES[call.operation], bucket, name, _chosen(call, facts))
    elif call.operation in PARTS:
        yield from _key(call, facts, [DECRYPT], bucket, name, facts.bucket_key(bucket))


def _chosen(call: Call, facts: Facts) -> str | None:
    """The key that a new object is encrypted with: the request's, or the bucket's."""
    asked = call.parameters.get("ServerSideEncryption")
    if asked is not None and not asked.startswith("aws:kms"):
        return None
    named = call.parameters.get("SSEKMSKeyId")
    return facts.key_arn(named, call.region) or named if named else facts.bucket_key(call.parameters["Bucket"])


def _key(call: Call, facts: Facts, actions: list[str], bucket: str, name: str, key: str | None) -> Iterator[Need]:
    if key is None:
        return
    arn = f"arn:aws:s3:::{bucket}" if facts.bucket_key_is_shared(bucket) else f"arn:aws:s3:::{bucket}/{name}"
    for action in actions:
        yield _use(call, facts, action, key, {"aws:s3:arn": arn})


def messages(call: Call, facts: Facts) -> Iterator[Need]:
    """A publisher needs the key of the topic.

    Source: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    if call.service != "sns" or call.operation not in {"Publish", "PublishBatch"}:
        return
    topic = call.parameters["TopicArn"]
    if key := facts.topic_key(topic):
        for action in (GENERATE, DECRYPT):
            yield topic_key(action, key, topic, call, facts)


def topic_key(action: str, key: str, topic: str, call: Call, facts: Facts, who: Principal | None = None) -> Need:
    """What SNS asks of a topic's key with the permissions of who publishes: the caller, unless told."""
    told = {**through("sns", call, facts), **encryption_context({"aws:sns:topicArn": topic})}
    return Need(action=action, resource=facts.key_arn(key, call.region) or key, context=told, who=who)


def log_groups(call: Call, facts: Facts) -> Iterator[Need]:
    """CloudWatch Logs itself must be let in by the policy of a log group's key.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    key = call.parameters.get("kmsKeyId")
    if call.service != "logs" or call.operation not in {"CreateLogGroup", "AssociateKmsKey"} or not key:
        return
    logs = Principal(kind="service", service=f"logs.{call.region}.amazonaws.com")
    group = f"arn:aws:logs:{call.region}:{facts.number}:log-group:{call.parameters['logGroupName']}"
    for action in ("kms:Encrypt", DECRYPT, "kms:ReEncryptFrom", "kms:ReEncryptTo", GENERATE):
        yield Need(action=action, resource=key, context=encryption_context({"aws:logs:arn": group}), who=logs)


GRANTS = {
    "sagemaker:CreateProcessingJob": ["ProcessingResources.ClusterConfig.VolumeKmsKeyId"],
    "sagemaker:CreateTrainingJob": ["ResourceConfig.VolumeKmsKeyId"],
    "sagemaker:CreateEndpointConfig": ["KmsKeyId"],
    "sagemaker:CreateMonitoringSchedule": [
        "MonitoringScheduleConfig.MonitoringJobDefinition.MonitoringResources.ClusterConfig.VolumeKmsKeyId"
    ],
    "sagemaker:CreateModelCard": ["SecurityConfig.KmsKeyId"],
    "ecr:CreateRepository": ["encryptionConfiguration.kmsKey"],
    "firehose:CreateDeliveryStream": ["DeliveryStreamEncryptionConfigurationInput.KeyARN"],
}
"""Calls whose service keeps on using a key by a grant that the caller makes, and where they name the key."""
ALSO = {"ecr": ["kms:RetireGrant", "kms:DescribeKey"], "sagemaker": ["kms:DescribeKey"]}


def grants(call: Call, facts: Facts) -> Iterator[Need]:
    """Disks, layers and streams: the caller lends the key to the service.

    Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/api-permissions-reference.html,
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html,
    https://docs.aws.amazon.com/firehose/latest/dev/encryption.html
    """
    for path in GRANTS.get(f"{call.service}:{call.operation}", ()):
        for name in found(call.parameters, path):
            key = facts.key_arn(name, call.region) or name
            lent = {"kms:GrantIsForAWSResource": "true"}
            yield Need(action="kms:CreateGrant", resource=key, context={**through(call.service, call, facts), **lent})
            for action in ALSO.get(call.service, ()):
                yield Need(action=action, resource=key, context=through(call.service, call, facts))


def deployed(call: Call, facts: Facts) -> Iterator[Need]:
    """Whoever deploys an endpoint lends SageMaker the key of its configuration's disks.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html, KmsKeyId
    """
    if call.service != "sagemaker" or call.operation not in {"CreateEndpoint", "UpdateEndpoint"}:
        return
    config = facts.endpoint_config(call.parameters["EndpointConfigName"]) or {}
    if name := config.get("KmsKeyId"):
        key = facts.key_arn(name, call.region) or name
        context = through("sagemaker", call, facts)
        lent = {"kms:GrantIsForAWSResource": "true"}
        yield Need(action="kms:CreateGrant", resource=key, context={**context, **lent})
        yield Need(action="kms:DescribeKey", resource=key, context=context)


def _use(call: Call, facts: Facts, action: str, key: str, told: dict[str, str]) -> Need:
    return Need(action=action, resource=key, context={**through(call.service, call, facts), **encryption_context(told)})


def through(service: str, call: Call, facts: Facts) -> dict[str, str]:
    """What KMS is told of the service that asks.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    """
    return {"kms:ViaService": f"{service}.{call.region}.amazonaws.com", "kms:CallerAccount": facts.number}
