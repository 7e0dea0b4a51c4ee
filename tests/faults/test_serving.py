"""The model server while its model is still coming, and while MLflow is gone."""

import os
import signal
import time
from pathlib import Path

import httpx
import pytest

from ml.process import Process, free_port
from ml.serving.server import BUNDLE_REFUSED
from tests.faults.conftest import Stack
from tests.faults.demo import soon
from tests.ml.serving.processes import server
from tests.ml.serving.small_models import ROW, save

pytestmark = pytest.mark.slow

NOWHERE = f"http://127.0.0.1:{free_port()}"
GONE = {"MLOPS_TRACKING_URI": NOWHERE, "MLFLOW_TRACKING_URI": NOWHERE}


@pytest.fixture
def coming(tmp_path: Path) -> tuple[Process, str, Path, bytes]:
    """A server, its URL, and a pipe through which its bundle comes as slowly as a test likes."""
    path, sha256 = save(tmp_path)
    pipe = tmp_path / "coming.tar.gz"
    os.mkfifo(pipe)
    process, port = server(tmp_path, pipe, sha256)
    process._ready = lambda: listens(f"http://127.0.0.1:{port}")
    return process, f"http://127.0.0.1:{port}", pipe, path.read_bytes()


def listens(url: str) -> bool:
    try:
        return httpx.get(f"{url}/v2/health/live").status_code == 200
    except httpx.TransportError:
        return False


def test_a_server_whose_model_is_still_coming_takes_no_traffic_and_then_all(coming: tuple[Process, str, Path, bytes]):
    process, url, pipe, content = coming
    with process:
        with pipe.open("wb") as slow:
            slow.write(content[:1000])
            slow.flush()
            for _ in range(3):
                assert httpx.get(f"{url}/ping").status_code == 503
                refused = httpx.post(f"{url}/invocations", json={"instances": [ROW]})
                assert (refused.status_code, refused.json()["error"]["message"]) == (503, "is not loaded yet")
                time.sleep(0.1)
            slow.write(content[1000:])
        assert soon(lambda: httpx.get(f"{url}/ping").status_code == 200)
        assert httpx.post(f"{url}/invocations", json={"instances": [ROW]}).status_code == 200


def test_a_model_that_breaks_off_on_its_way_is_refused_with_a_code_and_a_sentence(
    coming: tuple[Process, str, Path, bytes],
):
    process, _, pipe, content = coming
    with process:
        pipe.write_bytes(content[:-1])
        assert soon(lambda: process.returncode is not None)
        assert process.returncode == BUNDLE_REFUSED
    assert process.tail().startswith("the bundle is refused and takes no traffic: the archive's sha256 is ")


def test_a_server_that_still_waits_for_its_model_ends_when_it_is_told_to(coming: tuple[Process, str, Path, bytes]):
    process, _, _, _ = coming
    with process:
        os.kill(process.pid, signal.SIGTERM)
        assert soon(lambda: process.returncode is not None, 5)
        assert process.returncode == -signal.SIGTERM


def test_serving_starts_and_answers_while_mlflow_is_gone(stack: Stack, tmp_path: Path):
    process, port = server(tmp_path, *save(tmp_path), **{**stack.environ, **GONE})
    with process:
        answer = httpx.post(f"http://127.0.0.1:{port}/invocations", json={"instances": [ROW]})
        assert answer.status_code == 200
    assert process.tail() == ""


def test_a_promotion_while_mlflow_is_gone_is_not_taken_for_a_version_that_does_not_exist(stack: Stack):
    done = stack.run("promote", "1", MLFLOW_HTTP_REQUEST_MAX_RETRIES="1", **GONE)
    assert done.code == 6, done
    assert "Connection refused" in done.said
