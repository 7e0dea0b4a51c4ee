"""`ml.cli` in real processes, forked from one that has imported everything: without the seconds that imports take.

As a script it is that one process: it reads a JSON line a command and answers the process id, then the exit code.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

IMPORTED = (
    "ml.cli",
    "ml.monitoring.job",
    "mlflow.tracking",
    "ml.ingest",
    "xgboost",
    "onnxmltools",
    "matplotlib.pyplot",
)


@dataclass
class Run:
    """One process, and what it wrote."""

    pid: int
    out: Path
    err: Path
    _server: "Forked"

    def wait(self, seconds: float = 120) -> int:
        """The exit code, negative for a signal."""
        return self._server.code(self.pid, seconds)

    @property
    def ended(self) -> bool:
        return self.pid in self._server.codes

    def kill(self) -> None:
        """SIGKILL, unless it has ended."""
        if not self.ended:
            os.kill(self.pid, signal.SIGKILL)
        self.wait()


class Forked:
    """The process that forks; ends with the context."""

    def __init__(self, project: Path, environ: Mapping[str, str]) -> None:
        self.codes: dict[int, int] = {}
        self._project = project
        self._environ = {**environ, "PYTHONPATH": str(project)}
        self._news = threading.Condition()
        self._pids: list[int] = []

    def __enter__(self) -> Self:
        command = [sys.executable, __file__]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, cwd=self._project, env=self._environ, stdin=pipe, stdout=pipe, text=True
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        return self

    def __exit__(self, *exception: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(20)
        self._listener.join()
        assert self._process.stdout
        self._process.stdout.close()

    def start(self, arguments: list[str], environ: Mapping[str, str], folder: Path) -> Run:
        """Starts `python -m ml.cli` with an environment; its output goes to the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        number = len(list(folder.iterdir()))
        out, err = folder / f"{number}.out", folder / f"{number}.err"
        request = {"arguments": arguments, "environ": dict(environ), "out": str(out), "err": str(err)}
        assert self._process.stdin
        with self._news:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            if not self._news.wait_for(lambda: self._pids, 60):
                raise TimeoutError(f"no process was forked for {arguments}")
            return Run(self._pids.pop(), out, err, self)

    def code(self, pid: int, seconds: float) -> int:
        with self._news:
            if not self._news.wait_for(lambda: pid in self.codes, seconds):
                raise TimeoutError(f"process {pid} has not ended within {seconds:g} s")
            return self.codes[pid]

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            answer: dict[str, Any] = json.loads(line)
            with self._news:
                if "code" in answer:
                    self.codes[answer["pid"]] = answer["code"]
                else:
                    self._pids.append(answer["pid"])
                self._news.notify_all()


def serve() -> None:
    import importlib

    for name in IMPORTED:
        importlib.import_module(name)
    lock = threading.Lock()

    def say(**answer: int) -> None:
        with lock:
            print(json.dumps(answer), flush=True)  # noqa: T201

    def watch(pid: int) -> None:
        say(pid=pid, code=os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))

    for line in sys.stdin:
        request = json.loads(line)
        with lock:
            pid = os.fork()
        if pid == 0:
            os._exit(become(request))
        say(pid=pid)
        threading.Thread(target=watch, args=(pid,)).start()


def become(request: dict[str, Any]) -> int:
    """The command itself, in the new process; returns its exit code."""
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for descriptor, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(request[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), descriptor)
    os.environ.clear()
    os.environ.update(request["environ"])
    from ml.cli import app

    try:
        app(request["arguments"], standalone_mode=True)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001
        import traceback

        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    serve()
