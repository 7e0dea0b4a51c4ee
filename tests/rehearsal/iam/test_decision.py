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
    ROOT,
    SERVICE,
    allow,
    ask,
    bucket_policy,
    deny,
    policy,
)

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
