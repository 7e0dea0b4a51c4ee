"""Lambda's runtime API on loopback, for one function that runs as a process, and a caller of its function URL.

docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html, docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html.
"""

import base64
import json
import queue
import threading
import time
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

NEXT, INVOCATION = "/2018-06-01/runtime/invocation/next", "/2018-06-01/runtime/invocation/"
LIMIT_SECONDS = 60


@dataclass
class RuntimeApi:
    """Hands events to the function one after the other; keeps what it answers."""

    answers: "queue.Queue[tuple[str, bytes]]" = field(default_factory=queue.Queue)
    """What was posted, `response`, `error` or `init error` first."""
    _events: "queue.Queue[tuple[str, bytes] | None]" = field(default_factory=queue.Queue)

    def __enter__(self) -> Self:
        api = self

        class Handler(_Handler):
            runtime = api

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._events.put(None)
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def invoke(self, event: dict[str, Any]) -> dict[str, Any]:
        """What the function makes of an event."""
        self._events.put((str(uuid.uuid4()), json.dumps(event).encode()))
        kind, body = self.answers.get(timeout=LIMIT_SECONDS)
        assert kind == "response", body
        return json.loads(body)

    def call(
        self, method: str, path: str, body: bytes | None = None, *, as_base64: bool = False, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """A request to the function URL: status, headers and body of its answer."""
        sent = {"host": "abc.lambda-url.eu-west-1.on.aws", "x-forwarded-proto": "https", "x-forwarded-port": "443"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": "",
            "headers": sent,
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "abc",
                "authentication": None,
                "domainName": "abc.lambda-url.eu-west-1.on.aws",
                "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
                "requestId": "id",
                "routeKey": "$default",
                "stage": "$default",
                "timeEpoch": 1,
            },
            "isBase64Encoded": as_base64,
        }
        if body is not None:
            event["body"] = base64.b64encode(body).decode() if as_base64 else body.decode()
        answer = self.invoke(event)
        text = answer.get("body", "")
        content = base64.b64decode(text) if answer.get("isBase64Encoded") else text.encode()
        return answer["statusCode"], answer["headers"], content


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    runtime: RuntimeApi

    def do_GET(self) -> None:
        if self.path != NEXT:
            return self._answer(404, b"")
        event = self.runtime._events.get()
        if event is None:
            self.close_connection = True
            return None
        id_, body = event
        return self._answer(
            200,
            body,
            {
                "Lambda-Runtime-Aws-Request-Id": id_,
                "Lambda-Runtime-Deadline-Ms": str(int((time.time() + 30) * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:123456789012:function:served",
                "Content-Type": "application/json",
            },
        )

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path == "/2018-06-01/runtime/init/error":
            kind = "init error"
        else:
            kind = self.path.removeprefix(INVOCATION).partition("/")[2]
        self.runtime.answers.put((kind, body))
        self._answer(202, b"{}")

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Says nothing."""
