"""AWS's published rules of conditions, as cases; each group names its source."""

from collections.abc import Sequence

import pytest

from infra.rehearsal.iam.operators import OPERATORS
from tests.rehearsal.iam.asking import allow, lets


def holds(operator: str, expected: str | list[str], value: str | Sequence[str] | None, **more: str) -> bool:
    """Whether a condition holds for a request whose key has the value, or lacks it."""
    context = {**more, **({} if value is None else {"aws:key": value})}
    return lets(allow(Condition={operator: {"aws:key": expected}}), context=context)


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
@pytest.mark.parametrize(
    ("operator", "expected", "yes", "no"),
    [
        ("StringEquals", "iamuser-admin", "iamuser-admin", "IAMUser-admin"),
        ("StringEqualsIgnoreCase", "iamuser-admin", "IAMUser-admin", "admin"),
        ("StringLike", "home/*", "home/a/b", "homes"),
        ("StringLike", "v?", "v1", "v10"),
        ("NumericEquals", "10", "10.0", "11"),
        ("NumericLessThan", "10", "9.5", "10"),
        ("NumericLessThanEquals", "10", "10", "11"),
        ("NumericGreaterThan", "10", "11", "10"),
        ("NumericGreaterThanEquals", "10", "10", "9"),
        ("DateEquals", "2020-01-01T00:00:01Z", "1577836801", "2020-01-01T00:00:02Z"),
        ("DateLessThan", "2020-04", "2020-03-31T23:59:59Z", "2020-04-01T00:00:00Z"),
        ("DateLessThanEquals", "2020-04-01", "2020-04-01T00:00:00Z", "2020-04-01T00:00:01Z"),
        ("DateGreaterThan", "2020-01-01T00:00:01Z", "2020-01-01T02:00:00+01:00", "2020-01-01T01:00:00+01:00"),
        ("DateGreaterThanEquals", "2020", "2020-01-01T00:00:00Z", "2019-12-31T23:59:59Z"),
        ("Bool", "true", "true", "false"),
        ("BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "QmluYXJ5"),
        ("IpAddress", "203.0.113.0/24", "203.0.113.255", "203.0.114.1"),
        ("IpAddress", "203.0.113.7", "203.0.113.7", "203.0.113.8"),
        ("IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5678::1", "203.0.113.7"),
        ("ArnEquals", "arn:aws:sns:*:111122223333:top?c", "arn:aws:sns:eu-west-1:111122223333:topic", "arn:aws:sns"),
        ("ArnLike", "arn:aws:s3:::bucket-*", "arn:aws:s3:::bucket-1:x", "arn:aws:s3:::other"),
    ],
)
def test_an_operator_compares_and_its_opposite_says_the_opposite(operator: str, expected: str, yes: str, no: str):
    assert holds(operator, expected, yes)
    assert not holds(operator, expected, no)
    opposite = {"IpAddress": "NotIpAddress"}.get(operator, operator.replace("Equals", "NotEquals"))
    opposite = operator.replace("Like", "NotLike") if "Like" in operator else opposite
    if opposite in OPERATORS and opposite != operator:
        assert not holds(opposite, expected, yes)
        assert holds(opposite, expected, no)


def test_an_arn_is_compared_part_by_part():
    assert not holds("ArnLike", "arn:*:topic", "arn:aws:sns:eu-west-1:111122223333:topic")
    assert not holds("ArnEquals", "arn:aws:s3:::*", "a bucket")


@pytest.mark.parametrize("operator", ["NumericEquals", "DateLessThan", "Bool", "IpAddress", "BinaryEquals"])
def test_a_value_that_cannot_be_read_matches_nothing(operator: str):
    expected = {"Bool": "true", "IpAddress": "10.0.0.0/8", "BinaryEquals": "QQ=="}.get(operator, "2020")
    assert not holds(operator, expected, "?")


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_a_missing_key_fails_a_match_fulfils_its_opposite_and_if_exists_asks_only_when_it_is_there(operator: str):
    expected = {"Date": "2020", "Nume": "1", "Bool": "true", "Bina": "QQ==", "IpAd": "10.0.0.1", "NotI": "10.0.0.1"}
    value = expected.get(operator[:4], "arn:aws:s3:::b")
    assert holds(operator, value, None) is OPERATORS[operator].negated
    assert holds(f"{operator}IfExists", value, None)
    assert holds(f"{operator}IfExists", value, value) is holds(operator, value, value)


def test_null_asks_whether_the_key_is_there():
    assert holds("Null", "true", None)
    assert not holds("Null", "true", "x")
    assert holds("Null", "false", "x")
    assert not holds("Null", "false", None)
    assert holds("Null", "true", [])


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
def test_values_are_alternatives_keys_and_operators_are_all_needed_and_opposites_refuse_each_value():
    condition = {
        "StringEquals": {"aws:PrincipalTag/department": ["finance", "hr", "legal"], "aws:PrincipalTag/role": "audit"},
        "ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/example", "arn:aws:iam::*:role/ops"]},
    }
    tags = {"aws:PrincipalTag/department": "hr", "aws:PrincipalTag/role": "audit"}
    assert lets(allow(Condition=condition), context=tags)
    assert not lets(allow(Condition=condition), context={**tags, "aws:PrincipalTag/role": "cleaner"})
    assert not lets(allow(Condition=condition), context={**tags, "aws:PrincipalTag/department": "it"})
    assert holds("StringNotEquals", ["a", "b"], "c")
    assert not holds("StringNotEquals", ["a", "b"], "b")
    assert not holds("StringNotEquals", "a", ["a", "c"])
    assert not holds("NotIpAddress", ["10.0.0.0/8", "192.168.0.0/16"], "192.168.1.1")


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
@pytest.mark.parametrize(
    ("operator", "value", "result"),
    [
        ("ForAllValues:StringLike", ["PostDateTime", "Message"], True),
        ("ForAllValues:StringLike", ["PostDateTime", "UserName"], False),
        ("ForAllValues:StringLike", None, True),
        ("ForAllValues:StringLike", "", True),
        ("ForAllValues:StringNotEquals", ["ID", "UserName"], True),
        ("ForAllValues:StringNotEquals", ["ID", "Tags"], False),
        ("ForAnyValue:StringLike", ["UserName", "Message"], True),
        ("ForAnyValue:StringLike", ["UserName"], False),
        ("ForAnyValue:StringLike", None, False),
        ("ForAnyValue:StringNotEquals", ["Tags", "ID"], True),
        ("ForAnyValue:StringNotEquals", ["Tags"], False),
        ("ForAnyValue:StringNotEquals", None, False),
        ("ForAnyValue:StringLikeIfExists", None, True),
    ],
)
def test_set_operators_ask_of_all_values_or_of_one(operator: str, value, result: bool):
    assert holds(operator, ["PostDateTime", "Message", "Tags"], value) is result


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-conditionelement
def test_variables_stand_in_text_and_arns_and_a_missing_one_matches_nothing():
    who = {"aws:username": "adele"}
    assert holds("StringLike", "${aws:username}/*", "adele/a", **who)
    assert not holds("StringLike", "${aws:username}/*", "david/a", **who)
    assert holds("StringEquals", "${aws:username}", "adele", **who)
    assert holds("ArnLike", "arn:aws:s3:::${aws:username}", "arn:aws:s3:::adele", **who)
    assert not holds("StringEquals", "${aws:username}", "")
    assert not holds("StringNotEquals", "${aws:username}", "david")
    assert not holds("ForAllValues:StringNotEquals", ["${aws:username}", "x"], "david")
    assert holds("StringNotEquals", "${aws:username}", "david", **who)
    assert holds("StringEquals", "${aws:username, 'nobody'}", "nobody")
    assert not holds("StringLike", "${aws:username}", "anything", **{"aws:username": "*"})


def test_key_names_have_no_case_and_truth_values_and_numbers_of_json_are_taken():
    condition = {"Bool": {"AWS:securetransport": False}, "NumericLessThan": {"s3:Max-Keys": 10}}
    assert lets(allow(Condition=condition), context={"aws:SecureTransport": "false", "s3:max-keys": "9"})


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html: a listing of one's own folder only.
def test_a_listing_is_limited_to_a_prefix():
    own = allow("s3:ListBucket", "arn:aws:s3:::bucket", Condition={"StringLike": {"s3:prefix": ["", "home/adele/*"]}})
    for prefix, allowed in (("", True), ("home/adele/x", True), ("home/david/", False)):
        context = {"s3:prefix": prefix}
        assert lets(own, action="s3:ListBucket", resource="arn:aws:s3:::bucket", context=context) is allowed
    assert not lets(own, action="s3:ListBucket", resource="arn:aws:s3:::bucket")
