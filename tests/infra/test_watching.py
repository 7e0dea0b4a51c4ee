"""What is watched exists: each metric has its emitter, each alarm somebody to tell and a runbook."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from infra.offline import Program
from infra.settings import Serving
from ml import batch
from ml.monitoring import job, restoration
from ml.monitoring.checks import ACTED_ON
from ml.monitoring.history import WindowRecord
from ml.monitoring.result import Result
from ml.published import CHECKS
from ml.wiring import Wiring
from tests.infra import documented_metrics, watched
from tests.infra.planned import one, settings_of
from tests.infra.ways import REAL_TIME, WAYS


@pytest.fixture(params=WAYS)
def moded(request: pytest.FixtureRequest, planned: Callable[..., Program]) -> tuple[str, Program]:
    """A program by the way it serves."""
    config = WAYS[request.param]
    return settings_of(**config).serving.mode, planned(**config)


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch, planned: Callable[..., Program]) -> set[tuple[str, str, str]]:
    """Namespace, name and check of all that the monitor publishes, from the monitor itself."""
    sent: list[dict[str, Any]] = []
    client = SimpleNamespace(put_metric_data=lambda **request: sent.append(request))
    monkeypatch.setattr(job.boto3, "client", lambda _service: client)
    now = datetime.now(UTC)
    results = [Result(name=check, status="ok", value=0.5) for check in CHECKS]
    record = WindowRecord(
        start=now, end=now, release="a", rows=1, labelled=1, results=results, refused_batches=[], counts={}
    )
    wiring = Wiring.from_env(planned().outputs["wiring"])
    job._publish(wiring, record, now, now)
    batch.publish(wiring, [batch.Outcome(day=now.date(), status="scored")], now)
    restoration._tell(wiring)
    found = set()
    for namespace, datum in ((each["Namespace"], datum) for each in sent for datum in each["MetricData"]):
        dimensions = {entry["Name"]: entry["Value"] for entry in datum["Dimensions"]}
        assert dimensions.pop("EndpointName") == "mlops-demo-try"
        assert set(dimensions) <= {"Check"}
        found.add((namespace, datum["MetricName"], dimensions.get("Check", "")))
    return found


def test_every_way_of_serving_is_watched():
    ways = {way.model_fields["mode"].annotation.__args__[0] for way in Serving.__args__}
    assert {settings_of(**config).serving.mode for config in WAYS.values()} == ways == set(documented_metrics.OF_MODE)


def test_every_metric_of_aws_is_one_that_the_way_of_serving_has(moded: tuple[str, Program]):
    mode, program = moded
    known = documented_metrics.OF_MODE[mode]
    for metric in watched.everything(program):
        if metric.is_aws_own:
            assert known[(metric.namespace, metric.name)] == set(metric.dimensions)
            assert metric.statistic in documented_metrics.STATISTICS.get(metric.name, {metric.statistic})


def test_every_metric_of_aws_is_of_what_the_program_makes(moded: tuple[str, Program]):
    _mode, program = moded
    streams = {entry.name for entry in program.of_type("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream")}
    made = {
        **served(program),
        **({"DeliveryStreamName": {f"{stream}-0000000" for stream in streams}} if streams else {}),
        "PipelineName": {one(program, "aws:sagemaker/pipeline:Pipeline").inputs["pipelineName"]},
        "QueueName": {f"{one(program, 'aws:sqs/queue:Queue').name}-0000000"},
        **tracked(program),
    }
    seen: dict[str, set[str]] = {}
    for metric in watched.everything(program):
        for name, value in metric.dimensions.items() if metric.is_aws_own else ():
            seen.setdefault(name, set()).add(value)
    assert seen == made


def served(program: Program) -> dict[str, set[str]]:
    """What answers requests, by the dimensions of its metrics."""
    name = {program.outputs["endpoint_name"]}
    if program.of_type("aws:lambda/function:Function"):
        return {"FunctionName": name}
    config = one(program, "aws:sagemaker/endpointConfiguration:EndpointConfiguration")
    return {
        "EndpointName": name,
        "VariantName": {variant["variantName"] for variant in config.inputs["productionVariants"]},
    }


def tracked(program: Program) -> dict[str, set[str]]:
    """The MLflow server's parts, by the dimensions of their metrics."""
    if not program.of_type("aws:ecs/service:Service"):
        return {}
    listener = one(program, "aws:lb/listener:Listener").inputs
    return {
        "LoadBalancer": {"app/balancer/0"},
        "TargetGroup": {"targetgroup/target/0"},
        "CertificateArn": {listener["certificateArn"]},
        "DBInstanceIdentifier": {one(program, "aws:rds/instance:Instance").inputs["identifier"]},
    }


def test_every_metric_of_our_own_is_one_that_the_monitor_publishes(
    published: set[tuple[str, str, str]], moded: tuple[str, Program]
):
    _mode, program = moded
    own = [metric for metric in watched.everything(program) if not metric.is_aws_own]
    assert {metric.dimensions["EndpointName"] for metric in own} == {program.outputs["endpoint_name"]}
    scored = "score" in program.outputs["schedules"]
    expected = {metric for metric in published if scored or not metric[1].startswith("Batch")}
    assert {(metric.namespace, metric.name, metric.dimensions.get("Check", "")) for metric in own} == expected


def test_the_checks_that_are_acted_on_are_among_those_that_are_shown():
    assert set(ACTED_ON) < set(CHECKS)


def test_every_alarm_tells_the_topic_or_acts_and_says_what_silence_means(moded: tuple[str, Program]):
    _mode, program = moded
    for entry in watched.alarms(program):
        if watched.acts(entry):
            assert "okActions" not in entry.inputs
            continue
        assert [action.rpartition(":")[2] for action in entry.inputs["alarmActions"]] == [
            "mlops-demo-try-notify-topic-0000000"
        ]
        assert entry.inputs["okActions"] == entry.inputs["alarmActions"]
    for entry in program.of_type(watched.ALARM):
        meanings = {"missing"} if watched.acts(entry) else {"breaching", "notBreaching", "ignore"}
        assert entry.inputs["treatMissingData"] in meanings
        metrics = list(watched.of_alarm(entry.inputs))
        assert all(metric.dimensions for metric in metrics)
        returned = [query["returnData"] for query in entry.inputs.get("metricQueries", ())]
        assert returned.count(True) == (1 if returned else 0)
        periods = [query["metric"]["period"] for query in entry.inputs.get("metricQueries", ()) if "metric" in query]
        period = max([*periods, entry.inputs.get("period", 0)])
        assert 60 <= period * entry.inputs["evaluationPeriods"] <= 604_800


def test_the_one_alarm_that_acts_is_of_an_endpoint_that_may_have_no_instance(planned: Callable[..., Program]):
    acting = {mode: list(filter(watched.acts, watched.alarms(planned(**config)))) for mode, config in WAYS.items()}
    assert {mode: [entry.name for entry in found] for mode, found in acting.items() if found} == {
        "async to zero": ["mlops-demo-try-endpoint-scaling-champion-waiting"]
    }


def test_the_page_is_of_what_callers_notice_and_of_alarms_that_exist(moded: tuple[str, Program]):
    _mode, program = moded
    rule = one(program, watched.COMPOSITE).inputs["alarmRule"]
    named = re.findall(r'ALARM\("([^"]+)"\)', rule)
    assert rule == " OR ".join(f'ALARM("{name}")' for name in named)
    assert [name.removeprefix("mlops-demo-try-watch-") for name in named] == [
        "latency-0000000",
        "failing-0000000",
        "concurrency-0000000",
    ]
    assert {name.removesuffix("-0000000") for name in named} <= {entry.name for entry in program.of_type(watched.ALARM)}


def test_the_endpoint_is_full_where_its_settings_say(planned: Callable[..., Program]):
    serverless = one(planned(), watched.ALARM, "watch-concurrency").inputs
    assert (serverless["metricName"], serverless["threshold"]) == ("ServerlessConcurrentExecutionsUtilization", 0.9)
    config = {**REAL_TIME, "monitor": {"concurrentRequests": 7}}
    real_time = one(planned(**config), watched.ALARM, "watch-concurrency").inputs
    assert (real_time["metricName"], real_time["threshold"]) == ("ConcurrentRequestsPerModel", 7)


def test_what_the_platform_captures_is_missed_by_the_monitor_that_looks_for_it(prod: Program):
    inputs = one(prod, watched.ALARM, "overview-capture").inputs
    (asked,) = [query for query in inputs["metricQueries"] if query.get("returnData")]
    assert asked["expression"] == "IF(requests > 0 AND runs > 0 AND FILL(age, 99) > 24, 1, 0)"
    assert {query["id"] for query in inputs["metricQueries"]} == {asked["id"], "requests", "runs", "age"}
    assert inputs["evaluationPeriods"] == 2


def test_capture_is_missed_only_while_there_are_requests(dev: Program):
    inputs = one(dev, watched.ALARM, "overview-capture").inputs
    (asked,) = [query for query in inputs["metricQueries"] if query.get("returnData")]
    assert asked["expression"] == "IF(requests > 0 AND FILL(delivered, 0) == 0, 1, 0)"
    assert {query["id"] for query in inputs["metricQueries"]} == {asked["id"], "requests", "delivered"}


def test_the_dashboard_shows_every_alarm_and_nothing_lies_on_something_else(moded: tuple[str, Program]):
    _mode, program = moded
    board = watched.widgets(program)
    (shown,) = [widget["properties"]["alarms"] for widget in board if widget["type"] == "alarm"]
    assert len(shown) == len(set(shown)) == len(watched.alarms(program))
    taken = [
        (column, row)
        for widget in board
        for column in range(widget["x"], widget["x"] + widget["width"])
        for row in range(widget["y"], widget["y"] + widget["height"])
    ]
    assert len(taken) == len(set(taken))
    assert max(column for column, _row in taken) < 24
    for widget in board:
        labels = [line[-1]["label"] for line in widget["properties"].get("metrics", ())]
        assert len(labels) == len(set(labels))
        assert all(labels)


def test_a_region_s_dashboard_is_drawn_from_that_region(planned: Callable[..., Program]):
    board = watched.widgets(planned(**{"aws:region": "us-west-2"}))
    assert {widget["properties"]["region"] for widget in board if widget["type"] == "metric"} == {"us-west-2"}
    assert json.dumps(board).count("us-west-2") >= len(board)
