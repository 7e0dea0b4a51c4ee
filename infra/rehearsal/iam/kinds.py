"""The kinds of policies: which elements a statement of each has, and how large AWS lets it be."""

import re
from dataclasses import dataclass

_WHITESPACE = re.compile(r"\s")


class PolicyTooLargeError(ValueError):
    """A policy over AWS's limit; the message names policy, size and limit."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of policy."""

    what: str
    limit: int
    whitespace_counts: bool = True
    principals: bool = False
    """Whether a statement must say whom it is about."""
    resources: bool = True
    """Whether a statement must say what it is about; where not, it is about what the policy is attached to."""

    def check_size(self, name: str, *texts: str) -> None:
        """Raises PolicyTooLargeError where the policies under one name are over the limit together."""
        size = sum(self._size(text) for text in texts)
        if size > self.limit:
            counted = "bytes" if self.whitespace_counts else "characters without white space"
            raise PolicyTooLargeError(f"{name}: {self.what} has {size} {counted}, expected at most {self.limit}")

    def _size(self, text: str) -> int:
        return len(text.encode()) if self.whitespace_counts else len(_WHITESPACE.sub("", text))


# IAM's: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
INLINE = Kind(what="the sum of a role's inline policies", limit=10_240, whitespace_counts=False)
MANAGED = Kind(what="a managed policy", limit=6_144, whitespace_counts=False)
TRUST = Kind(what="a trust policy", limit=2_048, whitespace_counts=False, principals=True, resources=False)
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
SESSION = Kind(what="a session policy", limit=2_048)
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html
BUCKET = Kind(what="a bucket policy", limit=20 * 1024, principals=True)
# https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html#key-policy-limit
KEY = Kind(what="a key policy", limit=32 * 1024, principals=True)
# https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html#sns-policy-quotas
TOPIC = Kind(what="a topic policy", limit=30 * 1024, principals=True)
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html
QUEUE = Kind(what="a queue policy", limit=8_192, principals=True)
# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html
REPOSITORY = Kind(what="a repository policy", limit=10_240, principals=True, resources=False)
