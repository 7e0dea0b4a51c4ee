"""Objects in the stack's buckets."""

import json
import os
from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import ClientError


class Bucket:
    """One S3 bucket, reached with the process's own credentials, region and endpoint URL."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._s3 = _client(*(os.environ.get(name) for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID")))

    def put(self, key: str, body: bytes) -> None:
        """Writes an object."""
        self._s3.put_object(Bucket=self.name, Key=key, Body=body)

    def put_new(self, key: str, body: bytes) -> bool:
        """Writes an object unless the key is taken; says whether it did."""
        try:
            self._s3.put_object(Bucket=self.name, Key=key, Body=body, IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] in ("PreconditionFailed", "ConditionalRequestConflict"):
                return False
            raise
        return True

    def get(self, key: str) -> bytes | None:
        """The object's bytes; None where there is none."""
        try:
            return self._s3.get_object(Bucket=self.name, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise

    def get_json(self, key: str) -> Any:
        body = self.get(key)
        return None if body is None else json.loads(body)

    def delete(self, key: str) -> None:
        self._s3.delete_object(Bucket=self.name, Key=key)

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys under a prefix, in order."""
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix):
            for entry in page.get("Contents", ()):
                yield entry["Key"]

    def url(self, key: str) -> str:
        return f"s3://{self.name}/{key}"


@cache
def _client(_endpoint: str | None, _access_key: str | None) -> Any:
    """One client for each caller that the process is: making one takes as long as ten requests."""
    return boto3.client("s3")


def split_url(url: str) -> tuple[str, str]:
    """The bucket and key of an `s3://bucket/key` URL."""
    scheme, _, rest = url.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket or not key:
        raise ValueError(f"{url!r} is not an object's address, expected s3://bucket/key")
    return bucket, key
