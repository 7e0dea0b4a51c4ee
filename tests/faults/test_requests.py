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
from tests.ml.serving.processes import server
from tests.ml.serving.small_models import ROW, SCHEMA, save

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
        # Counted by the server itself, whoever was still there to read it.
        assert not re.search(r'mlops_requests_total{.*status="500"', httpx.get(f"http://127.0.0.1:{port}/metrics").text)
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


Bytes = st.SearchStrategy[bytes]
BODY = json.dumps({"instances": [ROW]}).encode()
NAMES = (
    "content-type",
    "content-type",
    "content-length",
    "content-encoding",
    "transfer-encoding",
    "expect",
    "connection",
    "x",
)
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
METHODS = (b"POST", b"POST", b"GET", b"HEAD", b"PUT", b"CONNECT", b"get")
PATHS = (
    b"/invocations",
    b"/invocations",
    b"/v2/models/parcels/infer",
    b"/ping",
    b"*",
    b"/%ff",
    b"//",
    b"/metrics?a=%00",
)


def requests(methods: Bytes, paths: Bytes, names: Bytes, values: Bytes) -> Bytes:
    """Requests of such parts, whose length is right unless a header says otherwise."""
    header = st.tuples(names, values)
    return st.builds(
        lambda method, path, headers, body: (
            b"%s %s HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n%s\r\n%s"
            % (method, path, len(body), b"".join(b"%s: %s\r\n" % each for each in headers), body)
        ),
        methods,
        paths,
        st.lists(header, max_size=4),
        st.sampled_from([BODY, BODY[:-9], b""]) | st.binary(max_size=200),
    )


def among(*values: bytes | str) -> Bytes:
    return st.sampled_from([value if isinstance(value, bytes) else value.encode() for value in values])


some = st.binary(max_size=20)
well_formed = requests(among(*METHODS), among(*PATHS), among(*NAMES), among(*VALUES))
malformed = requests(among(*METHODS) | some, among(*PATHS) | some, among(*NAMES) | some, among(*VALUES) | some)
hostile = (
    well_formed | malformed | st.lists(well_formed, min_size=2, max_size=3).map(b"".join) | st.binary(max_size=300)
)


def ask(port: int, sent: bytes) -> bytes:
    """What the server answers to bytes before it is silent: it still waits for more of a request that is not whole."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=15) as connection:
        try:
            connection.sendall(sent)
            connection.settimeout(0.05)
            while chunk := connection.recv(65536):
                answer += chunk
        except (ConnectionError, TimeoutError):
            pass
    return answer


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(sent=hostile)
@example(sent=b"POST /invocations HTTP/1.1\r\ncontent-length: 9\r\ncontent-length: 90\r\n\r\n{}")
@example(sent=b"POST /invocations HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n")
def test_bytes_that_only_look_like_requests_get_4xx_or_nothing(served: tuple[Process, str, int], sent: bytes):
    process, _, port = served
    answers = ask(port, sent)
    assert not re.search(rb"HTTP/1\.1 5\d\d ", answers), answers
    assert b"NaN" not in answers
    assert process.running
    if b"HTTP/1.1 " in answers:
        assert re.match(rb"HTTP/1\.1 [1-4]\d\d ", answers), answers


def test_a_body_that_would_swell_is_refused_unread(served: tuple[Process, str, int]):
    import gzip

    bomb = gzip.compress(bytes(200_000_000), compresslevel=1)
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    answer: Any = httpx.post(f"{served[1]}/invocations", content=bomb, headers=headers)
    assert (answer.status_code, answer.json()["error"]["field"]) == (415, "content-encoding")
