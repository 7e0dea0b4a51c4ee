"""The policy pack, started as Pulumi's CLI starts it and asked as its engine asks."""

import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi import Archive
from pulumi.runtime import proto
from pulumi.runtime.proto import analyzer_pb2_grpc
from pulumi_policy import EnforcementLevel, ResourceValidationPolicy
from pulumi_policy.deserialize import deserialize_properties
from pulumi_policy.proxy import unknown_checking_proxy

from infra.offline import Program, Resource
from infra.policies import tokens
from infra.policies.pack import policies
from infra.policies.rule import ResourceRule
from infra.policies.rules import RULES, findings
from infra.source import ROOT
from tests.infra.policies import breaking
from tests.infra.policies.breaking import Stack
from tests.infra.policies.broken_rights import RIGHTS
from tests.infra.policies.mutations import BROKEN, whole

PACK = ROOT / "infra" / "policies"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine sends in a preview for a text that is not known yet."""
UNMARKED = {"a secret of Pulumi's"}
"""Mutations that the pack cannot see: Pulumi opens a secret before it hands it over, and says nothing of it."""
BY_NAME = [pytest.param(rule, what, mutation, id=what) for rule, what, mutation in BROKEN]


def test_each_rule_is_a_policy_of_its_kind_and_level():
    made = policies()
    assert [policy.name for policy in made] == [rule.name for rule in RULES]
    for policy, rule in zip(made, RULES, strict=True):
        assert isinstance(policy, ResourceValidationPolicy) == isinstance(rule, ResourceRule)
        assert (policy.enforcement_level is EnforcementLevel.MANDATORY) == rule.mandatory
        assert all(id_ in policy.description for id_ in rule.ids)


def test_the_pack_s_file_names_the_environment_that_has_its_package():
    text = (PACK / "PulumiPolicy.yaml").read_text()
    # Not resolved: the environment may be a link.
    assert Path(os.path.normpath(PACK / "../../.venv")) == ROOT / ".venv"
    assert "virtualenv: ../../.venv\n" in text


@pytest.mark.parametrize(("rule", "what", "mutation"), BY_NAME)
def test_a_rule_reads_what_the_engine_hands_over_as_it_reads_a_plan(
    rule: str, what: str, mutation: breaking.Mutation, dev: Program, prod: Program
):
    before = whole(rule, dev, prod).resources
    altered = [entry for entry in mutation(before) if not any(entry is known for known in before)]
    assert {entry.rule for entry in findings([handed_over(entry) for entry in altered])} == {
        entry.rule for entry in findings(altered)
    } - ({rule} if what in UNMARKED else set())


def handed_over(entry: Resource) -> Resource:
    """A resource with its inputs as Pulumi's package gives them to a policy."""
    # An archive is no value that a message can hold.
    plain = {key: value for key, value in entry.inputs.items() if not isinstance(value, Archive)}
    return dataclasses.replace(entry, inputs=unknown_checking_proxy(deserialize_properties(plain)))


@pytest.fixture(scope="module")
def analyzer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:0", str(PACK)]
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    with subprocess.Popen(command, cwd=elsewhere, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            with grpc.insecure_channel(f"127.0.0.1:{int(server.stdout.readline())}") as channel:
                yield analyzer_pb2_grpc.AnalyzerStub(channel)
        finally:
            server.terminate()


def found(analyzer: Any, resources: Sequence[Resource], each: Sequence[Resource]) -> list[tuple[str, str, int]]:
    """Policy, URN and level of what the pack finds in all resources together, and in some by themselves."""
    request = proto.AnalyzeStackRequest()
    for entry in resources:
        member = request.resources.add(parent=entry.parent)
        _fill(member, entry)
        for key, urns in entry.uses.items():
            member.propertyDependencies[key].urns.extend(urns)
    together = analyzer.AnalyzeStack(request, timeout=60).diagnostics
    alone = [(entry.urn, one) for entry in each for one in _analyze(analyzer, entry)]
    return [
        *((one.policyName, one.urn, one.enforcementLevel) for one in together),
        *((one.policyName, urn, one.enforcementLevel) for urn, one in alone),
    ]


def _analyze(analyzer: Any, entry: Resource) -> Sequence[Any]:
    request = proto.AnalyzeRequest()
    _fill(request, entry)
    return analyzer.Analyze(request, timeout=60).diagnostics


def _fill(message: Any, entry: Resource) -> None:
    message.type, message.name, message.urn = entry.type, entry.name, entry.urn
    message.options.protect = entry.protect
    # Archives are no values that a message can hold.
    message.properties.update({key: value for key, value in entry.inputs.items() if not isinstance(value, Archive)})


@pytest.mark.slow
def test_the_pack_tells_the_engine_of_every_rule(analyzer: Any):
    info = analyzer.GetAnalyzerInfo(empty_pb2.Empty(), timeout=60)  # ty: ignore[missing-attribute]
    levels = {True: proto.MANDATORY, False: proto.ADVISORY}
    assert [(one.name, one.enforcementLevel) for one in info.policies] == [
        (rule.name, levels[rule.mandatory]) for rule in RULES
    ]


@pytest.mark.slow
def test_the_pack_finds_nothing_in_the_shipped_program(analyzer: Any, prod: Program):
    assert found(analyzer, prod.resources, each=prod.resources) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "type_", "ending", "break_it"),
    [
        (
            "bucket-blocks-public-access",
            tokens.BUCKET_BLOCK,
            "",
            breaking.put(tokens.BUCKET_BLOCK, "blockPublicPolicy", False),
        ),
        (
            "bucket-accesses-are-logged",
            tokens.BUCKET,
            "raw-bucket",
            breaking.drop(tokens.BUCKET_LOGGING, "raw-logging"),
        ),
        (
            "no-wildcard-action",
            tokens.ROLE_POLICY,
            "train-job-role-policy",
            RIGHTS["no-wildcard-action"]["all of a service"],
        ),
        (
            "nothing-is-shared-with-another-account",
            tokens.KEY,
            "",
            RIGHTS["nothing-is-shared-with-another-account"]["a key for another account"],
        ),
    ],
    ids=["a public bucket", "no access log", "a wildcard role", "a foreign account"],
)
def test_the_pack_finds_what_is_broken_and_stops_the_update(
    rule: str, type_: str, ending: str, break_it: breaking.Mutation, analyzer: Any, prod: Program
):
    broken: Stack = break_it(prod.resources)
    culprit = breaking.find(broken, type_, ending)
    assert found(analyzer, broken, each=[culprit]) == [(rule, culprit.urn, proto.MANDATORY)]


@pytest.mark.slow
@pytest.mark.parametrize(("rule", "what", "mutation"), BY_NAME)
def test_the_pack_finds_what_a_plan_finds(
    rule: str, what: str, mutation: breaking.Mutation, analyzer: Any, dev: Program, prod: Program
):
    before = whole(rule, dev, prod).resources
    broken: Stack = mutation(before)
    altered = [entry for entry in broken if not any(entry is known for known in before)]
    assert (rule in {name for name, _, _ in found(analyzer, broken, each=altered)}) is (what not in UNMARKED)


@pytest.mark.slow
def test_a_preview_that_does_not_know_a_value_yet_is_not_stopped(analyzer: Any, prod: Program):
    unknown = breaking.put(tokens.BUCKET_POLICY, "policy", UNKNOWN)(prod.resources)
    policy = breaking.find(unknown, tokens.BUCKET_POLICY)
    notices = found(analyzer, unknown, each=[policy])
    assert {level for _, _, level in notices} == {proto.ADVISORY}
    assert "bucket-is-over-tls-only" in {name for name, _, _ in notices}
