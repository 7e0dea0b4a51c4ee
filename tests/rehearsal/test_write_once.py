"""Approved models are written once: by the bucket's policy, whoever asks, until the policy is taken away."""

from typing import Any

import pytest

from infra.rehearsal.aws import RefusedError
from infra.rehearsal.environment import aws_variables, environment
from infra.rehearsal.services.s3 import empty
from ml import agreed
from ml.store import Bucket

MODELS = """
from infra.bucket import PrivateBucket, PrivateBucketArgs
from ml.agreed import APPROVED
PrivateBucket("models", PrivateBucketArgs(retention_days=1, protect=False, write_once=APPROVED))
"""
KEY = agreed.bundle_key("a" * 64)
DENIED = r"AccessDenied: .* because policy of models-bucket-\w+, statement [12] denies it"


@pytest.fixture
def models(apply) -> str:
    apply(MODELS)
    return apply.made("models-bucket").id


def upload(aws: Any, bucket: str, key: str) -> dict[str, Any]:
    """All of a multipart upload but its end: the request of that."""
    place = {"Bucket": bucket, "Key": key}
    place["UploadId"] = aws.call("s3", "CreateMultipartUpload", **place)["UploadId"]
    part = aws.call("s3", "UploadPart", **place, PartNumber=1, Body=b"part")
    return {**place, "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}}


def test_the_same_bytes_are_written_twice_without_harm_and_others_are_not_written(aws, models):
    with environment(aws_variables(aws.endpoint, aws.region)):
        bucket = Bucket(models)
        assert bucket.put_new(KEY, b"right")
        assert bucket.put_new(KEY, b"right")
        assert not bucket.put_new(KEY, b"wrong")
        assert bucket.get(KEY) == b"right"
    assert len(aws.call("s3", "ListObjectVersions", Bucket=models)["Versions"]) == 1


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("PutObject", {"Body": b"wrong"}),
        ("PutObject", {"Body": b"wrong", "IfMatch": '"etag"'}),
        ("CopyObject", {"CopySource": "models/another"}),
        ("DeleteObject", {}),
        ("DeleteObject", {"VersionId": "any"}),
    ],
)
def test_nobody_writes_over_an_approved_model_or_deletes_it(aws, models, operation, more):
    aws.call("s3", "PutObject", Bucket=models, Key=KEY, Body=b"right", IfNoneMatch="*")
    with pytest.raises(RefusedError, match=DENIED):
        aws.call("s3", operation, Bucket=models, Key=KEY, **more)
    with pytest.raises(RefusedError, match=DENIED):
        aws.call("s3", "DeleteObjects", Bucket=models, Delete={"Objects": [{"Key": KEY}]})


def test_a_large_model_is_uploaded_in_parts_once(aws, models):
    first = upload(aws, models, KEY)
    with pytest.raises(RefusedError, match=DENIED):
        aws.call("s3", "CompleteMultipartUpload", **first)
    aws.call("s3", "CompleteMultipartUpload", **first, IfNoneMatch="*")
    with pytest.raises(RefusedError, match="PreconditionFailed"):
        aws.call("s3", "CompleteMultipartUpload", **upload(aws, models, KEY), IfNoneMatch="*")


def test_a_condition_that_s3_does_not_know_is_refused(aws, models):
    with pytest.raises(RefusedError, match="NotImplemented"):
        aws.call("s3", "PutObject", Bucket=models, Key=KEY, Body=b"", IfNoneMatch='"etag"')


def test_what_is_not_approved_can_be_written_over_and_deleted(aws, models):
    for body in (b"1", b"2"):
        aws.call("s3", "PutObject", Bucket=models, Key="runs/running.json", Body=body)
    aws.call("s3", "DeleteObject", Bucket=models, Key="runs/running.json")


def test_a_destroy_takes_the_policy_away_before_it_empties_the_bucket(apply, aws, models):
    aws.call("s3", "PutObject", Bucket=models, Key=KEY, Body=b"right", IfNoneMatch="*")
    with pytest.raises(RefusedError, match=DENIED):
        empty(models, aws)
    assert str(apply.destroy()) == "nothing is left"
