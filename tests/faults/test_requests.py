"""Hostile requests to the server as a process: 4xx with a field, never 5xx, never NaN, and it serves on."""

import json
import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from ml.process import Process
from tests.faults.openapi import document
from tests.faults.server import ROW, server
from tests.ml.serving.small_models import SCHEMA, save

pytestmark = pytest.mark.slow

CHECKS: list[schemathesis.CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
UVICORN_SAYS = {"Invalid", "Unsupported", "No"}
"""How its lines begin on what is not HTTP and on upgrades to WebSocket. Nothing else is logged, and no traceback."""
MOST_MEMORY = 200 * 1024
"""kB of resident memory that the server has ever had."""

api = schemathesis.openapi.from_dict(document(SCHEMA))
api.config.generation.update(modes=list(schemathesis.GenerationMode))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Process, str, int]]:
    """One server for all requests: none of them may end it, or make it write to its log."""
    folder = tmp_path_factory.mktemp("hostile")
    process, port = server(folder, *save(folder))
    with process:
        yield process, f"http://127.0.0.1:{port}", port
        assert httpx.post(f"http://127.0.0.1:{port}/invocations", json={"instances": [ROW]}).status_code == 200
        assert {line.split(" ")[0] for line in process.log.read_text().splitlines()} <= UVICORN_SAYS
        if sys.platform == "linux":
            status = Path(f"/proc/{process.pid}/status").read_text()
            assert int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) < MOST_MEMORY
    captured = [json.loads(line) for line in (folder / "capture.jsonl").read_text().splitlines()]
    assert all(0 <= line["prediction"] <= 1 for line in captured)


@api.parametrize()
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_whatever_the_description_says_holds(case: schemathesis.Case, served: tuple[Process, str, int]):
    response = case.call(base_url=served[1])
    case.validate_response(response, checks=CHECKS)
    if case.meta is not None and case.meta.generation.mode.is_positive:
        assert response.status_code == 200, response.text


BODY = json.dumps({"instances": [ROW]}).encode()
NAMES = ("content-type", "content-length", "content-encoding", "transfer-encoding", "expect", "connection", "x")
VALUES = (
    "application/json",
    "text/csv",
    "gzip",
    "chunked",
    "identity",
    "0",
    "7",
    "-1",
    "99999999999999",
    "100-continue",
)
value = st.sampled_from([value.encode() for value in VALUES]) | st.binary(max_size=30)
header = st.tuples(st.sampled_from([name.encode() for name in NAMES]) | st.binary(max_size=10), value)
path = st.sampled_from([b"/invocations", b"/v2/models/parcels/infer", b"/ping", b"*", b"/%ff", b"//"]) | st.binary(
    max_size=40
)
request = st.builds(
    lambda method, path, headers, body: (
        b"%s %s HTTP/1.1\r\n%s\r\n%s" % (method, path, b"".join(b"%s: %s\r\n" % each for each in headers), body)
    ),
    st.sampled_from([b"POST", b"GET", b"HEAD", b"PUT", b"CONNECT", b"get"]) | st.binary(max_size=8),
    path,
    st.lists(header, max_size=5),
    st.just(BODY) | st.binary(max_size=200),
)


def ask(port: int, sent: bytes) -> bytes:
    """All that the server answers to bytes after which we say no more."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=15) as connection:
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            while chunk := connection.recv(65536):
                answer += chunk
        except ConnectionError:
            pass
    return answer


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(sent=request | st.lists(request, min_size=2, max_size=3).map(b"".join) | st.binary(max_size=300))
@example(sent=b"POST /invocations HTTP/1.1\r\ncontent-length: 9\r\ncontent-length: 90\r\n\r\n{}")
@example(sent=b"POST /invocations HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n")
def test_bytes_that_only_look_like_requests_get_4xx_or_nothing(served: tuple[Process, str, int], sent: bytes):
    process, url, port = served
    answers = ask(port, sent)
    assert not re.search(rb"HTTP/1\.1 5\d\d ", answers), answers
    assert b"NaN" not in answers
    assert process.running
    assert httpx.get(f"{url}/ping").status_code == 200


def test_a_body_that_would_swell_is_refused_unread(served: tuple[Process, str, int]):
    import gzip

    bomb = gzip.compress(bytes(200_000_000), compresslevel=1)
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    answer: Any = httpx.post(f"{served[1]}/invocations", content=bomb, headers=headers)
    assert (answer.status_code, answer.json()["error"]["field"]) == (415, "content-encoding")
