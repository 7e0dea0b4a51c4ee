import json
import re

import pytest

from infra import cost, notes, plan, prices
from tests.infra.planned import settings_of


def total(program) -> float:
    return plan.document(program, [])["cost"]["total"]


def test_dev_idles_under_ten_dollars_a_month(dev):
    assert 1 <= total(dev) < 10


def test_prod_pays_for_its_instances_its_way_out_and_its_server_above_all(prod):
    assert 168 + 36 + 60 <= total(prod) < 290


def test_every_resource_is_priced_or_known_to_be_free(program):
    assert plan.document(program, [])["cost"]["not_priced"] == []


def test_every_price_says_where_it_was_read_and_when(program):
    for line in plan.document(program, [])["cost"]["lines"]:
        assert "aws.amazon.com/" in line["source"]
        assert re.search(r", 2026-\d\d-\d\d$", line["source"])


def test_what_has_no_price_is_listed_and_not_taken_for_free():
    config = {"productionVariants": [{"instanceType": "ml.p9.huge", "initialInstanceCount": 1}]}
    estimate = cost.estimate(
        [
            ("aws:dynamodb/table:Table", "database", {}),
            ("aws:sagemaker/endpointConfiguration:EndpointConfiguration", "config", config),
            ("aws:iam/role:Role", "role", {}),
        ]
    )
    assert [(line.name, line.detail) for line in estimate.unpriced] == [
        ("database", "no price in infra/cost.py"),
        ("config", "no price for ml.p9.huge in infra/prices.py"),
    ]
    assert estimate.total == 0
    assert estimate.left_out == "Left out, for they cost nothing by themselves: 1 of 3 resources."


def test_each_resource_has_a_line_or_is_counted_as_free(program):
    estimate = cost.estimate((entry.type, entry.name, entry.inputs) for entry in program.resources if entry.custom)
    of_metrics = sum(line.name == "of a release" for line in estimate.lines)
    assert len(estimate.lines) - of_metrics + estimate.free == sum(entry.custom for entry in program.resources)


def test_prices_of_another_region_are_pointed_out_and_those_of_the_stack_s_own_are_not():
    abroad = settings_of()
    at_home = abroad.model_copy(update={"region": prices.REGION})
    (remark,) = set(notes.of(abroad)) - set(notes.of(at_home))
    assert remark == "prices are list prices of us-east-1: in eu-west-1 they may differ."


def test_shadow_variants_cost_what_production_variants_do():
    variant = {"instanceType": "ml.m5.large", "initialInstanceCount": 2}
    config = {"productionVariants": [variant], "shadowProductionVariants": [variant]}
    type_ = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
    assert cost.estimate([(type_, "config", config)]).total == pytest.approx(4 * 0.115 * 730)


def test_each_metric_of_an_expression_counts_as_an_alarm():
    alarm = "aws:cloudwatch/metricAlarm:MetricAlarm"
    queries = [{"id": "watched", "expression": "a / b"}, {"id": "a", "metric": {}}, {"id": "b", "metric": {}}]
    assert cost.estimate([(alarm, "ratio", {"metricQueries": queries})]).total == pytest.approx(0.2)
    assert cost.estimate([(alarm, "single", {"namespace": "AWS/SageMaker"})]).total == pytest.approx(0.1)


def test_a_dashboard_s_own_metrics_cost_the_hours_in_which_they_are_published():
    lines = [["shop/dev", "Runs", "A", "a", {"stat": stat}] for stat in ("Sum", "Average")]
    lines += [["AWS/SageMaker", "Invocations", {}], ["/aws/sagemaker/Endpoints", "CPUUtilization", {}]]
    body = json.dumps({"widgets": [{"properties": {"metrics": lines}}, {"properties": {"alarms": []}}]})
    board = ("aws:cloudwatch/dashboard:Dashboard", "board", {"dashboardBody": body})
    assert cost.estimate([board]).total == pytest.approx(0.3 / 24)


@pytest.mark.parametrize(
    ("expression", "runs"), [("rate(1 day)", 730 / 24), ("rate(12 hours)", 730 / 12), ("cron(0 3 ? * MON *)", None)]
)
def test_a_rate_has_a_number_of_runs_and_a_cron_has_none(expression, runs):
    assert cost.runs_a_month(expression) == (pytest.approx(runs) if runs else None)


def test_a_disabled_schedule_costs_nothing():
    job = {"ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.m5.large"}}}
    inputs = {"state": "DISABLED", "scheduleExpression": "rate(1 hour)", "target": {"input": json.dumps(job)}}
    assert cost.estimate([("aws:scheduler/schedule:Schedule", "job", inputs)]).total == 0


def test_what_a_release_writes_is_by_use_and_counted_once_however_many_alarms_read_it():
    def read(name: str, **dimensions: str) -> dict[str, object]:
        return {"metric": {"metricName": name, "dimensions": {"EndpointName": "e", **dimensions}}}

    rows = [read("Rows"), read("Rows", Release="a")]
    alarms = [
        {"metricQueries": [*rows, read("Odd"), read("Odd", Release="a")]},
        {"metricQueries": [*rows, read("Missing"), read("Missing", Release="a")]},
        {"metricName": "Latency", "dimensions": {"EndpointName": "e", "Release": "a"}},
        {"metricName": "ModelLatency", "dimensions": {"EndpointName": "e"}},
    ]
    estimate = cost.estimate([(cost.METRIC_ALARM, "alarm", inputs) for inputs in alarms])
    assert estimate.total == pytest.approx(10 * 0.10)
    (written,) = [line for line in estimate.lines if line.name == "of a release"]
    assert (written.usd, written.detail.partition(" per ")[0]) == (0, "by use: at most 7 x 0.3 $")


def test_what_is_by_use_is_no_part_of_an_idle_month(program):
    lines = plan.document(program, [])["cost"]["lines"]
    assert {line["usd"] for line in lines if line["detail"].startswith("by use")} == {0}
