"""The model server against two others of the same model, and against its own stack answering a constant."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.benchmarks import load
from tests.benchmarks.figures import Figure
from tests.benchmarks.load import Load
from tests.benchmarks.model import Served, example
from tests.benchmarks.process import cpu_seconds, memory
from tests.benchmarks.servers import CONSTANT, MLFLOW, OURS, RIVAL, Server, serving


@dataclass(frozen=True, kw_only=True)
class Round:
    """One server in one round."""

    load: Load
    cpu: float
    """CPU time of the server a request, in us."""


def measure(*, rounds: int = 7, seconds: float = 3, model: Callable[[], Served] = example) -> list[Figure]:
    """Rates and latencies of one row a request, on 32 connections, one worker each."""
    with tempfile.TemporaryDirectory() as name:
        folder, served = Path(name), model()
        with serving(served, [OURS, RIVAL, MLFLOW], folder) as servers:
            seen = interleaved(servers, folder, rounds=rounds, seconds=seconds)
            held = {name: memory(server.process.pid) for name, server in servers.items()}
    ours = seen[OURS]
    figures = []
    for rival, goal in ((RIVAL, 4), (MLFLOW, 20)):
        theirs = seen[rival]
        figures += [
            Figure.of(
                [ours_.load.rate / theirs_.load.rate for ours_, theirs_ in zip(ours, theirs, strict=True)],
                what=f"serving, requests a second against {rival}",
                unit="x",
                goal=goal,
                better="more",
                note=f"{_rates(ours)} against {_rates(theirs)} a second; CPU {_cpu(ours)} against {_cpu(theirs)}",
            ),
            Figure.of(
                [ours_.load.p99 / theirs_.load.p99 for ours_, theirs_ in zip(ours, theirs, strict=True)],
                what=f"serving, p99 against {rival}",
                unit="x",
                goal=0.25,
                note=f"{_p99(ours)} against {_p99(theirs)}",
            ),
        ]
    rss, pss = held.pop(OURS)
    others = ", ".join(f"{name} {theirs:.0f} MB" for name, (theirs, _) in held.items())
    return [
        *figures,
        Figure(what="serving, memory (RSS)", measured=rss, unit=" MB", goal=150, note=others),
        Figure(what="serving, memory (PSS)", measured=pss, unit=" MB", goal=150),
    ]


def measure_stack(*, rounds: int = 7, seconds: float = 3, model: Callable[[], Served] = example) -> list[Figure]:
    """How much of its ASGI stack's speed the model server keeps, on 32 connections."""
    with tempfile.TemporaryDirectory() as name:
        folder, served = Path(name), model()
        with serving(served, [OURS, CONSTANT], folder) as servers:
            seen = interleaved(servers, folder, rounds=rounds, seconds=seconds)
    pairs = list(zip(seen[OURS], seen[CONSTANT], strict=True))
    return [
        Figure.of(
            [100 * ours.load.rate / constant.load.rate for ours, constant in pairs],
            what="serving against its own stack answering a constant, requests a second",
            unit=" %",
            goal=55,
            better="more",
            note=f"{_rates(seen[OURS])} against {_rates(seen[CONSTANT])} a second",
        ),
        Figure.of(
            [100 * constant.cpu / ours.cpu for ours, constant in pairs],
            what="the same, by the server's CPU time a request",
            unit=" %",
            better="more",
            note=f"{_cpu(seen[OURS])} against {_cpu(seen[CONSTANT])}",
        ),
    ]


def interleaved(servers: dict[str, Server], folder: Path, *, rounds: int, seconds: float) -> dict[str, list[Round]]:
    """Each server's rounds, taken in turns, so that what else the machine does hits all alike; one to warm up."""
    for server in servers.values():
        load.apply(server.url, server.body, folder, seconds=1)
    seen: dict[str, list[Round]] = {name: [] for name in servers}
    for _ in range(rounds):
        for name, server in servers.items():
            before = cpu_seconds(server.process.pid)
            one = load.apply(server.url, server.body, folder, seconds=seconds)
            used = cpu_seconds(server.process.pid) - before
            seen[name].append(Round(load=one, cpu=used / one.requests * 1e6))
    return seen


def _rates(rounds: list[Round]) -> str:
    return f"{median(one.load.rate for one in rounds):,.0f}"


def _p99(rounds: list[Round]) -> str:
    return f"{median(one.load.p99 for one in rounds):.1f} ms"


def _cpu(rounds: list[Round]) -> str:
    return f"{median(one.cpu for one in rounds):,.0f} us"
