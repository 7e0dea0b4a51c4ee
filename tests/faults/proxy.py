"""A proxy on loopback between a client and a real server, which breaks the answers that a test tells it to."""

import http.client
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding", "content-length")


@dataclass(frozen=True)
class Answer:
    """What is sent to the client: of `body` the first `sent` bytes where the connection breaks before its end."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    sent: int | None = None


@dataclass(frozen=True)
class Request:
    """What the client asked for."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    ended: threading.Event
    """Set when the proxy ends: nobody waits longer."""


Upstream = Callable[[], Answer]
Fault = Callable[[Request, Upstream], Answer]
"""Makes the client's answer. What never calls `upstream` never reaches the server."""


@dataclass
class _Planted:
    fault: Fault
    when: Callable[[Request], bool]
    times: float
    met: int = 0


@dataclass
class Proxy:
    """Forwards every request to `upstream`, a plain HTTP URL."""

    upstream: str
    requests: list[Request] = field(default_factory=list)
    """All that came, in order."""
    _planted: list[_Planted] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        proxy = self

        class Handler(_Handler):
            answer = staticmethod(proxy._answer)
            ended = proxy._ended

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def broken(
        self, fault: Fault, *, when: Callable[[Request], bool] = lambda _request: True, times: float = float("inf")
    ) -> Generator[_Planted]:
        """Breaks the first `times` answers to requests for which `when` says so. The result counts them in `met`."""
        planted = _Planted(fault, when, times)
        with self._lock:
            self._planted.append(planted)
        try:
            yield planted
        finally:
            with self._lock:
                self._planted.remove(planted)

    def _answer(self, request: Request) -> Answer:
        with self._lock:
            self.requests.append(request)
            chosen = next((each for each in self._planted if each.met < each.times and each.when(request)), None)
            if chosen:
                chosen.met += 1
        return chosen.fault(request, lambda: self._forward(request)) if chosen else self._forward(request)

    def _forward(self, request: Request) -> Answer:
        server = urlsplit(self.upstream)
        connection = http.client.HTTPConnection(server.hostname or "", server.port, timeout=60)
        try:
            connection.request(request.method, request.path, request.body, request.headers)
            reply = connection.getresponse()
            headers = [(name, value) for name, value in reply.getheaders() if name.lower() not in HOP_BY_HOP]
            if request.method == "HEAD":
                headers.append(("content-length", reply.getheader("content-length") or "0"))
            return Answer(reply.status, headers, reply.read())
        finally:
            connection.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answer: Callable[[Request], Answer]
    ended: threading.Event

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
        answer = self.answer(Request(self.command, self.path, headers, body, self.ended))
        if answer.status == 0:
            self.close_connection = True
            return
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("content-length", str(len(answer.body)))
        if answer.sent is not None:
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body[: answer.sent])

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _serve  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def refused(status: int, code: str, message: str = "planted") -> Fault:
    """An error as S3 gives it, without the request reaching the server."""
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
    return lambda _request, _upstream: Answer(status, [("content-type", "application/xml")], body)


def slow(seconds: float) -> Fault:
    """The right answer, late."""

    def late(request: Request, upstream: Upstream) -> Answer:
        request.ended.wait(seconds)
        return upstream()

    return late


def truncated(share: float = 0.5) -> Fault:
    """The head and the first part of the body, then the connection closes."""

    def cut(_request: Request, upstream: Upstream) -> Answer:
        answer = upstream()
        return replace(answer, sent=int(len(answer.body) * share))

    return cut


def flipped(share: float = 0.5) -> Fault:
    """One bit of the body turned around."""

    def flip(_request: Request, upstream: Upstream) -> Answer:
        answer = upstream()
        body = bytearray(answer.body)
        if body:
            body[int((len(body) - 1) * share)] ^= 1
        return replace(answer, body=bytes(body))

    return flip


def cut_off() -> Fault:
    """The request reaches the server, its answer nobody: the connection closes."""

    def drop(_request: Request, upstream: Upstream) -> Answer:
        upstream()
        return Answer(0, [], b"")

    return drop


def to(method: str, part: str = "") -> Callable[[Request], bool]:
    """Requests of a method whose path contains a text."""
    return lambda request: request.method == method and part in request.path
