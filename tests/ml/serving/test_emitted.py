"""What a release tells of itself in its log, in CloudWatch's embedded metric format."""

import json
import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from ml.serving import emitted
from ml.serving.emitted import MOST_VALUES, Emitted, spread
from ml.serving.habits import Habits
from tests.ml.serving.processes import server
from tests.ml.serving.small_models import GOOD, REFERENCE, ROW, Client, folder


class Log:
    """The lines of a release whose clock is set by hand."""

    def __init__(self, path: Path) -> None:
        self.path, self.now = path, 1_000_000.0
        self.descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.emitted = Emitted(
            namespace="shop/dev", endpoint="shop-dev", release="abc", descriptor=self.descriptor, clock=lambda: self.now
        )

    def ask(self, status: int = 200, *rows: dict[str, Any], score: float = 0.25, seconds: float = 0.002) -> None:
        if status == 200:
            self.emitted.predicted(seconds, list(rows or (GOOD,)), [score] * max(1, len(rows)))
        self.emitted.answered("/invocations", status)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path.read_text().splitlines()]


@pytest.fixture
def log(tmp_path):
    log = Log(tmp_path / "log")
    yield log
    os.close(log.descriptor)


def test_an_interval_is_one_line_written_before_the_answer_that_ends_it(log):
    log.ask()
    log.ask(400)
    log.ask(500)
    assert log.lines == []
    log.now += emitted.INTERVAL_SECONDS
    log.ask(seconds=0.004)
    (line,) = log.lines
    assert (line["Requests"], line["ClientErrors"], line["ServerErrors"]) == (4, 1, 1)
    assert line["Latency"] == [2.0, 4.0]
    assert (line["EndpointName"], line["Release"]) == ("shop-dev", "abc")
    log.ask()
    assert len(log.lines) == 1


def test_what_a_pause_held_back_goes_out_with_the_next_answer_even_to_a_health_check(log):
    log.ask()
    log.now += 86_400
    log.emitted.answered("/ping", 200)
    assert [line["Requests"] for line in log.lines] == [1]
    log.now += 86_400
    log.emitted.answered("/ping", 200)
    assert len(log.lines) == 1


def test_a_clock_that_is_put_back_ends_the_interval(log):
    log.now -= 3600
    log.ask()
    assert len(log.lines) == 1


def test_the_line_keeps_to_the_format_and_each_metric_it_names_is_there(log):
    """As the specification has it: numbers or at most 100 of them, and a value for each dimension and metric."""
    log.emitted.use(Habits(REFERENCE))
    for _ in range(250):
        log.ask()
    log.emitted.write()
    (line,) = log.lines
    assert line["_aws"]["Timestamp"] == 1_000_000_000
    alone, shared = line["_aws"]["CloudWatchMetrics"]
    assert alone["Dimensions"] == [["EndpointName", "Release"]]
    assert shared["Dimensions"] == [["EndpointName", "Release"], ["EndpointName"]]
    named = {metric["Name"] for directive in (alone, shared) for metric in directive["Metrics"]}
    assert named == set(line) - {"_aws", "EndpointName", "Release"}
    assert {metric["Name"] for metric in alone["Metrics"]} == {"ServerErrors", "Latency"}
    assert {directive["Namespace"] for directive in (alone, shared)} == {"shop/dev"}
    assert len(line["Latency"]) == MOST_VALUES


def test_many_latencies_become_as_many_as_the_format_takes_and_keep_the_slowest():
    values = [float(number) for number in range(1000)]
    kept = spread(values)
    assert (len(kept), kept[0], kept[-1]) == (MOST_VALUES, 0.0, 999.0)
    assert spread([3.00001, 1.0]) == [3.0, 1.0]


@pytest.mark.parametrize(
    ("row", "missing", "outside"),
    [
        (GOOD, 0, 0),
        ({**GOOD, "weight": None}, 1, 0),
        ({"size": "small", "distance": 7}, 1, 0),
        # Half of the training rows had none.
        ({**GOOD, "distance": None}, 0, 0),
        ({**GOOD, "weight": 300}, 0, 1),
        ({**GOOD, "weight": -0.5}, 0, 1),
        ({**GOOD, "size": "huge"}, 0, 1),
    ],
)
def test_rows_that_lack_what_training_had_or_lie_outside_of_it_are_counted(row, missing, outside):
    found = Habits(REFERENCE).compared([GOOD, row], [0.25, 0.25])
    assert (found["Rows"], found["MissingRows"], found["OutOfRangeRows"]) == (2, missing, outside)


@pytest.mark.parametrize(("score", "position"), [(-1.0, 0.0), (0.25, 0.4), (0.75, 0.9), (2.0, 1.0)])
def test_a_score_has_its_place_among_those_of_the_training_period(score, position):
    assert Habits(REFERENCE).compared([GOOD], [score])["ScorePositions"] == position


def test_the_baseline_was_trained_on_nothing_and_is_compared_with_nobody():
    assert Habits({}).compared([GOOD], [0.25]) == {}


def test_a_log_that_is_full_does_not_stop_the_answer(log):
    os.close(log.descriptor)
    log.now += emitted.INTERVAL_SECONDS
    log.ask()
    log.descriptor = os.open(log.path, os.O_WRONLY | os.O_CREAT)


def test_the_app_counts_what_it_answers_and_refuses(client: Client, log):
    client.app._emitted = log.emitted
    client.invoke({"instances": [ROW, ROW]})
    client.invoke({"instances": [{"weight": "x"}]})
    client("/ping")
    log.emitted.write()
    (line,) = log.lines
    assert (line["Requests"], line["ClientErrors"], len(line["Latency"])) == (2, 1, 1)


@pytest.mark.slow
@pytest.mark.parametrize("baseline", [False, True])
def test_a_server_writes_what_is_left_when_it_is_told_to_end(tmp_path, baseline):
    path, sha256 = ("", "") if baseline else folder(tmp_path)
    told = {"MLOPS_METRICS_NAMESPACE": "shop/dev", "MLOPS_ENDPOINT_NAME": "shop-dev", "MLOPS_CAPTURE": "off"}
    process, port = server(tmp_path, path, sha256, **told)
    with process:
        httpx.post(f"http://127.0.0.1:{port}/invocations", json={"instances": []})
    (line,) = [json.loads(line) for line in (tmp_path / "capture.jsonl").read_text().splitlines()]
    assert (line["Requests"], line["ClientErrors"]) == (1, 1)
    assert line["Release"] == (sha256[:12] or "baseline")
