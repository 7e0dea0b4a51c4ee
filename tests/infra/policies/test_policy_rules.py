"""Each rule by itself: what keeps it, what breaks it, and what lacks the input that it reads."""

import re
from collections.abc import Sequence
from typing import Any

import pytest

from infra.policies import iam, images, tokens
from infra.policies.rule import Rule, found
from infra.policies.rules import RULES
from tests.infra.policies.asked import ACCOUNT, DIGEST, Asked, allowed, ask, document
from tests.infra.policies.case import Case
from tests.infra.policies.cases_data import AUDIT, BUCKET, ENCRYPTION, KEEPING, PLAIN_HTTP, STORAGE, TIDY, encrypted
from tests.infra.policies.cases_delivery import DELIVERY, SECRETS
from tests.infra.policies.cases_network import NETWORK
from tests.infra.policies.cases_rights import ROLES, SHARING, topic_for
from tests.infra.policies.cases_running import BELONGING, FUNCTIONS, IMAGES, PIPELINES, SERVING, TYPES, WATCHING
from tests.infra.policies.cases_tracking import CONTAINERS as TASKS
from tests.infra.policies.cases_tracking import DATABASES
from tests.rehearsal.iam import reference

CASES: dict[str, Case] = {
    **STORAGE,
    **AUDIT,
    **ENCRYPTION,
    **KEEPING,
    **ROLES,
    **DELIVERY,
    **SECRETS,
    **SHARING,
    **IMAGES,
    **PIPELINES,
    **FUNCTIONS,
    **SERVING,
    **NETWORK,
    **DATABASES,
    **TASKS,
    **WATCHING,
    **BELONGING,
    **TYPES,
}
by_name = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


def texts(rule: Rule, stack: Sequence[Asked]) -> list[str]:
    return [finding.text for finding in found([rule], stack)]


def named(name: str) -> Rule:
    (rule,) = [rule for rule in RULES if rule.name == name]
    return rule


def role_may(statement: dict[str, Any]) -> Asked:
    return ask(tokens.ROLE_POLICY, policy=document(statement))


def principal(arn: str) -> dict[str, Any]:
    return allowed("kms:Decrypt", "*", Principal={"AWS": arn})


def denial(**changes: Any) -> Asked:
    """A denial of plain HTTP with something else in it, or without it."""
    statement = {key: value for key, value in {**PLAIN_HTTP, **changes}.items() if value is not None}
    return ask(tokens.BUCKET_POLICY, policy=document(statement))


def test_every_rule_has_its_cases_and_a_name_of_its_own():
    assert sorted(rule.name for rule in RULES) == sorted(CASES)


@by_name
def test_what_keeps_a_rule_passes(rule: Rule):
    assert texts(rule, CASES[rule.name].keeps) == []


@by_name
def test_what_breaks_a_rule_is_found_and_the_text_says_what_was_expected(rule: Rule):
    found = texts(rule, CASES[rule.name].breaks)
    assert found
    assert all("expected" in text for text in found)


@by_name
def test_what_lacks_the_input_is_found_unless_that_is_fine(rule: Rule):
    case = CASES[rule.name]
    assert bool(texts(rule, case.lacks)) is not case.lacking_is_fine


@by_name
def test_a_rule_says_what_it_is_about_in_a_sentence_and_names_controls_as_they_are_called(rule: Rule):
    assert re.fullmatch(r"[A-Z].{10,110}\.", rule.description)
    control = re.compile(r"[A-Z]\w+\.\d+|CKV2?_AWS_\d+|(cloudwatch|iam|s3|sagemaker)_[a-z0-9_]+")
    assert [id_ for id_ in rule.ids if not control.fullmatch(id_)] == []


@pytest.mark.parametrize(
    "statement",
    [
        allowed("*", "a"),
        allowed("*:*", "a"),
        allowed("s3:**", "a"),
        allowed("s*:GetObject", "a"),
        allowed("s3:Get*", "a"),
        allowed("iam:Pass?ole", "a"),
    ],
    ids=str,
)
def test_every_wildcard_in_an_action_is_found(statement: dict):
    policy = ask("aws:iam/policy:Policy", policy=document(statement))
    assert texts(named("no-wildcard-action"), [policy])


@pytest.mark.parametrize(
    "resource",
    [
        "*",
        "**",
        "arn:aws:s3:::*",
        "arn:aws:s3:::*/*",
        f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:*",
        "arn:aws:iam::1:role/*",
        "arn:aws:s3:::*/approved/*",
        "arn:aws:s3:::?ucket/approved/*",
        "arn:aws:sqs:eu-west-1:*:queue",
        f"arn:aws:sqs:*:{ACCOUNT}:queue",
        f"arn:aws:ec2:eu-west-1:{ACCOUNT}:*/*",
        "arn:aws:s3*",
    ],
)
def test_every_way_to_name_all_resources_is_found(resource: str):
    policy = ask("aws:iam/rolePolicy:RolePolicy", policy=document(allowed("a:Do", ["a", resource])))
    assert texts(named("no-wildcard-resource"), [policy])


@pytest.mark.parametrize(
    "resource",
    ["arn:aws:s3:::bucket/*", "arn:aws:s3:::b-*", "arn:aws:logs:a:1:log-group:/aws/b:*", "arn:aws:s:a:1:a/b-*"],
)
def test_a_part_of_what_is_there_may_be_named_by_its_start(resource: str):
    policy = ask("aws:iam/rolePolicy:RolePolicy", policy=document(allowed("a:Do", resource)))
    assert texts(named("no-wildcard-resource"), [policy]) == []


def test_a_reason_to_name_all_resources_holds_for_its_action_alone_and_within_its_condition():
    rule = named("no-wildcard-resource")
    both = ask("aws:iam/rolePolicy:RolePolicy", policy=document(allowed(["ecr:GetAuthorizationToken", "s3:Get"], "*")))
    assert [text.split()[1] for text in texts(rule, [both])] == ["s3:Get"]
    metrics = ask("aws:iam/rolePolicy:RolePolicy", policy=document(allowed("cloudwatch:PutMetricData", "*")))
    assert "without a condition on cloudwatch:namespace" in texts(rule, [metrics])[0]


@pytest.mark.parametrize("action", iam.ANY_RESOURCE)
def test_an_action_that_may_name_all_resources_knows_no_narrower_one(action: str):
    assert reference.actions(action)
    assert not reference.formats(action)


@pytest.mark.parametrize("action", iam.PATTERNS)
def test_a_reason_for_a_wildcard_in_an_action_holds_in_a_key_s_own_policy_alone(action: str):
    rule = named("no-wildcard-action")
    policy = document(allowed(action, "*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}))
    assert texts(rule, [ask(tokens.KEY, policy=policy)]) == []
    assert texts(rule, [ask(tokens.POLICY, policy=policy)])


@pytest.mark.parametrize("arn", ["*", f"arn:aws:ec2:*:{ACCOUNT}:network-interface/*", "arn:aws:ec2:a:*:subnet/*"])
def test_a_reason_to_name_everything_of_a_kind_holds_in_one_place_alone(arn: str):
    rule, action = named("no-wildcard-resource"), "ec2:CreateNetworkInterface"
    here = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:network-interface/*"
    assert texts(rule, [role_may(allowed(action, here))]) == []
    assert texts(rule, [role_may(allowed(action, arn))])


def test_a_role_s_inline_policies_are_read_too():
    role = ask("aws:iam/role:Role", inlinePolicies=[{"name": "a", "policy": document(allowed("s3:*", "*"))}])
    assert texts(named("no-wildcard-action"), [role])
    assert texts(named("no-wildcard-resource"), [role])


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}},
        {"StringNotEquals": {"aws:SourceAccount": ACCOUNT}},
        {"StringLike": {"aws:SourceAccount": "*"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}},
        {"StringEquals": {"aws:SourceAccount": [ACCOUNT, "*"]}},
    ],
    ids=str,
)
def test_a_condition_that_holds_for_other_accounts_does_not_restrict_a_role(condition: dict):
    trust = document({"Effect": "Allow", "Principal": {"Service": "a.amazonaws.com"}, "Condition": condition})
    assert texts(named("role-is-for-this-account-only"), [ask("aws:iam/role:Role", assumeRolePolicy=trust)])


@pytest.mark.parametrize(
    "change",
    [
        {"Effect": "Allow"},
        {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}},
        {"Action": "s3:GetObject"},
        {"Resource": ["arn:aws:s3:::a"]},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {"Condition": {**PLAIN_HTTP["Condition"], "StringEquals": {"aws:SourceVpc": "a"}}},
    ],
    ids=str,
)
def test_a_denial_of_plain_http_that_leaves_something_out_does_not_count(change: dict):
    policy = ask("aws:s3/bucketPolicy:BucketPolicy", policy=document({**PLAIN_HTTP, **change}))
    assert texts(named("bucket-is-over-tls-only"), [policy])


def test_a_model_that_instances_serve_too_must_be_isolated():
    model = ask("aws:sagemaker/model:Model", enableNetworkIsolation=False)
    type_ = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
    uses = {"productionVariants": [model.urn]}
    serverless = ask(type_, name="a", productionVariants=[{"serverlessConfig": {"memorySizeInMb": 1024}}], uses=uses)
    instances = ask(type_, name="b", productionVariants=[{"instanceType": "ml.m5.large"}], uses=uses)
    assert texts(named("model-is-isolated"), [model, serverless]) == []
    assert texts(named("model-is-isolated"), [model, serverless, instances])
    assert texts(named("model-is-isolated"), [model])


def test_every_container_of_a_model_and_the_image_of_a_job_are_read():
    rule = named("image-is-named-by-digest")
    assert texts(rule, [ask("aws:sagemaker/model:Model", containers=[{"image": "a:1"}, {"image": "b:1"}])])
    target = {"arn": "arn:aws:scheduler:::aws-sdk:sagemaker:createProcessingJob"}
    job = {**target, "input": '{"AppSpecification": {"ImageUri": "images:1"}}'}
    assert texts(rule, [ask("aws:scheduler/schedule:Schedule", target=job)])
    assert "expected the request for a job" in texts(rule, [ask("aws:scheduler/schedule:Schedule", target=target)])[0]


def test_a_project_that_is_listed_with_a_reason_may_be_privileged():
    ending, _ = images.PRIVILEGED
    project = ask("aws:codebuild/project:Project", name=f"demo{ending}", environment={"privilegedMode": True})
    assert texts(named("build-is-not-privileged"), [project]) == []


def test_the_deploy_role_alone_may_change_whom_its_roles_trust():
    rule, statement = named("nobody-comes-to-have-more"), allowed("iam:UpdateAssumeRolePolicy", "a")
    for name, fine in {"demo-account-dev-2-deploy": True, "demo-account-dev-0-preview": False}.items():
        assert bool(texts(rule, [ask(tokens.POLICY, name=name, policy=document(statement))])) is not fine
    key = allowed("iam:CreateAccessKey", "a")
    assert texts(rule, [ask(tokens.POLICY, name="demo-account-dev-2-deploy", policy=document(key))])


@pytest.mark.parametrize("cidr", ["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "16.0.0.0/7", "::/0", "2000::/3"])
def test_a_great_part_of_the_world_counts_as_all_of_it(cidr: str):
    key = "cidrIpv6" if ":" in cidr else "cidrIpv4"
    assert texts(named("security-group-lets-nobody-in-from-outside"), [ask(tokens.INGRESS, **{key: cidr})])  # ty: ignore[invalid-argument-type]
    out = {key: cidr, "fromPort": 443.0, "toPort": 443.0}
    rule = named("security-group-lets-out-to-what-is-named")
    assert texts(rule, [ask(tokens.EGRESS, **out)])  # ty: ignore[invalid-argument-type]
    assert texts(rule, [ask(tokens.EGRESS, name="demo-prod-net-jobs-nat", **out)]) == []  # ty: ignore[invalid-argument-type]


def test_what_is_no_range_of_addresses_is_found():
    found = texts(named("security-group-lets-nobody-in-from-outside"), [ask(tokens.INGRESS, cidrIpv4="everybody")])
    assert found == ["'everybody' is no range of addresses, expected one such as 10.0.0.0/16"]


def test_an_address_range_of_the_network_is_not_the_world():
    assert (
        texts(named("security-group-lets-nobody-in-from-outside"), [ask(tokens.INGRESS, cidrIpv4="10.0.0.0/8")]) == []
    )


def test_what_shifts_at_once_has_no_step_to_bake():
    shift = {"trafficRoutingConfiguration": {"type": "ALL_AT_ONCE", "waitIntervalInSeconds": 0}}
    endpoint = ask(tokens.ENDPOINT, deploymentConfig={"blueGreenUpdatePolicy": shift})
    assert texts(named("update-by-steps-bakes"), [endpoint]) == []


def test_a_secret_is_read_as_its_value():
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": True}
    assert texts(named("key-rotates"), [ask(tokens.KEY, enableKeyRotation=secret)]) == []


METRICS = {"StringLike": {"cloudwatch:namespace": "*"}}
LOGS_ITSELF = ask(tokens.BUCKET_LOGGING, bucket="a", targetBucket="a", uses={"bucket": [BUCKET.urn]})
KEPT = [{**TIDY, "status": "Disabled"}]
BY_KEY_ALONE = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}, "bucketKeyEnabled": True}
CONTAINERS = [{"image": DIGEST}, {"image": "images:1"}]
ALL_BUT_ONE = {"Effect": "Allow", "NotPrincipal": {"AWS": "a"}, "Action": "s3:GetObject", "Resource": "*"}


@pytest.mark.parametrize(
    ("rule", "stack", "text"),
    [
        ("no-wildcard-action", [role_may({"Effect": "Allow", "NotAction": "iam:*", "Resource": "a"})], "allows *,"),
        ("no-wildcard-resource", [role_may({"Effect": "Allow", "Action": "a:Do", "NotResource": "b"})], "a:Do on *,"),
        ("no-wildcard-resource", [role_may(allowed("cloudwatch:PutMetricData", "*", Condition=METRICS))], "namespace"),
        ("bucket-is-not-public", [ask(tokens.BUCKET_POLICY, policy=document(ALL_BUT_ONE))], "every principal"),
        ("key-is-not-public", [ask(tokens.KEY, policy=document(principal("arn:aws:iam::*:root")))], "every principal"),
        ("bucket-is-over-tls-only", [denial(Principal=None, NotPrincipal="*")], "expected one"),
        ("bucket-is-over-tls-only", [denial(NotAction="s3:GetObject")], "expected one"),
        ("bucket-is-tidied-up", [ask(tokens.BUCKET_LIFECYCLE, rules=KEPT)], "noncurrentDays"),
        ("bucket-accesses-are-logged", [BUCKET, LOGS_ITSELF], "the bucket itself"),
        ("bucket-is-encrypted-with-a-key", [BUCKET, encrypted(BUCKET, BY_KEY_ALONE)], "kmsMasterKeyId is not set"),
        ("image-is-named-by-digest", [ask(tokens.MODEL, containers=CONTAINERS)], "'images:1'"),
        (
            "nothing-is-shared-with-another-account",
            [ask(tokens.MODEL, executionRoleArn="arn:aws:iam::210987654321:role/a"), topic_for("210987654321")],
            "names account 210987654321",
        ),
    ],
)
def test_a_second_way_to_break_a_rule_is_found_too(rule: str, stack: list[Asked], text: str):
    assert any(text in found for found in texts(named(rule), stack))


def test_an_alarm_on_several_metrics_needs_no_dimensions_of_its_own():
    def texts_of(metric: dict[str, Any]) -> list[str]:
        queries = [{"id": "a", "expression": "b"}, {"id": "b", "metric": metric}]
        return texts(named("alarm-has-dimensions"), [ask(tokens.ALARM, metricQueries=queries)])

    assert texts_of({"dimensions": {"EndpointName": "a"}}) == []
    assert texts_of({"metricName": "m"}) == ["the metric b has no dimensions, expected those of the metric"]
