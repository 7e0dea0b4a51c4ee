import asyncio
from types import SimpleNamespace

import pytest

from ml.serving import connection
from ml.serving.connection import Connection, watch


def idle(**cycle) -> Connection:
    """A connection between two requests, or in the state that `cycle` says."""
    made = Connection.__new__(Connection)
    made.scope = {}  # ty: ignore[invalid-assignment]
    made.cycle = SimpleNamespace(scope=made.scope, more_body=False, response_complete=True, **cycle)  # ty: ignore[invalid-assignment]
    return made


def refusals(made: Connection, monkeypatch, turns: int) -> list[int]:
    """The statuses with which `watch` refuses a connection within so many turns."""
    refused: list[int] = []
    monkeypatch.setattr(connection, "IDLE_SECONDS", 0.05)
    monkeypatch.setattr(Connection, "refuse", lambda _, status, __: refused.append(status))

    async def run() -> None:
        watching = asyncio.create_task(watch({made}, every=0.01))
        await asyncio.sleep(0.01 * turns)
        watching.cancel()

    asyncio.run(run())
    return refused


def test_an_idle_connection_is_closed(monkeypatch):
    assert refusals(idle(), monkeypatch, 30)


def test_a_connection_whose_request_is_being_answered_is_left_alone(monkeypatch):
    made = idle()
    made.cycle.response_complete = False
    assert not refusals(made, monkeypatch, 30)


def test_an_active_connection_is_left_alone(monkeypatch):
    made = idle()

    class Busy:
        @property
        def waiting(self):
            return object(), 0.0 + connection.IDLE_SECONDS

        refuse = made.refuse

    with pytest.MonkeyPatch.context() as patch:
        assert not refusals(Busy(), patch, 30)  # ty: ignore[invalid-argument-type]
