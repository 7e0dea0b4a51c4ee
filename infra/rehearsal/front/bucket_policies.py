"""Bucket policies, kept by the front: moto obeys them without reading a Condition, and so would deny every request.

Source: docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
"""

from typing import Any

from infra.rehearsal.front.account import Account
from infra.rehearsal.front.call import Call
from infra.rehearsal.front.errors import ApiError
from infra.rehearsal.iam import kinds
from infra.rehearsal.iam.document import MalformedPolicyDocumentError, read
from infra.rehearsal.iam.kinds import PolicyTooLargeError


class BucketPolicies:
    """Answers the three calls about a bucket's policy."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def __call__(self, call: Call) -> dict[str, Any] | None:
        if call.service != "s3":
            return None
        bucket, policies = call.parameters.get("Bucket", ""), self._account.bucket_policies
        if call.operation in {"CreateBucket", "DeleteBucket"}:
            # A bucket of the same name starts without one.
            if call.operation == "CreateBucket" and not self._account.bucket_exists(bucket):
                policies.pop(bucket, None)
            return None
        if call.operation not in {"PutBucketPolicy", "GetBucketPolicy", "DeleteBucketPolicy"}:
            return None
        if not self._account.bucket_exists(bucket):
            raise ApiError("NoSuchBucket", "The specified bucket does not exist", 404)
        if call.operation == "PutBucketPolicy":
            try:
                read(f"policy of {bucket}", call.parameters["Policy"], kinds.BUCKET)
            except (MalformedPolicyDocumentError, PolicyTooLargeError) as error:
                raise ApiError("MalformedPolicy", str(error)) from None
            policies[bucket] = call.parameters["Policy"]
            return {}
        if call.operation == "DeleteBucketPolicy":
            policies.pop(bucket, None)
            return {}
        if bucket not in policies:
            raise ApiError("NoSuchBucketPolicy", "The bucket policy does not exist", 404)
        return {"Policy": policies[bucket]}
