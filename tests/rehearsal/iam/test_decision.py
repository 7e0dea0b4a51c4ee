"""AWS's published rules of who wins, as cases."""

import pytest

from infra.rehearsal.iam import kinds
from infra.rehearsal.iam.decision import Policies
from infra.rehearsal.iam.document import StatementId
from infra.rehearsal.iam.principals import Principal
from tests.rehearsal.iam.asking import (
    ACCOUNT,
    ADMIN,
    ANYBODY,
    KEY,
    OBJECT,
    OTHER,
    ROLE,
    SERVICE,
    allow,
    ask,
    bucket_policy,
    deny,
    lets,
    policy,
)

ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
NOTHING = policy(allow("sqs:*"), name="other", kind=kinds.MANAGED)


def test_what_nothing_allows_is_denied_and_the_reason_names_principal_action_and_resource():
    decision = ask(Policies(identity=[policy(allow("s3:PutObject"))]))
    assert not decision.allowed
    assert decision.reason == (
        f"{ROLE.session_arn} is not authorized to perform: s3:GetObject on resource: {OBJECT} "
        "because no statement of the identity's policies (own) allows it"
    )


def test_the_reason_names_the_condition_that_stood_in_the_way():
    condition = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    given = Policies(identity=[policy(allow("iam:PassRole", Condition=condition))])
    decision = ask(given, "iam:PassRole", context={"iam:PassedToService": "codebuild.amazonaws.com"})
    assert decision.reason.endswith(
        "own, statement 0 would if StringEquals iam:PassedToService sagemaker.amazonaws.com "
        "(the request has codebuild.amazonaws.com)"
    )


def test_an_allowed_request_names_every_statement_that_allows_it():
    given = Policies(
        identity=[policy(allow("sqs:*"), allow("s3:Get*"), name="a"), policy(allow(), name="b")],
        boundary=policy(allow("s3:*"), name="edge", kind=kinds.MANAGED),
        resource=bucket_policy(allow("s3:GetObject", OBJECT, Principal=ROOT)),
    )
    assert ask(given).statements == (
        StatementId("a", 1),
        StatementId("b", 0),
        StatementId("edge", 0),
        StatementId("bucket", 0),
    )


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_AccessPolicyLanguage_Interplay.html
def test_a_deny_in_any_policy_wins_and_is_named():
    everything, no = allow(), deny("s3:GetObject")
    boundary = policy(everything, no, name="no", kind=kinds.MANAGED)
    bucket = policy(allow(Principal="*"), {**no, "Principal": "*"}, name="no", kind=kinds.BUCKET)
    open_ = [policy(everything)]
    for given in (
        Policies(identity=[*open_, policy(everything, no, name="no")]),
        Policies(identity=open_, boundary=boundary),
        Policies(identity=open_, session=[policy(everything, no, name="no", kind=kinds.SESSION)]),
        Policies(identity=open_, resource=bucket),
    ):
        decision = ask(given)
        assert not decision.allowed
        assert decision.statements == (StatementId("no", 1),)
        assert "no, statement 1 denies it" in decision.reason


# Same account, role session asks, the bucket's policy allows somebody, nothing else does:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
@pytest.mark.parametrize(
    ("principal", "alone", "bounded"),
    [
        pytest.param({"AWS": ROLE.arn}, True, False, id="the role: limited by boundary and session"),
        pytest.param({"AWS": ROLE.session_arn}, True, True, id="the session: limited by nothing"),
        pytest.param("*", True, True, id="everybody: limited by nothing"),
        pytest.param({"AWS": "*"}, True, True, id="everybody, written the other way"),
        pytest.param(ROOT, False, False, id="the account: left to its own policies"),
        pytest.param({"AWS": ACCOUNT}, False, False, id="the account by its number"),
        pytest.param({"AWS": f"arn:aws:iam::{ACCOUNT}:role/other"}, False, False, id="another role"),
        pytest.param({"Service": "sagemaker.amazonaws.com"}, False, False, id="a service"),
    ],
)
def test_what_a_bucket_policy_grants_in_its_own_account(principal, alone: bool, bounded: bool):
    resource = bucket_policy(allow("s3:GetObject", OBJECT, Principal=principal))
    assert ask(Policies(resource=resource)).allowed is alone
    assert ask(Policies(resource=resource, boundary=NOTHING)).allowed is bounded
    assert ask(Policies(resource=resource, session=[NOTHING])).allowed is bounded


# https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html: all S3, CloudWatch and EC2 within
# the boundary; the identity's policy allows iam:CreateUser, which the boundary does not.
def test_an_identity_may_do_what_both_its_policies_and_its_boundary_allow():
    boundary = policy(allow(["s3:*", "cloudwatch:*", "ec2:*"]), name="edge", kind=kinds.MANAGED)
    given = Policies(identity=[policy(allow("iam:CreateUser"), allow("s3:*"))], boundary=boundary)
    decision = ask(given, "iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/new")
    assert not decision.allowed
    assert "no statement of the permissions boundary (edge) allows it" in decision.reason
    assert ask(given, "s3:GetObject").allowed
    assert not ask(given, "ec2:RunInstances", "*").allowed


def test_a_session_may_do_what_both_its_role_and_its_own_policies_allow():
    given = Policies(identity=[policy(allow("s3:*"))], session=[policy(allow("s3:Get*"), kind=kinds.SESSION)])
    assert ask(given, "s3:GetObject").allowed
    assert not ask(given, "s3:PutObject").allowed


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html: production's
# bucket lets the other account's role in; the role's own policy must allow it too.
def test_across_accounts_both_sides_must_allow():
    own = [policy(allow("s3:*"))]
    for principal in ({"AWS": ROLE.arn}, ROOT, {"AWS": ROLE.session_arn}, "*"):
        resource = bucket_policy(allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::bucket/*", Principal=principal))
        assert ask(Policies(identity=own, resource=resource), owner=OTHER).allowed
        assert not ask(Policies(resource=resource), owner=OTHER).allowed
    assert not ask(Policies(identity=own), owner=OTHER).allowed
    stranger = bucket_policy(allow("s3:GetObject", OBJECT, Principal={"AWS": OTHER}))
    assert not ask(Policies(identity=own, resource=stranger), owner=OTHER).allowed


# https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html: without the statement that names the
# account, no policy of the account's identities gives access to the key.
def test_a_key_counts_policies_of_identities_only_where_its_own_leaves_it_to_the_account():
    own = [policy(allow("kms:Decrypt"))]
    delegating = policy(allow("kms:*", Principal=ROOT), name="key", kind=kinds.KEY)
    admins = policy(allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/admin"}), kind=kinds.KEY)
    named = policy(allow("kms:Decrypt", Principal={"AWS": ROLE.arn}), kind=kinds.KEY)
    assert ask(Policies(identity=own, resource=delegating), "kms:Decrypt", KEY).allowed
    assert not ask(Policies(resource=delegating), "kms:Decrypt", KEY).allowed
    assert not ask(Policies(identity=own, resource=admins), "kms:Decrypt", KEY).allowed
    assert not ask(Policies(identity=own), "kms:Decrypt", KEY).allowed
    assert ask(Policies(resource=named), "kms:Decrypt", KEY).allowed
    assert ask(Policies(identity=[policy(allow("kms:CreateKey"))]), "kms:CreateKey", "*").allowed


def test_a_key_that_is_still_to_be_made_has_no_policy_that_could_refuse():
    made = KEY.replace("1234", "*")
    tagging = policy(allow("kms:TagResource", made))
    assert ask(Policies(identity=[tagging]), "kms:TagResource", made).allowed
    assert not ask(Policies(identity=[tagging]), "kms:TagResource", KEY).allowed


def test_nobody_takes_on_a_role_whose_trust_policy_does_not_say_so():
    role = f"arn:aws:iam::{ACCOUNT}:role/target"
    own = [policy(allow("sts:AssumeRole", role))]

    def trusting(principal) -> Policies:
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
        return Policies(identity=own, resource=policy(trust, name="trust", kind=kinds.TRUST))

    assert ask(trusting(ROOT), "sts:AssumeRole", role).allowed
    assert ask(Policies(resource=trusting({"AWS": ROLE.arn}).resource), "sts:AssumeRole", role).allowed
    assert not ask(Policies(resource=trusting(ROOT).resource), "sts:AssumeRole", role).allowed
    service = trusting({"Service": SERVICE.service})
    refused = ask(service, "sts:AssumeRole", role)
    assert not refused.allowed
    assert "no statement of the resource's policy (trust) allows it" in refused.reason
    assert ask(service, "sts:AssumeRole", role, principal=SERVICE).allowed
    assert not ask(
        service, "sts:AssumeRole", role, principal=Principal(kind="service", service="ec2.amazonaws.com")
    ).allowed
    assert not ask(service, "sts:AssumeRole", role, principal=ADMIN).allowed


# https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
def test_a_service_takes_on_a_role_only_for_the_account_that_the_trust_policy_names():
    role = f"arn:aws:iam::{ACCOUNT}:role/target"
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": SERVICE.service}}
    trust["Condition"] = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    given = Policies(resource=policy(trust, kind=kinds.TRUST))
    for account, allowed in ((ACCOUNT, True), (OTHER, False)):
        context = {"aws:SourceAccount": account}
        assert ask(given, "sts:AssumeRole", role, principal=SERVICE, context=context).allowed is allowed
    assert not ask(given, "sts:AssumeRole", role, principal=SERVICE).allowed


# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
def test_an_identity_provider_takes_on_a_role_for_the_subject_that_the_trust_policy_names():
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": provider},
        "Condition": {"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:octo/org:environment:prod"}},
    }
    given = Policies(resource=policy(trust, kind=kinds.TRUST))
    for arn, subject, allowed in (
        (provider, "repo:octo/org:environment:prod", True),
        (provider, "repo:octo/org:pull_request", False),
        (provider.replace("token", "tokens"), "repo:octo/org:environment:prod", False),
    ):
        principal = Principal(kind="federated", account=ACCOUNT, arn=arn)
        context = {"token.actions.githubusercontent.com:sub": subject}
        decision = ask(given, "sts:AssumeRoleWithWebIdentity", "role", principal=principal, context=context)
        assert decision.allowed is allowed


def test_an_administrator_may_do_what_no_policy_of_a_resource_denies():
    assert ask(Policies(), principal=ADMIN).allowed
    tls = deny("s3:*", OBJECT, Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})
    for secure, allowed in (("true", True), ("false", False)):
        given, context = Policies(resource=bucket_policy(tls)), {"aws:SecureTransport": secure}
        assert ask(given, principal=ADMIN, context=context).allowed is allowed
    own, foreign = (policy(allow("kms:*", Principal={"AWS": a}), kind=kinds.KEY) for a in (ACCOUNT, OTHER))
    assert ask(Policies(resource=own), "kms:Decrypt", KEY, principal=ADMIN).allowed
    assert not ask(Policies(resource=foreign), "kms:Decrypt", KEY, principal=ADMIN).allowed
    assert not ask(Policies(), principal=ADMIN, owner=OTHER).allowed


def test_strangers_and_services_need_a_policy_of_the_resource_that_names_them():
    public = Policies(resource=bucket_policy(allow("s3:GetObject", OBJECT, Principal="*")))
    service = Policies(resource=bucket_policy(allow("s3:GetObject", OBJECT, Principal={"Service": SERVICE.service})))
    assert ask(public, principal=ANYBODY).allowed
    assert ask(public, principal=SERVICE).allowed
    assert ask(service, principal=SERVICE).allowed
    for given in (service, Policies(identity=[policy(allow())])):
        assert not ask(given, principal=ANYBODY).allowed
    assert not ask(Policies(identity=[policy(allow())]), principal=SERVICE).allowed


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
