"""Documents that AWS refuses, and the sizes that it takes."""

import json

import pytest

from infra.rehearsal.iam import kinds
from infra.rehearsal.iam.document import MalformedPolicyDocumentError, parse, read
from infra.rehearsal.iam.kinds import PolicyTooLargeError
from tests.rehearsal.iam.asking import allow

TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "sagemaker.amazonaws.com"}}


@pytest.mark.parametrize(
    ("statement", "kind", "says"),
    [
        (
            {"Effect": "allow", "Action": "*", "Resource": "*"},
            kinds.INLINE,
            "Effect is 'allow', expected Allow or Deny",
        ),
        ({"Effect": "Allow", "Resource": "*"}, kinds.INLINE, "neither Action nor NotAction"),
        ({**allow(), "NotAction": "s3:*"}, kinds.INLINE, "both Action and NotAction"),
        ({"Effect": "Allow", "Action": "*"}, kinds.INLINE, "neither Resource nor NotResource"),
        ({"Action": "*", "Resource": "*"}, kinds.INLINE, "no Effect"),
        (allow(Principal="*"), kinds.INLINE, "has Principal, expected only"),
        (allow(Conditions={}), kinds.INLINE, "has Conditions, expected only"),
        (allow(), kinds.BUCKET, "neither Principal nor NotPrincipal"),
        ({**TRUST, "Resource": "*"}, kinds.TRUST, "has Resource, expected only"),
        (allow("GetObject"), kinds.INLINE, "action 'GetObject', expected service:Action"),
        (allow("s*:GetObject"), kinds.INLINE, "action 's*:GetObject'"),
        (allow("s3:Get Object"), kinds.INLINE, "action 's3:Get Object'"),
        (allow("*", "bucket/*"), kinds.INLINE, "resource 'bucket/*', expected an ARN or *"),
        (allow("*", "arn:aws:s3", Principal="*"), kinds.BUCKET, "expected an ARN of 6 parts or *"),
        (allow("*", "arn:aws:iam::${aws:PrincipalAccount}:role/a"), kinds.INLINE, "only after the fifth colon"),
        ({**allow(), "Resource": [["*"]]}, kinds.INLINE, "expected a string or a list of strings"),
        (allow(Principal={"AWS": "arn:aws:iam::111122223333:role/*"}), kinds.BUCKET, "no other wildcard"),
        (allow(Principal={"AWS": "111"}), kinds.BUCKET, "principal '111'"),
        (allow(Principal={"Services": "a"}), kinds.BUCKET, "expected * or an object of AWS, CanonicalUser"),
        (allow(Condition={"StringEqual": {"a:b": "c"}}), kinds.INLINE, "operator 'StringEqual', expected one of"),
        (allow(Condition={"ForEach:StringLike": {"a:b": "c"}}), kinds.INLINE, "expected ForAllValues: or ForAnyValue:"),
        (allow(Condition={"NullIfExists": {"a:b": "true"}}), kinds.INLINE, "expected Null"),
        (allow(Condition={"Null": {"a:b": "maybe"}}), kinds.INLINE, "expected true or false"),
        (
            allow(Condition={"NumericEquals": {"a:b": "ten"}}),
            kinds.INLINE,
            "NumericEquals a:b is 'ten', expected a number",
        ),
        (allow(Condition={"NumericEquals": {"a:b": "${aws:x}"}}), kinds.INLINE, "expected a number"),
        (allow(Condition={"DateLessThan": {"a:b": "soon"}}), kinds.INLINE, "expected a date"),
        (allow(Condition={"Bool": {"a:b": "yes"}}), kinds.INLINE, "expected true or false"),
        (allow(Condition={"IpAddress": {"a:b": "10.0.0.0/33"}}), kinds.INLINE, "expected an IP address or range"),
        (allow(Condition={"ArnLike": {"a:b": "bucket"}}), kinds.INLINE, "expected an ARN"),
        (allow(Condition={"BinaryEquals": {"a:b": "?"}}), kinds.INLINE, "expected base64"),
        (allow(Condition={"Bool": "true"}), kinds.INLINE, "expected an object of operators"),
        ("Allow", kinds.INLINE, "expected an object"),
    ],
)
def test_a_malformed_statement_is_refused_by_policy_place_and_expectation(statement, kind, says: str):
    first = TRUST if kind is kinds.TRUST else allow(Principal="*") if kind.principals else allow()
    document = {"Version": "2012-10-17", "Statement": [first, statement]}
    with pytest.raises(MalformedPolicyDocumentError) as refused:
        parse("role/policy", document, kind)
    assert str(refused.value).startswith("role/policy, statement 1: ")
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"Version": "2012-10-16", "Statement": []}, "Version is '2012-10-16', expected 2008-10-17 or 2012-10-17"),
        ({"Version": "2012-10-17"}, "has no Statement"),
        ({"Statement": [], "Comment": "x"}, "has Comment"),
        ({"Statement": [allow(Sid="a"), allow(Sid="a")]}, "Sid a is there more than once"),
        ([], "is [], expected an object"),
    ],
)
def test_a_malformed_document_is_refused(document, says: str):
    with pytest.raises(MalformedPolicyDocumentError) as refused:
        parse("policy", document, kinds.INLINE)
    assert says in str(refused.value)


def test_text_that_is_no_json_is_refused():
    with pytest.raises(MalformedPolicyDocumentError, match="policy: is no JSON"):
        read("policy", "{", kinds.INLINE)


@pytest.mark.parametrize(
    ("kind", "limit"),
    [
        (kinds.INLINE, 10_240),
        (kinds.MANAGED, 6_144),
        (kinds.TRUST, 2_048),
        (kinds.SESSION, 2_048),
        (kinds.BUCKET, 20_480),
        (kinds.KEY, 32_768),
        (kinds.TOPIC, 30_720),
        (kinds.REPOSITORY, 10_240),
    ],
)
def test_a_policy_fits_its_limit_and_not_a_character_more(kind: kinds.Kind, limit: int):
    def text(size: int) -> str:
        document = {"Statement": [], "Id": ""}
        return json.dumps(
            {**document, "Id": "x" * (size - len(json.dumps(document, separators=(",", ":"))))},
            indent=None,
            separators=(",", ":"),
        )

    read("policy", text(limit), kind)
    with pytest.raises(PolicyTooLargeError, match=rf"policy: .* has {limit + 1} .*, expected at most {limit}"):
        read("policy", text(limit + 1), kind)


def test_a_role_s_inline_policies_count_together_and_without_white_space():
    half = "x" * 5_120
    kinds.INLINE.check_size("role", half, half + " \n\t" * 100)
    with pytest.raises(PolicyTooLargeError, match="role: the sum of a role's inline policies has 10241 characters"):
        kinds.INLINE.check_size("role", half, half, "x")
