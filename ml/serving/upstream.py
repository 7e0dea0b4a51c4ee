"""The router's side of a variant: an HTTP/1.1 client with kept connections."""

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass, field

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]

LATENCIES_KEPT = 20_000
# SageMaker's own limit for a model to answer.
TIMEOUT = 60.0


class UpstreamError(Exception):
    """A variant that did not answer."""


@dataclass(frozen=True)
class Reply:
    """A variant's answer."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


@dataclass
class Counters:
    """What a variant did so far; an error is a request that it did not answer, or with 5xx."""

    requests: int = 0
    errors: int = 0
    latencies_ms: deque[float] = field(default_factory=lambda: deque(maxlen=LATENCIES_KEPT))

    def copy(self) -> "Counters":
        return Counters(self.requests, self.errors, self.latencies_ms.copy())


class Upstream:
    """One variant's server, its counters, and the requests that it is answering now."""

    def __init__(self, port: int, timeout: float = TIMEOUT) -> None:
        self.port, self.timeout = port, timeout
        self.counters = Counters()
        self.in_flight = 0
        self._idle: list[Connection] = []

    async def post(self, path: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> Reply:
        """Sends a request on a kept or new connection. Raises UpstreamError when no whole answer came in time."""
        lines = [b"POST %b HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: %d\r\n" % (path, len(body))]
        request = b"".join([*lines, *(b"%b: %b\r\n" % header for header in headers), b"\r\n", body])
        try:
            async with asyncio.timeout(self.timeout):
                kept = self._kept()
                if kept is not None:
                    # A server may close a connection just when we use it again: that is no failure to answer.
                    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                        return await self._exchange(kept, request)
                return await self._exchange(await asyncio.open_connection("127.0.0.1", self.port), request)
        except (OSError, EOFError, LookupError, ValueError, asyncio.LimitOverrunError, TimeoutError) as error:
            raise UpstreamError(f"port {self.port}: {error!r}") from error

    async def _exchange(self, connection: Connection, request: bytes) -> Reply:
        reader, writer = connection
        keep = False
        try:
            writer.write(request)
            await writer.drain()
            reply = await _reply(reader)
            keep = reply.headers.get(b"connection") != b"close"
            return reply
        finally:
            if keep:
                self._idle.append(connection)
            else:
                writer.close()

    async def drain(self, seconds: float) -> bool:
        """Waits until nothing is in flight, and closes the kept connections. False when that took too long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.in_flight:
                    await asyncio.sleep(0.005)
        while self._idle:
            self._idle.pop()[1].close()
        return self.in_flight == 0

    def _kept(self) -> Connection | None:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return None


async def _reply(reader: asyncio.StreamReader) -> Reply:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head[:-4].split(b"\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
    return Reply(int(first.split()[1]), headers, await reader.readexactly(int(headers[b"content-length"])))
