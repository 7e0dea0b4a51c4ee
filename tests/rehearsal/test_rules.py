import copy
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.validate import ParamValidator

from infra.offline import run
from infra.rehearsal.apply import Cloud
from infra.rehearsal.bounds import violations
from infra.rehearsal.checks import ASKING, RULES, refusals
from infra.rehearsal.environment import aws_variables, environment
from infra.rehearsal.iam.actions import TABLES
from infra.rehearsal.rules import tags
from infra.rehearsal.rules.documents import KINDS
from tests.rehearsal.broken import governing, tracking
from tests.rehearsal.broken.case import GONE
from tests.rehearsal.broken.table import CASES
from tests.rehearsal.in_order import ANSWERS, JOB
from tests.rehearsal.in_order import REQUESTS as SENT
from tests.rehearsal.sent import model_of, shape_of
from tests.rehearsal.stack import RELEASE, stack

REQUESTS = {**SENT, **governing.IN_ORDER, **tracking.IN_ORDER}
EVERY = [(key, rule) for table in (RULES, ASKING) for key, rules in table.items() for rule in rules]


def refused(key: tuple[str, str], request: Mapping[str, Any], answers: Mapping[str, Any] = ANSWERS) -> list[str]:
    return refusals(model_of(*key), request, lambda _service, operation, _request: answers.get(operation))


def changed(request: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The request with other values at some paths; GONE takes a member out."""
    request = copy.deepcopy(dict(request))
    for path, value in changes.items():
        *above, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        holder: Any = request
        for part in above:
            holder = holder[part]
        if value is GONE:
            del holder[last]
        else:
            holder[last] = value
    return request


@pytest.mark.parametrize("key", sorted({key for key, _rule in EVERY}), ids=":".join)
def test_a_request_in_order_is_not_refused(key):
    assert not ParamValidator().validate(REQUESTS[key], shape_of(*key)).generate_report()
    assert refused(key, REQUESTS[key]) == []


def test_every_rule_has_a_request_that_breaks_it():
    broken = {case.rule for case in CASES}
    assert {rule for _key, rule in EVERY} == broken
    assert len(broken) > 80


def test_every_rule_names_its_source():
    for _key, rule in EVERY:
        assert re.search(r"docs\.aws\.amazon\.com/\S+\.html", rule.__doc__ or ""), rule


@pytest.mark.parametrize("case", [case for case in CASES if not case.answers])
def test_a_broken_rule_says_what_was_expected(case):
    request = changed(REQUESTS[case.key], case.changes)
    # Nothing that botocore or its model would find: the rule is needed.
    assert not ParamValidator().validate(request, shape_of(*case.key)).generate_report()
    assert violations(shape_of(*case.key), request) == []
    sentence = case.rule(request)
    assert case.said in sentence
    assert sentence in refused(case.key, request)


@pytest.mark.parametrize("case", [case for case in CASES if case.answers])
def test_a_rule_looks_at_what_is_there(case):
    request = changed(REQUESTS[case.key], case.changes)
    assert refused(case.key, request) == []
    assert case.rule in ASKING[case.key]
    assert any(case.said in sentence for sentence in refused(case.key, request, {**ANSWERS, **case.answers}))


@pytest.mark.parametrize("key", tags.TAKERS, ids=":".join)
def test_every_operation_with_tags_refuses_a_key_of_aws(key):
    request = json.loads(json.dumps(REQUESTS[key], default=str).replace("team", "aws:team"))
    assert tags.tag_keys_occur_once_and_are_not_aws_s_own(request)
    assert tags.tag_keys_occur_once_and_are_not_aws_s_own in RULES[key]


@pytest.mark.parametrize(
    ("job", "said"),
    [
        ({"ProcessingJobName": "t" * 28 + "<aws.scheduler.execution-id>"}, "at most 63 characters, not 64"),
        ({"Environment": {"A": "x" * 257}}, "Environment['A']: xxx"),
        ({"ProcesingInputs": []}, "ProcesingInputs, expected a parameter of CreateProcessingJob"),
        ({"RoleArn": 7}, "Invalid type for parameter RoleArn"),
        ({"Tags": [{"Key": "aws:a", "Value": ""}]}, "Tags: aws:a"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 0}}, "MaxRuntimeInSeconds"),
    ],
)
def test_what_a_schedule_calls_is_checked_as_if_it_were_sent(job, said):
    request = {**REQUESTS["scheduler", "CreateSchedule"]}
    request["Target"] = {**request["Target"], "Input": json.dumps({**JOB, **job})}
    found = refused(("scheduler", "CreateSchedule"), request)
    assert len(found) == 1
    assert found[0].startswith("Target.Input: ")
    assert said in found[0]


NO_POLICY_OF_IAM_S = {
    ("ecr", "PutLifecyclePolicy", "lifecyclePolicyText"): "another grammar: infra/rehearsal/rules/ecr.py",
    ("ec2", "CreateVpcEndpoint", "PolicyDocument"): "the program gives endpoints none",
    ("elbv2", "CreateListener", "SslPolicy"): "the name of a set of ciphers",
    ("sns", "CreateTopic", "DataProtectionPolicy"): "another grammar, which nothing here reads",
    ("sts", "AssumeRole", "Policy"): "the front takes no session policies",
}


def test_every_policy_that_a_call_may_put_is_checked():
    texts = [
        (service, operation, name)
        for service, table in TABLES.items()
        for operation in table.rows
        for name, member in shape_of(service, operation).members.items()
        if re.search("policy(text|document)?$", name, re.IGNORECASE) and member.type_name == "string"
    ]
    puts = {text for text in texts if text not in NO_POLICY_OF_IAM_S}
    # An attribute among others, whose name the model does not have.
    puts |= {("sns", "CreateTopic", "Policy"), ("sns", "SetTopicAttributes", "Policy")}
    assert puts == {(*key, member) for key, (member, _kind) in KINDS.items()}
    assert {*NO_POLICY_OF_IAM_S} <= {*texts}


@pytest.mark.slow
def test_the_program_s_own_requests_break_no_rule(sent):
    """The front would have refused them, and the run would have failed."""
    with_rules = {(request.service, request.operation) for request in sent.requests} & {key for key, _rule in EVERY}
    assert len(with_rules) > 20


REAL_TIME = {"mode": "real-time", "instances": 10, "instance": "ml.m5d.large"}


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["all-at-once", "linear", "blue-green", "rolling", "shadow", "a-b"])
def test_no_way_of_rolling_out_breaks_a_rule(strategy, aws, tmp_path):
    settings = {"serving": REAL_TIME, "rollout": {"strategy": strategy, "bakeMinutes": 4}, "model": RELEASE}
    if strategy in ("shadow", "a-b"):
        settings["challenger"] = RELEASE
    cloud = Cloud(aws)
    with environment(aws_variables(aws.endpoint, aws.region)):
        run(stack(tmp_path, "small", "dev", settings), "dev", mocks=cloud)
    assert "aws:sagemaker/endpoint:Endpoint" in {resource.type for resource in cloud.resources}


@pytest.mark.parametrize(
    "expression",
    ["rate(1 day)", "rate(30 minutes)", "at(2026-12-31T23:59:59)"]
    + [f"cron({text})" for text in ("0 3 ? * MON *", "*/5 * L * ? *", "0 0 LW * ? 2026", "15 10 ? * 6L 2022-2030")]
    + [f"cron({text})" for text in ("0 8 1 * ? *", "0 18 ? * MON-FRI *", "0/10 * ? * MON,tue *", "0 9 ? * 2#1 *")],
)
def test_the_expressions_that_aws_gives_as_examples_are_taken(expression):
    key = ("scheduler", "CreateSchedule")
    assert refused(key, {**REQUESTS[key], "ScheduleExpression": expression}) == []
