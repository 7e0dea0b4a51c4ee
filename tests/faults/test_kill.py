"""Killed with SIGKILL at random points: nothing that was answered or registered is lost, nothing is there twice."""

import json
import os
import threading
import time
import zlib
from collections import Counter
from pathlib import Path

import httpx
import numpy as np
import pytest

from ml import agreed, bundle, runs
from ml.serving.delivery import parse
from tests.faults.conftest import Stack, age_lock
from tests.faults.demo import Demo, demo_project, soon
from tests.faults.rides import UNTIL
from tests.ml.serving.processes import server
from tests.ml.serving.small_models import ROW, save
from tests.rehearsal.processes import processes_of

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("FAULTS_SEED", "2013"))
"""Of the moments: another one gives other moments."""


@pytest.fixture
def moments(request: pytest.FixtureRequest) -> np.random.Generator:
    print(f"moments of {request.node.name} by FAULTS_SEED={SEED}")  # noqa: T201
    return np.random.default_rng([SEED, zlib.crc32(request.node.name.encode())])


def whole(stack: Stack) -> list[str]:
    """The sha256 of each release that was recorded; record and bundle are whole, or this fails."""
    models = stack.bucket("models")
    digests = []
    for key in models.keys("releases/"):
        sha256 = models.get_json(key)["sha256"]
        assert bundle.digest(models.get(agreed.bundle_key(sha256)) or b"") == sha256
        digests.append(sha256)
    return digests


def test_a_killed_pipeline_leaves_nothing_half_done_and_its_lock_says_how_to_go_on(
    stack: Stack, undisturbed: str, moments: np.random.Generator
):
    started = time.monotonic()
    assert stack.run("pipeline", *UNTIL).code == 0
    usual = time.monotonic() - started
    killed = 0
    for moment in (moments.uniform(0.05, 0.95) * usual for _ in range(5)):
        run = stack.start("pipeline", *UNTIL)
        time.sleep(moment)
        run.kill()
        killed += run.wait() == -9
        assert set(whole(stack)) == {undisturbed}, f"killed after {moment:.2f} s"
        if stack.bucket("models").get(runs.RUNNING) is None:
            continue
        blocked = stack.run("pipeline", *UNTIL)
        assert blocked.code == 4, blocked
        assert f"delete s3://{stack.wiring.models_bucket}/{runs.RUNNING}" in blocked.err
        age_lock(stack)
    assert killed
    done = stack.run("pipeline", *UNTIL)
    assert (done.code, json.loads(done.out)["sha256"]) == (0, undisturbed)
    assert stack.bucket("models").get(runs.RUNNING) is None


def test_an_mlflow_that_is_killed_under_a_run_ends_it_cleanly_and_the_next_one_gives_the_same_model(
    stack: Stack, undisturbed: str, moments: np.random.Generator
):
    started = time.monotonic()
    assert stack.run("pipeline", *UNTIL).code == 0
    usual = time.monotonic() - started
    for moment in (moments.uniform(0.3, 1) * usual for _ in range(2)):
        run = stack.start("pipeline", *UNTIL, MLFLOW_HTTP_REQUEST_MAX_RETRIES="1")
        time.sleep(moment)
        stack.mlflow.process.kill()
        code = run.wait()
        assert code in (0, 6), f"MLflow killed after {moment:.2f} s: {run.err.read_text()}"
        assert code == 0 or len(run.err.read_text().splitlines()) == 1, run.err.read_text()
        assert stack.bucket("models").get(runs.RUNNING) is None
        assert set(whole(stack)) == {undisturbed}
        stack.mlflow.process.start()
    done = stack.run("pipeline", *UNTIL)
    assert (done.code, json.loads(done.out)["sha256"]) == (0, undisturbed)


class Callers:
    """Clients that ask all the time; what was answered is kept by prediction id."""

    def __init__(self, port: int, clients: int = 4) -> None:
        self.url = f"http://127.0.0.1:{port}/invocations"
        self.answered: dict[str, float] = {}
        self.others: list[str] = []
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(clients)]

    def _ask(self, client: int) -> None:
        with httpx.Client(timeout=10) as session:
            number = 0
            while not self._done.is_set():
                number += 1
                row = {**ROW, "weight": number % 50, "prediction_id": f"{client}-{number}"}
                try:
                    answer = session.post(self.url, json={"instances": [row]})
                except httpx.TransportError:
                    self._done.wait(0.01)
                    continue
                if answer.status_code == 200:
                    self.answered[row["prediction_id"]] = answer.json()["predictions"][0]
                elif answer.status_code != 503:
                    self.others.append(answer.text)

    def __enter__(self) -> "Callers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()


def test_a_killed_server_has_captured_all_that_it_answered(tmp_path: Path, moments: np.random.Generator):
    path, sha256 = save(tmp_path)
    process, port = server(tmp_path, path, sha256)
    kills = 5
    with Callers(port) as callers:
        for _ in range(kills):
            process.start()
            time.sleep(moments.uniform(0.01, 0.6))
            process.kill()
    assert len(callers.answered) > 50
    assert not callers.others
    text = (tmp_path / "capture.jsonl").read_bytes()
    lines = [parse(line) for line in text.splitlines()]
    captured = Counter(line["id"] for line in lines if line)
    scores = {line["id"]: line["prediction"] for line in lines if line}
    assert set(captured.values()) == {1}
    assert set(callers.answered) <= set(captured)
    assert {id_: scores[id_] for id_ in callers.answered} == callers.answered
    assert lines.count(None) <= kills


def test_a_killed_demo_leaves_no_process_and_the_next_one_removes_its_folder(
    tmp_path: Path, moments: np.random.Generator
):
    project = demo_project(tmp_path / "project")
    home = project / ".demo"
    for moment in (moments.uniform(1, 10) for _ in range(2)):
        with Demo(project):
            time.sleep(moment)
        assert soon(lambda: processes_of(project) == []), f"killed after {moment:.1f} s"
    left = set(home.glob("run-*"))
    with Demo(project) as demo:
        demo.until("applied:")
        assert not left & set(home.glob("run-*"))
        assert len(list(home.glob("run-*"))) == 1
    assert soon(lambda: processes_of(project) == [])
