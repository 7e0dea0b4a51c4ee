"""The local endpoint's front: SageMaker runtime's REST path, answered by weighted variants."""

import asyncio
import contextlib
from dataclasses import dataclass
from itertools import count
from time import perf_counter

from orjson import dumps

from ml.serving.choice import SmoothChoice
from ml.serving.errors import DisconnectedError, RequestError, quote
from ml.serving.request import Headers, Receive, Send, read_body
from ml.serving.upstream import Reply, Upstream, UpstreamError

SHADOWS_IN_FLIGHT = 64
FORWARDED = (
    b"content-type",
    b"content-encoding",
    b"accept",
    b"x-amzn-sagemaker-custom-attributes",
    b"x-amzn-sagemaker-inference-id",
)
SESSION = b"x-amzn-sagemaker-session-id"
TARGET = b"x-amzn-sagemaker-target-variant"
INVOKED = b"x-amzn-invoked-production-variant"
ERROR_TYPE = b"x-amzn-errortype"


@dataclass(frozen=True)
class Table:
    """Who answers: the weighted variants, the champion that stands in for them, and who gets copies."""

    champion: str
    upstreams: dict[str, Upstream]
    choice: SmoothChoice
    shadow: str | None = None
    sticky: bool = False


class Router:
    """An ASGI app. A new `table` is swapped in whole, so that each request sees one or the other.

    A request that its variant does not answer (the connection dies, it takes too long, or 5xx) goes to the champion,
    then to whoever else is there.
    """

    def __init__(self, endpoint: str) -> None:
        self.table: Table | None = None
        self.unanswered: set[int] = set()
        """Numbers of attempts whose answer nobody got, though a variant may have captured it."""
        self._open: set[int] = set()
        self._numbers = count(1)
        self._last = 0
        self._path = f"/endpoints/{endpoint}/invocations"
        self._copies: set[asyncio.Task[Reply | None]] = set()

    @property
    def settled(self) -> int:
        """Attempts with a lower number have ended, so that `unanswered` tells all there is to know of them."""
        return min(self._open, default=self._last + 1)

    async def __call__(self, scope: dict, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"{scope['type']} is not served, expected http")
        headers: Headers = dict(scope["headers"])
        try:
            if scope["path"] != self._path:
                raise RequestError("path", f"is {quote(scope['path'])}, expected {self._path}", 404)
            if scope["method"] != "POST":
                raise RequestError("method", f"is {quote(scope['method'])}, expected POST", 405)
            body = await read_body(headers, receive)
            variant, reply = await self._answer(headers, body)
            status, answer_headers, answer = _passed_on(variant, reply)
        except RequestError as error:
            status, answer = error.status, dumps({"message": str(error), **error.to_dict()})
            kind = b"ServiceUnavailable" if status == 503 else b"ValidationError"
            answer_headers = [(b"content-type", b"application/json"), (ERROR_TYPE, kind)]
        except DisconnectedError:
            return
        answer_headers.append((b"content-length", b"%d" % len(answer)))
        await send({"type": "http.response.start", "status": status, "headers": answer_headers})
        await send({"type": "http.response.body", "body": answer})

    async def _answer(self, headers: Headers, body: bytes) -> tuple[str, Reply]:
        table = self.table
        if table is None:
            raise RequestError("endpoint", "has no variant yet", 503)
        first = self._choose(table, headers)
        forwarded = [(name, headers[name]) for name in FORWARDED if name in headers]
        if table.shadow is not None and len(self._copies) < SHADOWS_IN_FLIGHT:
            copy = asyncio.create_task(self._attempt(table.shadow, table.upstreams[table.shadow], forwarded, body))
            self._copies.add(copy)
            copy.add_done_callback(self._copies.discard)
        tried: set[Upstream] = set()
        while first is not None:
            upstream = table.upstreams[first]
            tried.add(upstream)
            reply = await self._attempt(first, upstream, forwarded, body)
            if reply is not None:
                return first, reply
            # The table may have changed meanwhile: who stands in is the champion of now.
            table = self.table or table
            others = [table.champion, *table.choice.weights]
            first = next((name for name in others if table.upstreams[name] not in tried), None)
        raise RequestError("endpoint", "has no variant that answers", 503)

    def _choose(self, table: Table, headers: Headers) -> str:
        target = headers.get(TARGET)
        if target is not None:
            name = target.decode("latin-1")
            if name not in table.choice.weights:
                raise RequestError("TargetVariant", f"is {quote(name)}, expected {', '.join(table.choice.weights)}")
            return name
        session = headers.get(SESSION) if table.sticky else None
        return table.choice.next() if session is None else table.choice.sticky(session)

    async def _attempt(
        self, name: str, upstream: Upstream, headers: list[tuple[bytes, bytes]], body: bytes
    ) -> Reply | None:
        """The variant's reply, or None where it has none to give."""
        self._last = number = next(self._numbers)
        self._open.add(number)
        upstream.in_flight += 1
        upstream.counters.requests += 1
        marks = [(b"x-mlops-variant", name.encode()), (b"x-mlops-request", b"%d" % number)]
        started, reply = perf_counter(), None
        try:
            with contextlib.suppress(UpstreamError):
                reply = await upstream.post(b"/invocations", headers + marks, body)
            if reply is None or reply.status >= 500:
                upstream.counters.errors += 1
                self.unanswered.add(number)
                return None
            upstream.counters.latencies_ms.append((perf_counter() - started) * 1000)
            return reply
        finally:
            upstream.in_flight -= 1
            self._open.discard(number)


def _passed_on(variant: str, reply: Reply) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """The answer as SageMaker's runtime gives it: a model's refusal is a ModelError with the original inside."""
    headers = [(b"content-type", b"application/json"), (INVOKED, variant.encode())]
    if b"x-mlops-release" in reply.headers:
        headers.append((b"x-mlops-release", reply.headers[b"x-mlops-release"]))
    if reply.status < 400:
        return reply.status, headers, reply.body
    original = reply.body.decode(errors="replace")
    message = f"Received client error ({reply.status}) from {variant} with message {quote(original)}"
    body = {"Message": message, "OriginalStatusCode": reply.status, "OriginalMessage": original}
    return 424, [*headers, (ERROR_TYPE, b"ModelError")], dumps(body)
