"""What the HTTP server adds for callers that are slow or endless: deadlines and a bound on a request's head."""

import asyncio
from typing import Any, cast

import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from ml.serving.errors import RequestError
from ml.serving.outbox import Corked, Outbox

# SageMaker and load balancers send a request at once; a person with curl does so within a second.
REQUEST_SECONDS = 10.0
# Longer than the 60 s after which load balancers close idle connections: they must be the first to do so.
IDLE_SECONDS = 75.0
MAX_HEAD = 64 * 1024


class Connection(HttpToolsProtocol):
    """A connection of uvicorn whose requests must arrive whole within `REQUEST_SECONDS`, one after the other.

    The deadlines cost the hot path nothing, no timer a request: `watch` looks at all connections from time to time.
    """

    outbox = Outbox(None)
    _head = 0

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._corked = Corked(transport, self.outbox)
        self.transport = cast(asyncio.Transport, self._corked)

    def on_response_complete(self) -> None:
        """As uvicorn's, but the answer goes through the outbox, and idle connections are left to `watch`."""
        self.outbox.put(self._corked)
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is not None and self.scope is self.cycle.scope:
            self._head = 0
            return
        self._head += len(data)
        if self._head > MAX_HEAD:
            self.refuse(431, RequestError("headers", f"are too large, expected at most {MAX_HEAD} bytes"))

    @property
    def waiting(self) -> tuple[Any, float] | None:
        """What stays the same object while we wait for the caller, and for how many seconds we do."""
        cycle = self.cycle
        if cycle is None:
            return self.scope or self, REQUEST_SECONDS
        if self.scope is not cycle.scope:
            return self.scope, REQUEST_SECONDS
        if cycle.more_body:
            return cycle, REQUEST_SECONDS
        return (cycle, IDLE_SECONDS) if cycle.response_complete else None

    def send_400_response(self, msg: str) -> None:
        self.refuse(400, RequestError("request", f"is not HTTP/1.1: {msg}"))

    def refuse(self, status: int, reason: RequestError) -> None:
        """Answers in the app's place, unless it has begun to answer this request, and closes."""
        if self.transport.is_closing():
            return
        if self.cycle is None or self.scope is not self.cycle.scope or not self.cycle.response_started:
            body = orjson.dumps(reason.to_dict())
            head = b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body)
            self.transport.write(STATUS_LINE[status] + head + body)
        self.transport.close()


async def watch(connections: Any, every: float = 1.0) -> None:
    """Closes, for ever, connections on which the caller is waited for too long."""
    loop = asyncio.get_running_loop()
    since: dict[Any, tuple[Any, float]] = {}
    while True:
        await asyncio.sleep(every)
        now, before, since = loop.time(), since, {}
        for connection in list(connections):
            if connection.waiting is None:
                continue
            what, seconds = connection.waiting
            known, start = before.get(connection, (None, now))
            since[connection] = what, start if known is what else now
            if now - since[connection][1] >= seconds:
                connection.refuse(408, RequestError("request", f"was not complete within {seconds:g} s"))
