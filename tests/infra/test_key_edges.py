"""The key lets in everyone who writes through it: each edge from a writer to what it writes."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest

from infra.offline import Program
from infra.policies import tokens
from infra.source import ROOT
from tests.infra.key_edges import Edge, edges, refused
from tests.infra.policies.breaking import add, find, say, swap
from tests.infra.ways import WAYS


def test_everyone_who_writes_through_the_key_may(program: Program):
    found = edges(program)
    assert len(found) > 20
    assert [reason for edge in found for reason in refused(program, edge)] == []


@pytest.mark.slow
@pytest.mark.parametrize("mode", WAYS)
def test_everyone_who_writes_through_the_key_in_another_mode_may(mode: str, planned: Callable[..., Program]):
    program = planned(**WAYS[mode])
    found = edges(program)
    assert len(found) > 20
    assert [reason for edge in found for reason in refused(program, edge)] == []


def test_an_asynchronous_endpoint_s_results_are_written_by_its_role(planned: Callable[..., Program]):
    program = planned(**WAYS["async"])
    assert ("endpoint-role", "endpoint-config") in {(edge.who, edge.target) for edge in edges(program)}


def rows(found: list[Edge]) -> list[str]:
    """Each writer once, with what it writes."""
    written: dict[tuple[str, str], set[str]] = {}
    for edge in found:
        written.setdefault((edge.who.replace("eu-west-1", "<region>"), edge.by), set()).add(edge.target)
    return [f"| {who} | {', '.join(sorted(targets))} | {by} |" for (who, by), targets in sorted(written.items())]


def test_the_page_lists_each_writer_and_what_it_writes(dev: Program, prod: Program):
    right = rows(edges(dev) + edges(prod))
    page = (ROOT / "docs" / "data.md").read_text()
    assert "\n".join(right) in page, "docs/data.md: put this in place of the table's rows:\n" + "\n".join(right)
    assert page.count(" | the key's policy names it |") == sum("names it" in row for row in right)


def test_a_use_of_the_key_that_nobody_has_looked_at_is_named(prod: Program):
    key = find(prod.resources, tokens.TOPIC).inputs["kmsMasterKeyId"]
    table = add("aws:dynamodb/table:Table", "-table", serverSideEncryption={"enabled": True, "kmsKeyArn": key})
    broken = dataclasses.replace(prod, resources=table(prod.resources))
    with pytest.raises(LookupError, match=r"-table \(aws:dynamodb/table:Table\) is given the key as serverSideEnc"):
        edges(broken)


def without(program: Program, ending: str, type_: str, service: str = "") -> Program:
    """The program whose key, or whose role, lets in one less."""

    def forget(found: list[dict[str, Any]]) -> None:
        if service:
            found[:] = [entry for entry in found if service not in json.dumps(entry.get("Principal"))]
        else:
            found[:] = [entry for entry in found if "kms:" not in json.dumps(entry["Action"])]

    return dataclasses.replace(program, resources=say(type_, forget, ending)(program.resources))


@pytest.mark.parametrize("service", ["logs.", "cloudwatch.", "budgets.", "cloudtrail."])
def test_a_service_that_the_key_does_not_name_is_refused(prod: Program, service: str):
    broken = without(prod, "data-key", tokens.KEY, service)
    found = [reason for edge in edges(broken) for reason in refused(broken, edge)]
    assert any(reason.startswith(service) for reason in found)


@pytest.mark.parametrize("role", ["train-job-role", "endpoint-role", "train-pipeline-role"])
def test_a_role_without_the_key_is_refused(prod: Program, role: str):
    broken = without(prod, f"{role}-policy", tokens.ROLE_POLICY)
    assert any(role in reason for edge in edges(broken) for reason in refused(broken, edge))


def test_a_stream_s_role_without_the_key_is_refused(dev: Program):
    broken = without(dev, "capture-role-policy", tokens.ROLE_POLICY)
    assert any("capture-role" in reason for edge in edges(broken) for reason in refused(broken, edge))


def test_a_service_that_names_no_account_to_kms_is_not_held_to_one(prod: Program):
    """EventBridge: a condition on the account would stop what it sends without a word."""
    topic_policy = find(prod.resources, tokens.TOPIC_POLICY)
    document = topic_policy.inputs["policy"].replace("budgets.amazonaws.com", "events.amazonaws.com")
    inputs = {**topic_policy.inputs, "policy": document}
    key = find(prod.resources, tokens.KEY)
    renamed = {**key.inputs, "policy": key.inputs["policy"].replace("budgets.amazonaws.com", "events.amazonaws.com")}
    stack = swap(swap(prod.resources, topic_policy, inputs=inputs), key, inputs=renamed)
    broken = dataclasses.replace(prod, resources=stack)
    assert any("events.amazonaws.com" in reason for edge in edges(broken) for reason in refused(broken, edge))
