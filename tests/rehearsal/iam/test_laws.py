"""What holds for every set of policies."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.rehearsal.iam import kinds
from infra.rehearsal.iam.decision import Policies
from infra.rehearsal.iam.document import Policy
from tests.rehearsal.iam.asking import ACCOUNT, ADMIN, ANYBODY, OTHER, ROLE, SERVICE, Statement, ask, policy

pytestmark = pytest.mark.slow

ACTIONS = st.sampled_from(["s3:GetObject", "s3:PutObject", "kms:Decrypt", "s3:*", "*", "s3:Get?bject"])
RESOURCES = st.sampled_from(["arn:aws:s3:::bucket/a", "arn:aws:s3:::bucket/*", "*", "arn:aws:s3:::${aws:username}/a"])
CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "StringLike": st.just({"aws:username": ["a*", "bucket"]}),
        "StringNotEquals": st.just({"aws:username": "bucket"}),
        "Bool": st.just({"aws:SecureTransport": "true"}),
        "ForAllValues:StringEquals": st.just({"aws:TagKeys": ["team"]}),
        "Null": st.just({"aws:username": "true"}),
    },
)
WHOM = st.sampled_from(
    ["*", {"AWS": ROLE.arn}, {"AWS": ROLE.session_arn}, {"AWS": ACCOUNT}, {"AWS": OTHER}, {"Service": SERVICE.service}]
)


def statements(effect: st.SearchStrategy[str], *, whom: bool = False) -> st.SearchStrategy[list[Statement]]:
    """Up to four statements that differ in everything that can decide."""
    one = st.builds(
        lambda effect, not_action, action, not_resource, resource, condition, principal: {
            "Effect": effect,
            "NotAction" if not_action else "Action": action,
            "NotResource" if not_resource else "Resource": resource,
            "Condition": condition,
            **({"Principal": principal} if whom else {}),
        },
        effect, st.booleans(), ACTIONS, st.booleans(), RESOURCES, CONDITIONS, WHOM,
    )  # fmt: skip
    return st.lists(one, max_size=4)


EITHER, ALLOW, DENY = st.sampled_from(["Allow", "Deny"]), st.just("Allow"), st.just("Deny")
OWN, OF_BUCKET = statements(EITHER), statements(EITHER, whom=True)
EDGE = st.none() | statements(EITHER)
REQUESTS = st.fixed_dictionaries(
    {
        "action": st.sampled_from(["s3:GetObject", "s3:PutObject", "kms:Decrypt"]),
        "resource": st.sampled_from(["arn:aws:s3:::bucket/a", "arn:aws:s3:::bucket/b", "*"]),
        "principal": st.sampled_from([ROLE, ADMIN, SERVICE, ANYBODY]),
        "owner": st.sampled_from([ACCOUNT, OTHER]),
        "context": st.fixed_dictionaries(
            {},
            optional={
                "aws:username": st.sampled_from(["adele", "bucket"]),
                "aws:SecureTransport": st.sampled_from(["true", "false"]),
                "aws:TagKeys": st.lists(st.sampled_from(["team", "cost"]), max_size=2),
            },
        ),
    }
)


def _policies(own: list[Statement], bucket: list[Statement], edge: list[Statement] | None) -> Policies:
    boundary: Policy | None = None if edge is None else policy(*edge, name="edge", kind=kinds.MANAGED)
    return Policies(
        identity=[policy(*own)], resource=policy(*bucket, name="bucket", kind=kinds.BUCKET), boundary=boundary
    )


@settings(deadline=None)
@given(REQUESTS, OWN, OF_BUCKET, EDGE, statements(DENY), statements(DENY, whom=True))
def test_a_further_deny_never_allows_more(request, own, bucket, edge, no, bucket_no):
    before = ask(_policies(own, bucket, edge), **request).allowed
    assert ask(_policies(own + no, bucket + bucket_no, edge), **request).allowed <= before


@settings(deadline=None)
@given(REQUESTS, OWN, OF_BUCKET, EDGE, statements(ALLOW), statements(ALLOW, whom=True))
def test_a_further_allow_never_denies_more(request, own, bucket, edge, yes, bucket_yes):
    before = ask(_policies(own, bucket, edge), **request).allowed
    wider = None if edge is None else edge + yes
    assert ask(_policies(own + yes, bucket + bucket_yes, wider), **request).allowed >= before


@settings(deadline=None)
@given(REQUESTS, OWN, OF_BUCKET, EDGE, st.randoms(use_true_random=False))
def test_the_order_of_statements_does_not_matter(request, own, bucket, edge, random):
    def shuffled(part: list[Statement]) -> list[Statement]:
        return random.sample(part, len(part))

    after = ask(_policies(shuffled(own), shuffled(bucket), edge and shuffled(edge)), **request)
    before = ask(_policies(own, bucket, edge), **request)
    assert after.allowed is before.allowed
    assert len(after.statements) == len(before.statements)


@settings(deadline=None)
@given(REQUESTS, OWN, OF_BUCKET, statements(EITHER))
def test_a_boundary_never_allows_more(request, own, bucket, edge):
    assert ask(_policies(own, bucket, edge), **request).allowed <= ask(_policies(own, bucket, None), **request).allowed


@settings(deadline=None)
@given(REQUESTS, OWN, OF_BUCKET, EDGE)
def test_a_refusal_names_who_asked_for_what_and_an_allowance_names_a_statement(request, own, bucket, edge):
    decision = ask(_policies(own, bucket, edge), **request)
    if decision.allowed:
        assert decision.statements or request["principal"] is ADMIN
    else:
        assert all(
            part in decision.reason for part in (str(request["principal"]), request["action"], request["resource"])
        )
