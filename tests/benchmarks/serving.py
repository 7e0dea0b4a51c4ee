"""`python tests/benchmarks/serving.py`: how much of its ASGI stack's speed the model server keeps.

Each server runs alone against the same clients on loopback; what counts is the ratio to the same stack (uvicorn,
httptools, uvloop) answering a constant. Times depend on the machine and on what else it does: compare rows.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson
import uvicorn
import uvloop
from onnxmltools.convert import convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType
from xgboost import XGBRegressor

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from ml import bundle  # noqa: E402
from ml.process import Process, free_port  # noqa: E402
from ml.schema import Feature, Schema  # noqa: E402

FEATURES = 28
CONSTANT = b'{"predictions":[0.25],"prediction_ids":["a1b2c3d4e5f6a7b8c9d0-1f"]}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(CONSTANT))]


async def constant(scope, receive, send) -> None:
    """The least that an ASGI app can do: take the body, answer the same."""
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": CONSTANT})


@dataclass
class Measured:
    """What one server did under one load."""

    rate: float
    p50: float
    p99: float
    cpu: float


class Caller(asyncio.Protocol):
    """One connection that asks again as soon as it is answered."""

    def __init__(self, request: bytes, seconds: list[float]) -> None:
        self.request, self.seconds = request, seconds
        self.asking = True

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        self.started = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        # The last byte of either answer; uvicorn alone sends head and body apart.
        if not data.endswith(b"}"):
            return
        self.seconds.append(time.perf_counter() - self.started)
        if self.asking:
            self.ask()
        else:
            self.transport.close()


async def load(port: int, body: bytes, connections: int, seconds: float) -> list[float]:
    head = b"POST /invocations HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    loop, latencies = asyncio.get_running_loop(), []
    request = head % len(body) + body
    callers = [
        (await loop.create_connection(lambda: Caller(request, latencies), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    await asyncio.sleep(seconds / 4)
    latencies.clear()
    await asyncio.sleep(seconds)
    measured = latencies.copy()
    for caller in callers:
        caller.asking = False
    await asyncio.sleep(0.1)
    return measured


def cpu_seconds(pid: int) -> float:
    """CPU time of a process; 0 where there is no /proc."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def measure(process: Process, port: int, body: bytes, connections: int, seconds: float) -> Measured:
    before = cpu_seconds(process.pid)
    latencies = np.array(uvloop.run(load(port, body, connections, seconds)))
    cpu = (cpu_seconds(process.pid) - before) / (len(latencies) * 1.25)
    p50, p99 = np.quantile(latencies, [0.5, 0.99]) * 1000
    return Measured(len(latencies) / seconds, p50, p99, cpu * 1e6)


def model() -> tuple[bytes, bytes]:
    """A bundle of the size of the example's model, and a request of one row."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(5000, FEATURES)).astype(np.float32)
    label = rows[:, 0] + rows[:, 1] * rows[:, 2] + rng.normal(size=5000) > 0
    trees = XGBRegressor(n_estimators=150, max_depth=4, n_jobs=1, objective="binary:logistic").fit(rows, label)
    onnx = convert_xgboost(trees, initial_types=[("features", FloatTensorType([None, FEATURES]))])
    names = [f"feature_{number}" for number in range(FEATURES)]
    schema = Schema(name="benchmark", task="regression", features=tuple(Feature(name=name) for name in names))
    archive = bundle.write(model=onnx.SerializeToString(), schema=schema, reference={})
    row = {name: round(random.Random(name).gauss(0, 1), 3) for name in names}  # noqa: S311
    return archive, orjson.dumps({"dataframe_records": [row]})


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 32])
    parser.add_argument("--serve-constant", type=int, metavar="PORT", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve_constant:
        uvicorn.run(constant, port=arguments.serve_constant, access_log=False, lifespan="off", log_level="error")
        return
    archive, body = model()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "model.tar.gz").write_bytes(archive)
        ours = {"MLOPS_MODEL_DIR": str(folder / "model.tar.gz"), "MLOPS_MODEL_SHA256": bundle.digest(archive)}
        servers = {
            "constant": (["tests/benchmarks/serving.py", "--serve-constant"], {}),
            "model server": (["-m", "ml.serving", "--port"], ours),
            "without capture": (["-m", "ml.serving", "--port"], {**ours, "MLOPS_CAPTURE": "off"}),
        }
        say(f"{'':16}{'clients':>8}{'req/s':>9}{'ratio':>7}{'p50 ms':>8}{'p99 ms':>8}{'CPU us':>8}{'ratio':>7}")
        for connections in arguments.connections:
            best: dict[str, Measured] = {}
            for _ in range(arguments.rounds):
                for label, (command, env) in servers.items():
                    port = free_port()
                    process = Process(
                        [sys.executable, *command, str(port)],
                        name=label,
                        log=folder / "log",
                        output=folder / "capture",
                        ready=f"http://127.0.0.1:{port}/ping",
                        env={**env, "PYTHONPATH": str(ROOT)},
                    )
                    with process:
                        seen = measure(process, port, body, connections, arguments.seconds)
                    (folder / "capture").unlink()
                    best[label] = max(best.get(label, seen), seen, key=lambda m: m.rate)
            for label, seen in best.items():
                base = best["constant"]
                speed = f"{seen.rate:9,.0f}{seen.rate / base.rate:7.0%}{seen.p50:8.2f}{seen.p99:8.2f}"
                say(f"{label:16}{connections:8}{speed}{seen.cpu:8.0f}{base.cpu / seen.cpu if seen.cpu else 0:7.0%}")


if __name__ == "__main__":
    main()
