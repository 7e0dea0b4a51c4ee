"""If-None-Match where moto does not read it: at the end of a multipart upload, and on a copy.

Source: docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from infra.rehearsal.front.account import Account
from infra.rehearsal.front.call import Call
from infra.rehearsal.front.errors import ApiError

CREATING = {"s3:PutObject", "s3:CopyObject", "s3:CompleteMultipartUpload"}


class ConditionalWrites:
    """Refuses a write to a key that holds an object, where the request says that it must not."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def __call__(self, call: Call) -> None:
        condition = call.parameters.get("IfNoneMatch")
        if call.name not in CREATING or condition is None:
            return
        if condition != "*":
            raise ApiError("NotImplemented", "A header you provided implies functionality that is not implemented", 501)
        if self._account.object_exists(call.parameters["Bucket"], call.parameters["Key"]):
            raise ApiError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412)
