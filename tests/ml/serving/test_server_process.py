"""The server as a real process: what it serves, how it ends, and what slow callers get."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from ml.process import free_port
from ml.serving.connection import REQUEST_SECONDS
from tests.ml.serving.processes import server
from tests.ml.serving.small_models import ROW, folder, save

pytestmark = pytest.mark.slow


def test_an_unpacked_bundle_is_served_and_captured_on_stdout(tmp_path):
    process, port = server(tmp_path, *folder(tmp_path))
    with process:
        answer = httpx.post(f"http://127.0.0.1:{port}/invocations", json={"instances": [ROW]}).json()
    [line] = [json.loads(line) for line in (tmp_path / "capture.jsonl").read_text().splitlines()]
    assert [line["prediction"]] == answer["predictions"]
    assert process.tail() == ""


def test_the_baseline_is_served_where_no_model_is_given(tmp_path):
    pytest.importorskip("ml.baseline")
    process, port = server(tmp_path, "", "")
    with process:
        described = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    assert 'mlops_ready{release="' in described


@pytest.fixture
def running(tmp_path):
    process, port = server(tmp_path, *save(tmp_path))
    with process:
        yield process, port


def raw(port: int, *parts: bytes, pause: float = 0.0, wait: float = 30.0) -> bytes:
    """What a connection answers to bytes sent piece by piece."""
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer


HEAD = b"POST /invocations HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"


def test_slow_and_endless_requests_are_refused(running):
    _, port = running
    answers: dict[str, bytes] = {}

    def ask(name: str, *parts: bytes) -> None:
        answers[name] = raw(port, *parts)

    slow = {
        "slow body": (HEAD + b"content-length: 100\r\n\r\n{",),
        "slow chunks": (HEAD + b"transfer-encoding: chunked\r\n\r\n1\r\n{\r\n",),
        "slow head": (HEAD,),
        "silence": (),
    }
    started = time.monotonic()
    threads = [threading.Thread(target=ask, args=(name, *parts)) for name, parts in slow.items()]
    for thread in threads:
        thread.start()
    body = json.dumps({"instances": [ROW]}).encode()
    while time.monotonic() - started < 2:
        assert httpx.post(f"http://127.0.0.1:{port}/invocations", json={"instances": [ROW]}).status_code == 200
    for thread in threads:
        thread.join()
    assert REQUEST_SECONDS < time.monotonic() - started < REQUEST_SECONDS * 2
    for name, answer in answers.items():
        head, _, content = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 408 "), name
        assert json.loads(content)["error"]["field"] == "request", name
    keep = HEAD + b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
    assert raw(port, keep, body[:10], body[10:], pause=0.3).startswith(b"HTTP/1.1 200 ")


def test_a_head_without_end_is_refused(running):
    _, port = running
    answer = raw(port, b"GET /ping HTTP/1.1\r\n", *[b"x-%d: %s\r\n" % (n, b"y" * 4000) for n in range(17)])
    assert answer.startswith(b"HTTP/1.1 431 ")


def test_what_is_not_http_is_refused(running):
    _, port = running
    assert raw(port, b"\x16\x03\x01 hello\r\n\r\n").startswith(b"HTTP/1.1 400 ")


def test_large_bodies_are_refused_whether_announced_or_not_and_memory_stays_bounded(running):
    process, port = running
    url = f"http://127.0.0.1:{port}/invocations"
    headers = {"content-type": "application/json"}

    def endless():
        for _ in range(64):
            yield b" " * 1024 * 1024

    for _ in range(3):
        assert httpx.post(url, content=b"[" * 7_000_000, headers=headers).status_code == 413
        assert httpx.post(url, content=endless(), headers=headers).status_code == 413
        objects = b'{"instances":[' + b"{}," * 1_900_000 + b"{}]}"
        assert httpx.post(url, content=objects, headers=headers).status_code == 413
    if sys.platform == "linux":
        status = Path(f"/proc/{process.pid}/status").read_text()
        peak = int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
        assert peak < 200_000
    assert httpx.post(url, json={"instances": [ROW]}).status_code == 200


def test_sigterm_lets_requests_in_flight_finish(running):
    process, port = running
    body = json.dumps({"instances": [ROW]}).encode()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(HEAD + b"content-length: %d\r\n\r\n" % len(body) + body[:10])
        time.sleep(0.3)
        os.kill(process.pid, signal.SIGTERM)
        time.sleep(0.3)
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://127.0.0.1:{port}/ping")
        connection.sendall(body[10:])
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
    deadline = time.monotonic() + 5
    while process.running and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not process.running


def test_a_reader_that_goes_away_costs_the_record_and_not_the_answer(tmp_path):
    path, sha256 = save(tmp_path)
    port = free_port()
    env = {**os.environ, "MLOPS_MODEL_DIR": str(path), "MLOPS_MODEL_SHA256": sha256}
    command = [sys.executable, "-m", "ml.serving", "--port", str(port)]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.close()
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{url}/ping").status_code == 200:
                    break
            except httpx.ConnectError:
                time.sleep(0.05)
        assert httpx.post(f"{url}/invocations", json={"instances": [ROW]}).status_code == 200
        assert "mlops_capture_lost_total 1.0" in httpx.get(f"{url}/metrics").text
        child.terminate()


def test_requests_sent_ahead_are_answered_in_order_and_captured_before_the_answer(running, tmp_path):
    _, port = running
    requests = []
    for number in range(5):
        body = json.dumps({"instances": [{**ROW, "prediction_id": f"p{number}"}]}).encode()
        requests.append(HEAD + b"content-length: %d\r\n\r\n" % len(body) + body)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"".join(requests))
        answers = b""
        while answers.count(b"prediction_ids") < 5:
            answers += connection.recv(65536)
            captured = (tmp_path / "capture.jsonl").read_bytes().count(b"\n")
            assert captured >= answers.count(b"prediction_ids")
    assert [part[2:4] for part in answers.split(b'"prediction_ids":')[1:]] == [b"p%d" % number for number in range(5)]


def test_a_caller_that_waits_for_100_continue_gets_it(running):
    _, port = running
    body = json.dumps({"instances": [ROW]}).encode()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(HEAD + b"expect: 100-continue\r\ncontent-length: %d\r\n\r\n" % len(body))
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
    assert raw(port, HEAD + b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(body) + body).endswith(b"]}")
    assert raw(port, b"HEAD /ping HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").startswith(b"HTTP/1.1 200 ")
