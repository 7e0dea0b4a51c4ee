"""Policy documents: what AWS refuses when they are put, by the kind of policy.

docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from collections.abc import Sequence

from infra.rehearsal.iam import kinds
from infra.rehearsal.iam.document import MalformedPolicyDocumentError, Statement, read
from infra.rehearsal.iam.kinds import Kind, PolicyTooLargeError
from infra.rehearsal.rules.rule import Key, Request, Rule

KINDS: dict[Key, tuple[str, Kind]] = {
    ("ecr", "SetRepositoryPolicy"): ("policyText", kinds.REPOSITORY),
    ("iam", "CreatePolicy"): ("PolicyDocument", kinds.MANAGED),
    ("iam", "CreatePolicyVersion"): ("PolicyDocument", kinds.MANAGED),
    ("iam", "CreateRole"): ("AssumeRolePolicyDocument", kinds.TRUST),
    ("iam", "PutRolePolicy"): ("PolicyDocument", kinds.INLINE),
    ("iam", "UpdateAssumeRolePolicy"): ("PolicyDocument", kinds.TRUST),
    ("kms", "CreateKey"): ("Policy", kinds.KEY),
    ("kms", "PutKeyPolicy"): ("Policy", kinds.KEY),
    ("s3", "PutBucketPolicy"): ("Policy", kinds.BUCKET),
    ("sns", "CreateTopic"): ("Policy", kinds.TOPIC),
    ("sns", "SetTopicAttributes"): ("Policy", kinds.TOPIC),
}
"""The member that holds the policy, and the kind of policy that it is."""


def a_policy_is_one_that_aws_takes(request: Request, member: str, kind: Kind) -> str | None:
    """JSON within its limit, whose statements say what they must and no more.

    docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    """
    text = _document(request, member)
    if not text:
        return None
    try:
        read(member, text, kind)
    except (MalformedPolicyDocumentError, PolicyTooLargeError) as error:
        return str(error)
    return None


def statements(request: Request, kind: Kind) -> Sequence[Statement]:
    """The statements of the `Policy` in a request; none where it is broken, which is another rule's to say."""
    try:
        return read("Policy", _document(request, "Policy"), kind).statements
    except (MalformedPolicyDocumentError, PolicyTooLargeError):
        return ()


def _document(request: Request, member: str) -> str:
    """The document in a request, which may be an attribute; empty where there is none."""
    if request.get("AttributeName") == member:
        return request.get("AttributeValue", "")
    return (request.get("Attributes") or request).get(member, "")


def _rule(member: str, kind: Kind) -> Rule:
    def rule(request: Request) -> str | None:
        return a_policy_is_one_that_aws_takes(request, member, kind)

    rule.__doc__ = a_policy_is_one_that_aws_takes.__doc__
    return rule


RULES: dict[Key, list[Rule]] = {key: [_rule(member, kind)] for key, (member, kind) in KINDS.items()}
