"""Bucket policies, kept by the front: moto obeys them without reading a Condition, and so would deny every request.

Source: docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
"""

from typing import Any

from infra.rehearsal.front.account import Account
from infra.rehearsal.front.call import Call
from infra.rehearsal.front.errors import ApiError


class BucketPolicies:
    """Answers the three calls about a bucket's policy; a layer in front has refused what is no policy."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def __call__(self, call: Call) -> dict[str, Any] | None:
        if call.name not in {"s3:PutBucketPolicy", "s3:GetBucketPolicy", "s3:DeleteBucketPolicy"}:
            return None
        name = call.parameters["Bucket"]
        policy = self._account.kept(name, "policy")
        if call.operation == "PutBucketPolicy":
            policy["Policy"] = call.parameters["Policy"]
            return {}
        if call.operation == "DeleteBucketPolicy":
            policy.clear()
            return {}
        if not policy:
            raise ApiError("NoSuchBucketPolicy", "The bucket policy does not exist", 404)
        return dict(policy)
