"""The servers that are compared, each one worker, all of one model."""

import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from ml.process import Process, free_port
from tests.benchmarks.figures import CannotMeasureError
from tests.benchmarks.model import NAME, Served

ROOT = Path(__file__).resolve().parents[2]
MLSERVER = ROOT / ".cache" / "bench" / "mlserver"
LOCK = ROOT / "requirements" / "bench.txt"
ONE_THREAD = {"OMP_NUM_THREADS": "1"}
"""As ours: on two cores, a second thread for one row makes XGBoost many times slower."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server that runs, the URL that predicts and what it is sent."""

    name: str
    process: Process
    url: str
    body: bytes

    def ask(self) -> float:
        """The prediction for the one row."""
        answer = httpx.post(self.url, content=self.body, headers={"content-type": "application/json"}, timeout=30)
        answer.raise_for_status()
        document = answer.json()
        return document["outputs"][0]["data"][0] if "outputs" in document else document["predictions"][0]


@contextmanager
def serving(served: Served, names: list[str], folder: Path) -> Generator[dict[str, Server]]:
    """The servers of those names, ready, until the context ends; each of them that has a model predicts the same."""
    with ExitStack() as running:
        servers = {name: SERVERS[name](served, folder, free_port()) for name in names}
        for server in servers.values():
            running.enter_context(server.process)
            prediction = server.ask()
            if server.name != CONSTANT and abs(prediction - served.expected) > 1e-5:
                raise RuntimeError(f"{server.name} predicts {prediction}, expected {served.expected}: another model")
        yield servers


def ours(served: Served, folder: Path, port: int) -> Server:
    """As a container runs it, with every prediction captured."""
    env = served.for_us(folder) | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "ml.serving", "--port", str(port)]
    process = _process(OURS, command, folder, f"http://127.0.0.1:{port}/ping", env, output=folder / "captured")
    return Server(name=OURS, process=process, url=f"http://127.0.0.1:{port}/invocations", body=served.our_body)


def constant(served: Served, folder: Path, port: int) -> Server:
    url = f"http://127.0.0.1:{port}/invocations"
    command = [sys.executable, "-m", "tests.benchmarks.stack", str(port)]
    process = _process(CONSTANT, command, folder, url, {"PYTHONPATH": str(ROOT)})
    return Server(name=CONSTANT, process=process, url=url, body=served.our_body)


def mlflow(served: Served, folder: Path, port: int) -> Server:
    """`mlflow models serve`, from this project's own environment."""
    bin_ = Path(sys.executable).parent
    command = [str(bin_ / "mlflow"), "models", "serve", "--model-uri", str(served.for_mlflow(folder))]
    command += ["--env-manager", "local", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    # It starts `uvicorn` by name.
    env = {"PATH": f"{bin_}:{os.environ['PATH']}", "MLFLOW_DISABLE_TELEMETRY": "true", **ONE_THREAD}
    process = _process(MLFLOW, command, folder, f"http://127.0.0.1:{port}/ping", env)
    return Server(name=MLFLOW, process=process, url=f"http://127.0.0.1:{port}/invocations", body=served.mlflow_body)


def mlserver(served: Served, folder: Path, port: int) -> Server:
    """MLServer, from an environment of its own."""
    ports = {"http_port": port, "grpc_port": free_port(), "metrics_port": free_port()}
    command = [str(_mlserver_environment() / "bin" / "mlserver"), "start", str(served.for_mlserver(folder, ports))]
    process = _process(RIVAL, command, folder, f"http://127.0.0.1:{port}/v2/health/ready", ONE_THREAD)
    url = f"http://127.0.0.1:{port}/v2/models/{NAME}/infer"
    return Server(name=RIVAL, process=process, url=url, body=served.mlserver_body)


OURS, CONSTANT, MLFLOW, RIVAL = "ours", "constant", "mlflow", "MLServer"
SERVERS = {OURS: ours, CONSTANT: constant, MLFLOW: mlflow, RIVAL: mlserver}


def _process(
    name: str, command: list[str], folder: Path, ready: str, env: dict[str, str], output: Path | None = None
) -> Process:
    ready_ = (lambda: _listens(ready)) if name == CONSTANT else ready
    return Process(
        command, name=name, log=folder / f"{name}.log", ready=ready_, env=env, output=output, timeout=120, grace=3
    )


def _listens(url: str) -> bool:
    try:
        return httpx.post(url).is_success
    except httpx.TransportError:
        return False


def _mlserver_environment() -> Path:
    """The environment of the lock, made where it is not there yet; MLServer's pins conflict with this project's."""
    uv = shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
    if not Path(uv).exists():
        raise CannotMeasureError("uv is not on the path, and MLServer needs an environment of its own: `make install`")
    if not (MLSERVER / "bin" / "mlserver").exists():
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, MLSERVER], check=True)
    sync = [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", MLSERVER, LOCK]
    subprocess.run(sync, check=True)
    return MLSERVER
