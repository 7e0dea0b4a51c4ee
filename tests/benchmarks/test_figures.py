"""Each measurement at a tiny size: that it measures, never how fast."""

import math
import shutil
import subprocess

import pulumi_aws
import pytest
from rich.console import Console
from typer.testing import CliRunner

from infra.source import ROOT
from tests.benchmarks import __main__ as bench
from tests.benchmarks import batch, drift, generation, load, plan, process, rehearsal, replay, servers, serving
from tests.benchmarks.figures import CannotMeasureError, Figure, table
from tests.benchmarks.model import Served, example
from tests.rehearsal.stack import shipped

HAS_WRK = pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not on the path")


@pytest.fixture(scope="module")
def served() -> Served:
    return example(days=10)


def sane(figures: list[Figure]) -> bool:
    return bool(figures) and all(math.isfinite(figure.measured) and figure.measured > 0 for figure in figures)


@pytest.mark.parametrize(
    ("measured", "better", "reached"),
    [(4, "more", True), (3.9, "more", False), (4, "less", True), (4.1, "less", False)],
)
def test_a_goal_is_reached_from_its_own_side(measured: float, better, reached: bool):
    assert Figure(what="it", measured=measured, unit="x", goal=4, better=better).reached is reached


def test_rounds_are_shown_as_their_median_and_spread():
    console = Console(width=200)
    with console.capture() as shown:
        console.print(table([Figure.of([1.0, 9.0, 2.0], what="it", unit=" s", goal=1.5)]))
    row = next(line for line in shown.get().splitlines() if " it " in line)
    assert [cell.strip() for cell in row.strip("│").split("│")] == ["it", "2 s", "1 s to 9 s", "≤ 1.5 s", "no", ""]


@pytest.mark.parametrize("name", bench.MEASUREMENTS)
def test_every_measurement_is_there(name: str):
    assert callable(bench.measurement(name))


def test_an_unknown_name_is_refused_before_anything_is_measured():
    refused = CliRunner().invoke(bench.app, ["drifts"])
    assert refused.exit_code == 2
    assert "drifts is not known, expected serving" in refused.output


def test_a_goal_that_is_missed_or_cannot_be_measured_ends_with_an_exit_code(monkeypatch: pytest.MonkeyPatch):
    def run(measure) -> int:
        monkeypatch.setattr(bench, "measurement", lambda _name: measure)
        return CliRunner().invoke(bench.app, ["drift", "--json"]).exit_code

    def impossible() -> list[Figure]:
        raise CannotMeasureError("no such thing")

    assert run(lambda: [Figure(what="it", measured=1, unit=" s", goal=2)]) == 0
    assert run(lambda: [Figure(what="it", measured=3, unit=" s", goal=2)]) == 1
    assert run(impossible) == 2


def test_without_wrk_the_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotMeasureError, match="apt-get install wrk"):
        load.apply("http://127.0.0.1:9", b"{}", tmp_path, seconds=1)


@pytest.mark.slow
def test_drift_is_judged_from_what_is_kept():
    figures = drift.measure(window=2000, columns=10, small=20_000, large=60_000)
    assert sane(figures)
    assert figures[0].note.endswith("the training period")


@pytest.mark.slow
def test_rows_are_scored_into_a_file(served: Served):
    assert sane(batch.measure(rows=5000, served=served))


@pytest.mark.slow
@pytest.mark.parametrize("env", ["dev", "prod"])
def test_the_bare_program_registers_what_the_plan_does(env: str, tmp_path):
    assert sane(plan.measure(env=env, rounds=1, cold=1, root=shipped(tmp_path)))
    assert {make.func for make in plan.bare} > {pulumi_aws.s3.Bucket, plan.Component, plan.Custom}


@pytest.mark.skipif(not (ROOT / "cookiecutter.json").exists(), reason="a generated project has no template")
@pytest.mark.slow
def test_both_ways_of_generating_make_a_project():
    assert sane(generation.measure(rounds=1))


def test_a_generated_project_says_that_it_has_no_template(tmp_path):
    with pytest.raises(CannotMeasureError, match="only the template generates"):
        generation.measure(rounds=1, template=tmp_path)


@pytest.mark.slow
def test_the_replay_predicts_checks_and_trains():
    (figure,) = replay.measure(weeks=1)
    assert sane([figure])
    assert "1 windows, 1 trainings" in figure.note


@pytest.mark.slow
def test_a_rehearsal_is_applied_and_destroyed(tmp_path):
    assert sane(rehearsal.measure(goals={"dev": 30}, root=shipped(tmp_path)))


@pytest.mark.slow
@HAS_WRK
def test_the_stack_is_measured_against_a_server_that_predicts(served: Served):
    assert sane(serving.measure_stack(rounds=1, seconds=1, model=lambda: served))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*Any type hint is inferred:UserWarning")
def test_mlflow_serves_the_same_model_and_its_memory_is_counted_with_its_children(served: Served, tmp_path):
    with servers.serving(served, [servers.OURS, servers.MLFLOW], tmp_path) as running:
        answers = [server.ask() for server in running.values()]
        rss, pss = process.memory(running[servers.MLFLOW].process.pid)
    assert answers == pytest.approx([served.expected] * 2, abs=1e-5)
    assert rss > pss > 50


@pytest.mark.slow
def test_a_server_of_another_model_is_not_compared(served: Served, tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Served, "expected", 0.123)
    with (
        pytest.raises(RuntimeError, match=r"expected 0\.123: another model"),
        servers.serving(served, [servers.OURS], tmp_path),
    ):
        pytest.fail("it must not be measured")


@pytest.mark.slow
@HAS_WRK
def test_a_refused_request_is_no_answer(served: Served, tmp_path):
    with (
        servers.serving(served, [servers.OURS], tmp_path) as running,
        pytest.raises(RuntimeError, match=r"requests to .* failed"),
    ):
        load.apply(running[servers.OURS].url, b"{}", tmp_path, seconds=1)


def test_a_process_is_counted_with_what_it_started():
    child = subprocess.Popen(["sh", "-c", "sleep 30 & wait"])
    try:
        while len(process.family(child.pid)) < 2:
            pass
        rss, pss = process.memory(child.pid)
        assert rss >= pss > 0
    finally:
        for pid in reversed(process.family(child.pid)):
            subprocess.run(["kill", str(pid)], check=False)
        child.wait()
