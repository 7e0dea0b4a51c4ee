"""What AWS checks beside the permission for a call itself."""

import pytest

from infra.rehearsal.iam import kinds
from infra.rehearsal.iam.actions import UnknownOperationError
from infra.rehearsal.iam.decision import Policies
from infra.rehearsal.iam.principals import Principal
from tests.rehearsal.iam import reference
from tests.rehearsal.iam.account import REGION, Account
from tests.rehearsal.iam.asking import ACCOUNT, ROLE, allow, ask, policy
from tests.rehearsal.iam.needing import KEY, OTHER_KEY, PASSED, PASSING, SEALED, needed, texts

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:t"
VIA_S3 = {"kms:ViaService": f"s3.{REGION}.amazonaws.com", "kms:CallerAccount": ACCOUNT}


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        ("GetObject", {}, [f"kms:Decrypt {KEY}"]),
        ("PutObject", {}, [f"kms:GenerateDataKey {KEY}"]),
        ("PutObject", {"ServerSideEncryption": "AES256"}, []),
        ("PutObject", {"SSEKMSKeyId": OTHER_KEY}, [f"kms:GenerateDataKey {OTHER_KEY}"]),
        ("CreateMultipartUpload", {}, [f"kms:GenerateDataKey {KEY}"]),
        ("UploadPart", {"PartNumber": 1, "UploadId": "u"}, [f"kms:Decrypt {KEY}"]),
        ("CompleteMultipartUpload", {"UploadId": "u"}, [f"kms:Decrypt {KEY}"]),
        ("CopyObject", {"CopySource": "from/x"}, [f"kms:Decrypt {OTHER_KEY}", f"kms:GenerateDataKey {KEY}"]),
        ("HeadObject", {}, []),
        ("HeadObject", {"ChecksumMode": "ENABLED"}, [f"kms:Decrypt {KEY}"]),
        ("DeleteObject", {}, []),
    ],
)
def test_objects_of_a_bucket_with_a_key_ask_for_the_key(operation: str, parameters: dict, expected: list[str]):
    assert texts("s3", operation, Bucket="b", Key="k", **parameters) == expected


def test_a_bucket_without_a_key_asks_for_none_and_a_listing_never_does():
    assert texts("s3", "PutObject", Account(), Bucket="b", Key="k") == []
    assert texts("s3", "ListObjectsV2", Bucket="b") == []


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
def test_kms_is_told_the_object_or_with_bucket_keys_the_bucket():
    for account, arn in ((SEALED, "arn:aws:s3:::b/k"), (Account(buckets={"b": KEY}, shared={"b"}), "arn:aws:s3:::b")):
        (need,) = needed("s3", "PutObject", account, Bucket="b", Key="k")
        told = {"kms:EncryptionContext:aws:s3:arn": arn, "kms:EncryptionContextKeys": ["aws:s3:arn"]}
        assert need.context == {**VIA_S3, **told}


def test_a_publisher_needs_the_key_of_the_topic():
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:t"
    account = Account(topics={topic: "alias/data"}, aliases={"alias/data": KEY})
    assert texts("sns", "Publish", account, TopicArn=topic) == [f"kms:GenerateDataKey {KEY}", f"kms:Decrypt {KEY}"]
    assert texts("sns", "Publish", TopicArn=topic) == []


def test_the_key_of_a_log_group_must_let_the_log_service_in_for_that_group():
    first, *_rest = needed("logs", "CreateLogGroup", logGroupName="g", kmsKeyId=KEY)
    assert (str(first.who), first.resource) == (f"logs.{REGION}.amazonaws.com", KEY)
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:"
    for pattern, allowed in ((f"{group}g", True), (f"{group}other", False)):
        condition = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": pattern}}
        lets_in = allow("kms:*", Principal={"Service": f"logs.{REGION}.amazonaws.com"}, Condition=condition)
        given = Policies(resource=policy(lets_in, kind=kinds.KEY))
        who = first.who or ROLE
        decision = ask(given, first.action, first.resource, principal=who, context=first.context)
        assert decision.allowed is allowed
    assert needed("logs", "CreateLogGroup", logGroupName="g") == []


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "also"),
    [
        (
            "sagemaker",
            "CreateProcessingJob",
            {"ProcessingJobName": "j", "ProcessingResources": {"ClusterConfig": {"VolumeKmsKeyId": KEY}}},
            ["kms:DescribeKey"],
        ),
        ("sagemaker", "CreateEndpointConfig", {"EndpointConfigName": "c", "KmsKeyId": KEY}, ["kms:DescribeKey"]),
        (
            "ecr",
            "CreateRepository",
            {"repositoryName": "r", "encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": KEY}},
            ["kms:RetireGrant", "kms:DescribeKey"],
        ),
    ],
)
def test_who_has_a_service_use_a_key_lends_it(service: str, operation: str, parameters: dict, also: list[str]):
    grant, *rest = needed(service, operation, **parameters)
    assert (grant.action, grant.resource) == ("kms:CreateGrant", KEY)
    assert grant.context["kms:GrantIsForAWSResource"] == "true"
    assert grant.context["kms:ViaService"] == f"{service}.{REGION}.amazonaws.com"
    assert [(need.action, need.resource) for need in rest] == [(action, KEY) for action in also]


def test_a_trail_s_bucket_and_key_must_let_cloudtrail_in_for_that_trail():
    asked = needed("cloudtrail", "CreateTrail", Name="t", S3BucketName="b", S3KeyPrefix="p", KmsKeyId=KEY)
    assert [(need.action, need.resource) for need in asked] == [
        ("s3:GetBucketAcl", "arn:aws:s3:::b"),
        ("s3:PutObject", f"arn:aws:s3:::b/p/AWSLogs/{ACCOUNT}/CloudTrail/file"),
        ("kms:GenerateDataKey", KEY),
        ("kms:DescribeKey", KEY),
    ]
    assert {str(need.who) for need in asked} == {"cloudtrail.amazonaws.com"}
    trail = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/t"
    assert {need.context["aws:SourceArn"] for need in asked} == {trail}
    assert asked[1].context["s3:x-amz-acl"] == "bucket-owner-full-control"
    assert asked[2].context["kms:EncryptionContext:aws:cloudtrail:arn"] == trail
    assert needed("cloudtrail", "DeleteTrail", Name="t") == []


SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/passed/SageMaker"


def test_the_role_of_a_model_reads_its_artifact_and_its_key():
    container = {"Image": "i", "ModelDataUrl": "s3://b/k"}
    asked = {"ModelName": "m", "ExecutionRoleArn": PASSED, "PrimaryContainer": container}
    assert texts("sagemaker", "CreateModel", **asked)[2:] == [
        f"{SESSION} s3:GetObject arn:aws:s3:::b/k",
        f"{SESSION} kms:Decrypt {KEY}",
    ]


def test_the_role_of_an_endpoint_sees_the_alarms_that_roll_back_and_writes_what_is_captured():
    config = {
        "ProductionVariants": [{"ModelName": "m"}, {"ModelName": "m"}],
        "DataCaptureConfig": {"EnableCapture": True, "DestinationS3Uri": "s3://b/platform"},
    }
    account = Account(buckets={"b": KEY}, models={"m": {"ExecutionRoleArn": PASSED}}, endpoint_configs={"c": config})
    rollback = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}}
    given = {"EndpointName": "e", "EndpointConfigName": "c", "DeploymentConfig": rollback}
    for operation in ("CreateEndpoint", "UpdateEndpoint"):
        assert texts("sagemaker", operation, account, **given) == [
            f"{SESSION} cloudwatch:DescribeAlarms arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:errors",
            f"{SESSION} s3:PutObject arn:aws:s3:::b/platform/*",
            f"{SESSION} kms:GenerateDataKey {KEY}",
        ]


def test_the_role_of_an_asynchronous_endpoint_writes_results_tells_of_failures_and_reads_what_is_asked():
    output = {"S3OutputPath": "s3://b/r", "S3FailurePath": "s3://b/f", "NotificationConfig": {"ErrorTopic": TOPIC}}
    config = {"ProductionVariants": [{"ModelName": "m"}], "AsyncInferenceConfig": {"OutputConfig": output}}
    account = Account(
        topics={TOPIC: KEY},
        objects={("b", "a/1"): KEY},
        models={"m": {"ExecutionRoleArn": PASSED}},
        endpoint_configs={"c": config},
        endpoints={"e": "c"},
    )
    assert texts("sagemaker", "CreateEndpoint", account, EndpointName="e", EndpointConfigName="c") == [
        f"{SESSION} s3:PutObject arn:aws:s3:::b/r/*",
        f"{SESSION} s3:PutObject arn:aws:s3:::b/f/*",
        f"{SESSION} sns:Publish {TOPIC}",
        f"{SESSION} kms:GenerateDataKey {KEY}",
        f"{SESSION} kms:Decrypt {KEY}",
    ]
    given = {"EndpointName": "e", "InputLocation": "s3://b/a/1"}
    assert texts("sagemaker-runtime", "InvokeEndpointAsync", account, **given) == [
        f"{SESSION} s3:GetObject arn:aws:s3:::b/a/1",
        f"{SESSION} kms:Decrypt {KEY}",
    ]


def test_a_job_in_a_vpc_makes_its_network_interfaces_with_its_role():
    network = {"VpcConfig": {"Subnets": ["s"], "SecurityGroupIds": ["g"]}}
    given = {"ProcessingJobName": "j", "RoleArn": PASSED}
    asked = texts("sagemaker", "CreateProcessingJob", **given, NetworkConfig=network)
    made = f"{SESSION} ec2:CreateNetworkInterface arn:aws:ec2:{REGION}:{ACCOUNT}:network-interface/*"
    assert made in asked
    assert f"{SESSION} ec2:DescribeSubnets *" in asked
    assert not any("ec2:" in text for text in texts("sagemaker", "CreateProcessingJob", **given))


def test_what_is_implied_exists():
    vpc = {"VpcConfig": {"Subnets": ["s"]}}
    asked = [
        *needed("s3", "CopyObject", Bucket="b", Key="k", CopySource="from/x"),
        *needed("logs", "CreateLogGroup", logGroupName="g", kmsKeyId=KEY),
        *needed("ecr", "CreateRepository", repositoryName="r", encryptionConfiguration={"kmsKey": KEY}),
        *needed("sagemaker", "CreateModel", ModelName="m", ExecutionRoleArn=PASSED, **vpc),
        *(need for service, operation, given, _said in PASSING for need in needed(service, operation, **given)),
    ]
    assert len(asked) > 25
    for need in asked:
        assert reference.actions(need.action) == [need.action]
        assert reference.takes(need.action, need.resource), need
        own = [key for key in need.context if not key.startswith("aws:")]
        assert [key for key in own if not reference.takes_key(need.action, key)] == [], need


def test_an_operation_that_nobody_looked_up_implies_an_error_too():
    with pytest.raises(UnknownOperationError):
        needed("s3", "SelectObjectContent", Bucket="b", Key="k")


def test_a_service_that_asks_is_its_own_principal():
    (_passed, taken) = needed("scheduler", "CreateSchedule", Name="s", Target={"RoleArn": PASSED})
    assert taken.who == Principal(kind="service", service="scheduler.amazonaws.com")


@pytest.mark.parametrize(("bucket", "asked"), [("b", True), ("elsewhere", False)])
def test_a_release_in_a_bucket_that_is_not_here_is_not_asked_for(bucket: str, asked: bool):
    container = {"Image": "i", "ModelDataUrl": f"s3://{bucket}/k"}
    given = {"ModelName": "m", "ExecutionRoleArn": PASSED, "PrimaryContainer": container}
    assert any("s3:GetObject" in text for text in texts("sagemaker", "CreateModel", **given)) is asked
