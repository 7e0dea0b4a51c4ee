"""Keys, and that everything that holds data is encrypted with one."""

from collections.abc import Iterator, Sequence

from infra.instances import has_own_disk
from infra.policies import tokens
from infra.policies.jobs import processing_jobs
from infra.policies.rule import Resource, ResourceRule, StackRule, at, entries, unless, unset
from infra.policies.statements import statements
from infra.policies.storage import log_buckets

A_KEY = "the ARN of a KMS key"


def key_rotates(key: Resource) -> Iterator[str]:
    """A key's material is replaced every year."""
    yield from unless(key, "enableKeyRotation", True)


def key_is_in_use(key: Resource) -> Iterator[str]:
    """A key can be used."""
    if at(key.inputs, "isEnabled") is False:
        yield "isEnabled is False, expected True: what it encrypts cannot be read"


def key_has_a_policy(key: Resource) -> Iterator[str]:
    """A key says itself who may use it."""
    statements(key)
    yield from ()


def bucket_is_encrypted_with_a_key(stack: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """A bucket encrypts with a KMS key, by bucket key; a log bucket with S3's own, since S3 writes no logs by KMS."""
    logs = log_buckets(stack)
    for resource in stack:
        if resource.type == tokens.BUCKET_ENCRYPTION:
            of_logs = bool(logs & set(resource.uses.get("bucket", ())))
            yield from ((resource, text) for text in _bucket_encryption(resource, of_logs))


def _bucket_encryption(resource: Resource, of_logs: bool) -> Iterator[str]:
    rules = entries(at(resource.inputs, "rules"))
    if len(rules) != 1:
        yield f"rules has {len(rules)} entries, expected one"
        return
    algorithm = at(rules[0], "applyServerSideEncryptionByDefault.sseAlgorithm")
    expected = "AES256" if of_logs else "aws:kms"
    if algorithm != expected:
        yield f"sseAlgorithm is {algorithm!r}, expected {expected!r}"
    elif not of_logs:
        if not at(rules[0], "applyServerSideEncryptionByDefault.kmsMasterKeyId"):
            yield f"kmsMasterKeyId is not set, expected {A_KEY}"
        if at(rules[0], "bucketKeyEnabled") is not True:
            yield "bucketKeyEnabled is not set, expected True: each object would cost a call to KMS"


def topic_is_encrypted(topic: Resource) -> Iterator[str]:
    """A topic's messages are encrypted with a key."""
    yield from unset(topic, "kmsMasterKeyId", A_KEY)


def queue_is_encrypted(queue: Resource) -> Iterator[str]:
    """A queue's messages are encrypted."""
    if not at(queue.inputs, "kmsMasterKeyId") and at(queue.inputs, "sqsManagedSseEnabled") is not True:
        yield f"kmsMasterKeyId is not set, expected {A_KEY}, or sqsManagedSseEnabled: True"


def log_group_is_encrypted(group: Resource) -> Iterator[str]:
    """A log group is encrypted with a key."""
    yield from unset(group, "kmsKeyId", A_KEY)


def repository_is_encrypted(repository: Resource) -> Iterator[str]:
    """A repository's images are encrypted with a key."""
    found = entries(at(repository.inputs, "encryptionConfigurations"))
    if not any(at(entry, "encryptionType") == "KMS" and at(entry, "kmsKey") for entry in found):
        yield f"encryptionConfigurations has no entry of type KMS with a kmsKey, expected {A_KEY}"


def build_is_encrypted(project: Resource) -> Iterator[str]:
    """What a build makes is encrypted with a key."""
    yield from unset(project, "encryptionKey", A_KEY)


def stream_is_encrypted(stream: Resource) -> Iterator[str]:
    """A delivery stream encrypts what it holds, and with a key what it delivers."""
    yield from unless(stream, "serverSideEncryption.enabled", True)
    yield from unset(stream, "extendedS3Configuration.kmsKeyArn", A_KEY)


def endpoint_disks_are_encrypted(config: Resource) -> Iterator[str]:
    """An endpoint's disks are encrypted with a key, but for those that are part of the instance and take none."""
    variants = [
        *entries(at(config.inputs, "productionVariants")),
        *entries(at(config.inputs, "shadowProductionVariants")),
    ]
    kinds = [at(variant, "instanceType") for variant in variants]
    if not kinds or not all(kind and has_own_disk(kind) for kind in kinds):
        yield from unset(config, "kmsKeyArn", A_KEY)


def captured_data_is_encrypted(config: Resource) -> Iterator[str]:
    """What SageMaker captures of requests and answers is encrypted with a key."""
    if at(config.inputs, "dataCaptureConfig"):
        yield from unset(config, "dataCaptureConfig.kmsKeyId", A_KEY)


def job_disks_are_encrypted(starter: Resource) -> Iterator[str]:
    """The disks of jobs are encrypted with a key, but for those that are part of the instance."""
    for name, asked in processing_jobs(starter):
        cluster = at(asked, "ProcessingResources.ClusterConfig")
        kind = at(cluster, "InstanceType")
        if not (kind and has_own_disk(kind)) and not at(cluster, "VolumeKmsKeyId"):
            yield f"VolumeKmsKeyId of {name} is not set, expected {A_KEY}"


RULES = (
    ResourceRule(check=key_rotates, on=(tokens.KEY,), ids=("KMS.4", "CKV_AWS_7")),
    ResourceRule(check=key_is_in_use, on=(tokens.KEY,), ids=("CKV_AWS_227",)),
    ResourceRule(check=key_has_a_policy, on=(tokens.KEY,), ids=("CKV2_AWS_64",)),
    StackRule(
        check=bucket_is_encrypted_with_a_key, on=(tokens.BUCKET_ENCRYPTION,), ids=("S3.17", "CKV_AWS_19", "CKV_AWS_145")
    ),
    ResourceRule(check=topic_is_encrypted, on=(tokens.TOPIC,), ids=("SNS.1", "CKV_AWS_26")),
    ResourceRule(check=queue_is_encrypted, on=(tokens.QUEUE,), ids=("SQS.1", "CKV_AWS_27")),
    ResourceRule(check=log_group_is_encrypted, on=(tokens.LOG_GROUP,), ids=("CKV_AWS_158",)),
    ResourceRule(check=repository_is_encrypted, on=(tokens.REPOSITORY,), ids=("CKV_AWS_136",)),
    ResourceRule(check=build_is_encrypted, on=(tokens.BUILD,), ids=("CKV_AWS_147",)),
    ResourceRule(check=stream_is_encrypted, on=(tokens.STREAM,), ids=("CKV_AWS_240",)),
    ResourceRule(
        check=endpoint_disks_are_encrypted,
        on=(tokens.ENDPOINT_CONFIG,),
        ids=("CKV_AWS_98", "sagemaker_endpoint_config_kms_encryption_enabled"),
    ),
    ResourceRule(check=captured_data_is_encrypted, on=(tokens.ENDPOINT_CONFIG,), ids=()),
    ResourceRule(
        check=job_disks_are_encrypted,
        on=(tokens.SCHEDULE, tokens.PIPELINE),
        ids=("sagemaker_training_jobs_volume_and_output_encryption_enabled",),
    ),
)
