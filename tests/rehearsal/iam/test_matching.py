"""Which requests a statement is about: AWS's published rules, as cases."""

import pytest

from infra.rehearsal.iam import kinds
from infra.rehearsal.iam.decision import Policies
from tests.rehearsal.iam.asking import (
    ACCOUNT,
    OBJECT,
    OTHER,
    ROLE,
    ROOT,
    SERVICE,
    allow,
    ask,
    bucket_policy,
    lets,
    policy,
)


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
def test_a_deny_for_all_but_some_spares_only_who_is_named_with_account_role_and_session():
    def spared(*names: str | None, boundary=None) -> bool:
        no = {"Effect": "Deny", "NotPrincipal": {"AWS": list(names)}, "Action": "s3:*", "Resource": OBJECT}
        return ask(Policies(identity=[policy(allow())], resource=bucket_policy(no), boundary=boundary)).allowed

    account, everything = ROOT["AWS"], policy(allow(), kind=kinds.MANAGED)
    assert spared(account, ROLE.arn, ROLE.session_arn)
    assert not spared(account, ROLE.arn)
    assert not spared(ROLE.arn, ROLE.session_arn)
    assert not spared(account, ROLE.arn, f"arn:aws:sts::{ACCOUNT}:assumed-role/example/other")
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    assert not spared(account, ROLE.arn, ROLE.session_arn, boundary=everything)


def test_an_allow_for_all_but_some_leaves_out_whoever_it_names():
    for names, allowed in (({"AWS": ROLE.arn}, False), ({"AWS": ACCOUNT}, False), ({"AWS": OTHER}, True)):
        but = {"Effect": "Allow", "NotPrincipal": names, "Action": "s3:*", "Resource": OBJECT}
        assert ask(Policies(resource=bucket_policy(but))).allowed is allowed


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html
def test_not_action_and_not_resource_are_about_everything_else():
    but_delete = {"Effect": "Allow", "NotAction": "s3:DeleteBucket", "Resource": "arn:aws:s3:::*"}
    assert lets(but_delete, action="s3:PutObject")
    assert not lets(but_delete, action="S3:deletebucket", resource="arn:aws:s3:::bucket")
    assert not lets(but_delete, action="ec2:RunInstances", resource="*")
    outside = {"Effect": "Deny", "Action": "s3:*", "NotResource": ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"]}
    assert lets(allow(), outside)
    assert not lets(allow(), outside, resource="arn:aws:s3:::elsewhere/key")


@pytest.mark.parametrize(
    ("pattern", "action", "matches"),
    [
        ("s3:Get*", "s3:GetObject", True),
        ("S3:getobject", "s3:GetObject", True),
        ("s3:?etObject", "s3:GetObject", True),
        ("s3:Get?", "s3:GetObject", False),
        ("s3:GetObject", "s3:GetObjectVersion", False),
        ("*", "sagemaker:CreateModel", True),
    ],
)
def test_actions_are_compared_without_case_and_with_wildcards(pattern: str, action: str, matches: bool):
    assert lets(allow(pattern), action=action) is matches


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
@pytest.mark.parametrize(
    ("pattern", "resource", "matches"),
    [
        ("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/a/b", True),
        ("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket", False),
        ("arn:aws:s3:::bucket/*", "arn:aws:s3:::Bucket/a", False),
        ("arn:aws:s3:::buck?t/a", "arn:aws:s3:::bucket/a", True),
        ("arn:aws:sqs:*:111122223333:queue", "arn:aws:sqs:eu-west-1:111122223333:queue", True),
        ("arn:aws:sqs:*:111122223333:queue", "arn:aws:sqs:eu-west-1:444455556666:queue", False),
        ("arn:aws:sqs:*:queue", "arn:aws:sqs:eu-west-1:111122223333:queue", False),
        ("arn:aws:sqs", "arn:aws:sqs:eu-west-1:111122223333:queue", True),
        (
            "arn:aws:logs:eu-west-1:1:log-group:a:log-stream:*",
            "arn:aws:logs:eu-west-1:1:log-group:a:log-stream:b",
            True,
        ),
        ("arn:aws:s3:::a.b/*", "arn:aws:s3:::axb/c", False),
        ("arn:aws:s3:::bucket/*", "*", False),
        ("*", "*", True),
    ],
)
def test_resources_are_compared_part_by_part_and_with_case(pattern: str, resource: str, matches: bool):
    assert lets(allow("*", pattern), action="x:Y", resource=resource) is matches


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
@pytest.mark.parametrize(
    ("pattern", "key", "matches"),
    [
        ("home/${aws:username}/*", "home/adele/a", True),
        ("home/${AWS:UserName}/*", "home/adele/a", True),
        ("home/${aws:username}/*", "home/david/a", False),
        ("home/${aws:PrincipalTag/team, 'company-wide'}/*", "home/company-wide/a", True),
        ("home/${aws:PrincipalTag/team}/*", "home//a", False),
        ("home/${*}/a", "home/*/a", True),
        ("home/${*}/a", "home/x/a", False),
        ("home/${$}{x}", "home/${x}", True),
    ],
)
def test_variables_stand_for_keys_of_the_request(pattern: str, key: str, matches: bool):
    context, resource = {"aws:username": "adele"}, f"arn:aws:s3:::bucket/{key}"
    assert lets(allow("*", f"arn:aws:s3:::bucket/{pattern}"), resource=resource, context=context) is matches


def test_what_a_variable_holds_is_no_wildcard_and_the_old_version_knows_no_variables():
    home = allow("*", "arn:aws:s3:::bucket/${aws:username}/*")
    context = {"aws:username": "*"}
    assert not lets(home, resource="arn:aws:s3:::bucket/adele/a", context=context)
    assert lets(home, resource="arn:aws:s3:::bucket/*/a", context=context)
    literal = "arn:aws:s3:::bucket/${aws:username}/a"
    assert lets(home, resource=literal, context={"aws:username": "adele"}, version="2008-10-17")


def test_a_variable_without_a_value_makes_a_statement_about_everything_else_invalid():
    elsewhere = {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::bucket/${aws:username}/*"}
    assert lets(elsewhere, context={"aws:username": "adele"})
    assert not lets(elsewhere)


def test_conditions_and_variables_know_who_asks_and_whose_the_resource_is():
    condition = {
        "ArnEquals": {"aws:PrincipalArn": ROLE.arn},
        "StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"},
        "Bool": {"aws:PrincipalIsAWSService": "false"},
    }
    assert lets(allow(Condition=condition))
    for_services = allow("s3:GetObject", OBJECT, Principal="*")
    for_services["Condition"] = {"StringEquals": {"aws:PrincipalServiceName": SERVICE.service}}
    assert ask(Policies(resource=bucket_policy(for_services)), principal=SERVICE).allowed
    assert not ask(Policies(resource=bucket_policy(for_services))).allowed
