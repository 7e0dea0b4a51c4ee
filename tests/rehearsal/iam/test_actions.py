"""What calls ask for, where it is not just their own name on their own resource."""

import re
from pathlib import Path
from typing import Any

import pytest

from infra.rehearsal import services
from infra.rehearsal.iam.actions import TABLES, UnknownOperationError, needs
from infra.rehearsal.iam.facts import Need
from tests.rehearsal.iam.account import REGION, Account, Asked
from tests.rehearsal.iam.asking import ACCOUNT

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234"


def asked(service: str, operation: str, account: Account | None = None, /, **parameters: Any) -> list[Need]:
    return needs(Asked(service=service, operation=operation, parameters=parameters), account or Account())


def permissions(service: str, operation: str, /, **parameters: Any) -> list[str]:
    """Action and resource of each need."""
    return [f"{need.action} {need.resource}" for need in asked(service, operation, **parameters)]


def context(service: str, operation: str, account: Account | None = None, /, **parameters: Any) -> dict[str, Any]:
    """The condition keys of the first need, but for those of every call."""
    given = asked(service, operation, account, **parameters)[0].context
    return {key: value for key, value in given.items() if key not in {"aws:RequestedRegion", "kms:CallerAccount"}}


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        ("HeadObject", {}, ["s3:GetObject arn:aws:s3:::b/k"]),
        ("GetObject", {"VersionId": "1"}, ["s3:GetObjectVersion arn:aws:s3:::b/k"]),
        ("DeleteObject", {"VersionId": "1"}, ["s3:DeleteObjectVersion arn:aws:s3:::b/k"]),
        ("GetObjectTagging", {"VersionId": "1"}, ["s3:GetObjectVersionTagging arn:aws:s3:::b/k"]),
        ("HeadBucket", {}, ["s3:ListBucket arn:aws:s3:::b"]),
        ("ListObjectsV2", {}, ["s3:ListBucket arn:aws:s3:::b"]),
        ("ListObjectVersions", {}, ["s3:ListBucketVersions arn:aws:s3:::b"]),
        ("ListMultipartUploads", {}, ["s3:ListBucketMultipartUploads arn:aws:s3:::b"]),
        ("ListBuckets", {}, ["s3:ListAllMyBuckets *"]),
        ("CreateMultipartUpload", {}, ["s3:PutObject arn:aws:s3:::b/k"]),
        ("UploadPart", {}, ["s3:PutObject arn:aws:s3:::b/k"]),
        ("ListParts", {}, ["s3:ListMultipartUploadParts arn:aws:s3:::b/k"]),
        ("GetBucketEncryption", {}, ["s3:GetEncryptionConfiguration arn:aws:s3:::b"]),
        ("DeleteBucketLifecycle", {}, ["s3:PutLifecycleConfiguration arn:aws:s3:::b"]),
        ("DeletePublicAccessBlock", {}, ["s3:PutBucketPublicAccessBlock arn:aws:s3:::b"]),
        (
            "PutObject",
            {"Tagging": "team=ml", "ACL": "private"},
            [f"s3:{action} arn:aws:s3:::b/k" for action in ("PutObject", "PutObjectTagging", "PutObjectAcl")],
        ),
        (
            "CopyObject",
            {"CopySource": "/from/a%20key?versionId=7"},
            ["s3:GetObjectVersion arn:aws:s3:::from/a key", "s3:PutObject arn:aws:s3:::b/k"],
        ),
        (
            "DeleteObjects",
            {"Delete": {"Objects": [{"Key": "x"}, {"Key": "y", "VersionId": "1"}]}},
            ["s3:DeleteObject arn:aws:s3:::b/x", "s3:DeleteObjectVersion arn:aws:s3:::b/y"],
        ),
    ],
)
def test_s3_calls_some_actions_otherwise_than_its_operations(operation: str, parameters: dict, expected: list[str]):
    assert permissions("s3", operation, Bucket="b", Key="k", **parameters) == expected


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "expected"),
    [
        ("cloudwatch", "PutMetricData", {"Namespace": "n"}, ["cloudwatch:PutMetricData *"]),
        ("cloudwatch", "DescribeAlarms", {}, ["cloudwatch:DescribeAlarms arn:aws:cloudwatch:R:A:alarm:*"]),
        (
            "cloudwatch",
            "DeleteDashboards",
            {"DashboardNames": ["a", "b"]},
            [f"cloudwatch:DeleteDashboards arn:aws:cloudwatch::A:dashboard/{name}" for name in "ab"],
        ),
        ("logs", "PutLogEvents", {"logGroupName": "g", "logStreamName": "s"},
         ["logs:PutLogEvents arn:aws:logs:R:A:log-group:g:log-stream:s"]),
        ("logs", "DescribeLogStreams", {"logGroupName": "g"},
         ["logs:DescribeLogStreams arn:aws:logs:R:A:log-group:g:log-stream:"]),
        ("sagemaker", "CreateEndpoint", {"EndpointName": "e", "EndpointConfigName": "c"},
         [f"sagemaker:CreateEndpoint arn:aws:sagemaker:R:A:{name}" for name in ("endpoint/e", "endpoint-config/c")]),
        ("sagemaker", "CreateModel", {"ModelName": "m", "Tags": [{"Key": "a", "Value": "b"}]},
         [f"sagemaker:{action} arn:aws:sagemaker:R:A:model/m" for action in ("CreateModel", "AddTags")]),
        ("sagemaker", "AddTags", {"ResourceArn": "arn:aws:sagemaker:R:A:model/m", "Tags": [{"Key": "a", "Value": "b"}]},
         ["sagemaker:AddTags arn:aws:sagemaker:R:A:model/m"]),
        ("sagemaker-runtime", "InvokeEndpoint", {"EndpointName": "e"},
         ["sagemaker:InvokeEndpoint arn:aws:sagemaker:R:A:endpoint/e"]),
        ("scheduler", "CreateSchedule", {"Name": "s"},
         ["scheduler:CreateSchedule arn:aws:scheduler:R:A:schedule/default/s"]),
        ("codebuild", "BatchGetBuilds", {"ids": ["p:1", "arn:aws:codebuild:R:A:build/p:2", "q:1"]},
         [f"codebuild:BatchGetBuilds arn:aws:codebuild:R:A:project/{name}" for name in "pq"]),
        ("budgets", "CreateBudget", {"Budget": {"BudgetName": "b"}},
         ["budgets:ModifyBudget arn:aws:budgets::A:budget/b"]),
        ("events", "PutEvents", {"Entries": [{"Source": "s"}, {"EventBusName": "arn:aws:events:R:A:event-bus/x"}]},
         [f"events:PutEvents arn:aws:events:R:A:event-bus/{bus}" for bus in ("default", "x")]),
        ("ecr", "DescribeRepositories", {}, ["ecr:DescribeRepositories arn:aws:ecr:R:A:repository/*"]),
        ("sns", "PublishBatch", {"TopicArn": "arn:aws:sns:R:A:t"}, ["sns:Publish arn:aws:sns:R:A:t"]),
        ("iam", "CreateRole", {"RoleName": "r", "Path": "/team/"}, ["iam:CreateRole arn:aws:iam::A:role/team/r"]),
        ("kms", "CreateKey", {"Tags": [{"TagKey": "a", "TagValue": "b"}]},
         ["kms:CreateKey *", "kms:TagResource arn:aws:kms:R:A:key/*"]),
        ("sts", "AssumeRole", {"RoleArn": "arn:aws:iam::A:role/r", "RoleSessionName": "s"},
         ["sts:AssumeRole arn:aws:iam::A:role/r"]),
        ("sts", "GetCallerIdentity", {}, []),
    ],
)  # fmt: skip
def test_other_services_too(service: str, operation: str, parameters: dict, expected: list[str]):
    asked = permissions(service, operation, **parameters)
    assert [text.replace(REGION, "R").replace(ACCOUNT, "A") for text in asked] == expected


def test_a_request_tells_its_condition_keys():
    listing = {"Bucket": "b", "Prefix": "home/", "Delimiter": "/"}
    assert context("s3", "ListObjectsV2", None, **listing) == {"s3:prefix": "home/", "s3:delimiter": "/"}
    sealed = {"Bucket": "b", "Key": "k", "ServerSideEncryption": "aws:kms", "Tagging": "team=ml"}
    assert context("s3", "PutObject", None, **sealed) == {
        "s3:x-amz-server-side-encryption": "aws:kms",
        "s3:RequestObjectTag/team": "ml",
        "s3:RequestObjectTagKeys": ["team"],
        "s3:ObjectCreationOperation": "true",
    }
    assert context("cloudwatch", "PutMetricData", Namespace="n") == {"cloudwatch:namespace": "n"}
    tags = [{"key": "team", "value": "ml"}]
    assert context("ecr", "CreateRepository", repositoryName="r", tags=tags) == {
        "aws:RequestTag/team": "ml",
        "aws:TagKeys": ["team"],
    }
    grant = {"KeyId": KEY, "GranteePrincipal": "arn:aws:iam::1:role/r", "Operations": ["Decrypt", "Encrypt"]}
    assert context("kms", "CreateGrant", None, **grant) == {
        "kms:GranteePrincipal": "arn:aws:iam::1:role/r",
        "kms:GrantOperations": ["Decrypt", "Encrypt"],
    }


def test_a_key_is_asked_for_by_its_arn_whatever_it_is_called():
    account = Account(aliases={"alias/data": KEY, "1234": KEY})
    encrypt = {"KeyId": "alias/data", "EncryptionContext": {"purpose": "test"}}
    assert asked("kms", "Encrypt", account, **encrypt)[0].resource == KEY
    assert context("kms", "Encrypt", account, **encrypt) == {
        "kms:RequestAlias": "alias/data",
        "kms:EncryptionContext:purpose": "test",
        "kms:EncryptionContextKeys": ["purpose"],
    }
    assert asked("kms", "DescribeKey", account, KeyId="1234")[0].resource == KEY
    aliases = [need.resource for need in asked("kms", "DeleteAlias", account, AliasName="alias/data")]
    assert aliases == [f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/data", KEY]


def test_a_role_is_asked_for_with_its_path_and_its_boundary():
    edge = f"arn:aws:iam::{ACCOUNT}:policy/edge"
    account = Account(roles={"r": f"arn:aws:iam::{ACCOUNT}:role/team/r"}, boundaries={"r": edge})
    put = {"RoleName": "r", "PolicyName": "p", "PolicyDocument": "{}"}
    assert asked("iam", "PutRolePolicy", account, **put)[0].resource == f"arn:aws:iam::{ACCOUNT}:role/team/r"
    assert context("iam", "PutRolePolicy", account, **put) == {"iam:PermissionsBoundary": edge}
    assert context("iam", "CreateRole", RoleName="n", PermissionsBoundary=edge) == {"iam:PermissionsBoundary": edge}
    attach = {"RoleName": "r", "PolicyArn": "arn:aws:iam::aws:policy/A"}
    assert context("iam", "AttachRolePolicy", account, **attach) == {
        "iam:PolicyARN": "arn:aws:iam::aws:policy/A",
        "iam:PermissionsBoundary": edge,
    }


@pytest.mark.parametrize(("service", "operation"), [("s3", "SelectObjectContent"), ("lambda", "Invoke")])
def test_an_operation_that_nobody_looked_up_is_an_error_that_names_it(service: str, operation: str):
    with pytest.raises(UnknownOperationError, match=f"{service}:{operation}: no permissions are known"):
        asked(service, operation)


def test_every_call_that_makes_or_unmakes_a_resource_is_in_the_table():
    call = re.compile(r'aws\.(?:call|send|pages)\(\s*"([a-z0-9-]+)",\s*"([A-Za-z0-9]+)"')
    made = [found for file in Path(services.__file__).parent.glob("*.py") for found in call.findall(file.read_text())]
    assert len(made) > 50
    assert [f"{service}:{name}" for service, name in made if name not in TABLES[service].rows] == []
