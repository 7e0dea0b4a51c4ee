"""Objects in the stack's buckets."""

import json
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    FlexibleChecksumError,
    ReadTimeoutError,
    ResponseStreamingError,
)

ATTEMPTS = 4
"""How often S3 is asked before a request is given up; the waits in between grow, and stay under a minute in all."""
SILENCE_SECONDS = 15
"""How long S3 may say nothing while it is asked."""
BROKEN_BODY = (FlexibleChecksumError, ReadTimeoutError, ResponseStreamingError)
TAKEN = ("PreconditionFailed", "ConditionalRequestConflict")


class StoreError(Exception):
    """An object that could not be read or written: its address, and what S3 said."""


class Bucket:
    """One S3 bucket, reached with the process's own credentials, region and endpoint URL."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._s3 = _client(*(os.environ.get(name) for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID")))

    def put(self, key: str, body: bytes) -> None:
        """Writes an object."""
        with self._explained("written", key):
            self._s3.put_object(Bucket=self.name, Key=key, Body=body)

    def put_new(self, key: str, body: bytes) -> bool:
        """Writes an object unless the key is taken by another one; says whether the key holds this one now."""
        return self._put_if(key, body, IfNoneMatch="*")

    def put_over(self, key: str, body: bytes, *, known: bytes) -> bool:
        """Writes over an object that holds `known`, unless it changed; says whether the key holds `body` now."""
        with self._explained("read", key):
            try:
                found = self._s3.get_object(Bucket=self.name, Key=key)
                content = found["Body"].read()
            except self._s3.exceptions.NoSuchKey:
                return False
        return content == known and self._put_if(key, body, IfMatch=found["ETag"])

    def _put_if(self, key: str, body: bytes, **condition: str) -> bool:
        with self._explained("written", key):
            try:
                self._s3.put_object(Bucket=self.name, Key=key, Body=body, **condition)
            except ClientError as error:
                if error.response["Error"]["Code"] not in (*TAKEN, "NoSuchKey"):
                    raise
                # Where the first answer was lost on its way, the client asked again and met its own object.
                return self.get(key) == body
        return True

    def get(self, key: str) -> bytes | None:
        """The object's bytes; None where there is none."""
        with self._explained("read", key):
            try:
                # boto3 repeats a request that failed, not one whose answer broke off or differs from its checksum.
                for _ in range(ATTEMPTS - 1):
                    body = self._s3.get_object(Bucket=self.name, Key=key)["Body"]
                    with suppress(*BROKEN_BODY):
                        return body.read()
                return self._s3.get_object(Bucket=self.name, Key=key)["Body"].read()
            except self._s3.exceptions.NoSuchKey:
                return None

    def get_json(self, key: str) -> Any:
        body = self.get(key)
        return None if body is None else json.loads(body)

    def delete(self, key: str) -> None:
        with self._explained("deleted", key):
            self._s3.delete_object(Bucket=self.name, Key=key)

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys under a prefix, in order."""
        with self._explained("listed", prefix):
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix):
                for entry in page.get("Contents", ()):
                    yield entry["Key"]

    def url(self, key: str) -> str:
        return f"s3://{self.name}/{key}"

    @contextmanager
    def _explained(self, verb: str, key: str) -> Generator[None]:
        try:
            yield
        except (ClientError, BotoCoreError) as error:
            raise StoreError(f"{self.url(key)} cannot be {verb}: {error}") from error


@cache
def _client(_endpoint: str | None, _access_key: str | None) -> Any:
    """One client for each caller that the process is: making one takes as long as ten requests."""
    retries = {"mode": "standard", "total_max_attempts": ATTEMPTS}
    return boto3.client(
        "s3", config=Config(connect_timeout=SILENCE_SECONDS, read_timeout=SILENCE_SECONDS, retries=retries)
    )


def split_url(url: str) -> tuple[str, str]:
    """The bucket and key of an `s3://bucket/key` URL."""
    scheme, _, rest = url.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket or not key:
        raise ValueError(f"{url!r} is not an object's address, expected s3://bucket/key")
    return bucket, key
