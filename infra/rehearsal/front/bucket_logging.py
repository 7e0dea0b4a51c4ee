"""Server access logging, kept by the front: moto wants an ACL that AWS refuses, and would write an object a request.

Source: docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
"""

from typing import Any

from infra.rehearsal.front.account import Account
from infra.rehearsal.front.call import Call
from infra.rehearsal.front.errors import ApiError


class BucketLogging:
    """Answers the two calls about a bucket's access log. Nothing is logged."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def __call__(self, call: Call) -> dict[str, Any] | None:
        if call.name not in {"s3:PutBucketLogging", "s3:GetBucketLogging"}:
            return None
        logging = self._account.kept(call.parameters["Bucket"], "logging")
        if call.operation == "GetBucketLogging":
            return dict(logging)
        enabled = call.parameters["BucketLoggingStatus"].get("LoggingEnabled")
        if enabled and not self._account.has_bucket(enabled["TargetBucket"]):
            raise ApiError("InvalidTargetBucketForLogging", "The target bucket for logging does not exist")
        logging.clear()
        logging.update({"LoggingEnabled": enabled} if enabled else {})
        return {}
