import asyncio
from collections.abc import Awaitable, Callable

import pytest

from ml.serving.upstream import Upstream, UpstreamError

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nX-A: b\r\n\r\n{}"


def talk(*answers: bytes, then: Callable[[Upstream], Awaitable[None]]) -> int:
    """Runs `then` against a server that gives one answer a request, b"" for hanging up; returns its connections."""
    connections = 0
    left = list(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while left and await reader.read(65536):
            answer = left.pop(0)
            writer.write(answer)
            if not answer:
                break
        writer.close()

    async def run() -> None:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            await then(Upstream(server.sockets[0].getsockname()[1], timeout=1.0))

    asyncio.run(run())
    return connections


def test_a_connection_is_kept():
    async def then(upstream: Upstream) -> None:
        for _ in range(3):
            reply = await upstream.post(b"/", [(b"a", b"b")], b"{}")
            assert (reply.status, reply.headers[b"x-a"], reply.body) == (200, b"b", b"{}")
        await upstream.drain(1)

    assert talk(ANSWER, ANSWER, ANSWER, then=then) == 1


def test_a_kept_connection_that_was_closed_meanwhile_is_no_failure():
    async def then(upstream: Upstream) -> None:
        await upstream.post(b"/", [], b"{}")
        assert (await upstream.post(b"/", [], b"{}")).status == 200
        await upstream.drain(1)

    assert talk(ANSWER, b"", ANSWER, then=then) == 2


@pytest.mark.parametrize("answer", [b"", ANSWER[:-1], b"HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"\r\n\r\n"])
def test_half_an_answer_is_none(answer):
    async def then(upstream: Upstream) -> None:
        with pytest.raises(UpstreamError):
            await upstream.post(b"/", [], b"{}")

    talk(answer, then=then)


def test_nobody_there_is_no_answer():
    async def then(upstream: Upstream) -> None:
        with pytest.raises(UpstreamError):
            await Upstream(1).post(b"/", [], b"{}")

    talk(then=then)


def test_draining_waits_for_what_is_in_flight_and_not_for_ever():
    async def then(upstream: Upstream) -> None:
        upstream.in_flight = 1
        assert not await upstream.drain(0.05)
        asyncio.get_running_loop().call_later(0.05, setattr, upstream, "in_flight", 0)
        assert await upstream.drain(5)

    talk(then=then)
