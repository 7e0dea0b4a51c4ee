"""A server run as a child process on loopback: started, awaited, stopped, and never left behind."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

# A shell that outlives us for a moment: when our end of the pipe closes, however we died, the group is killed.
# PR_SET_PDEATHSIG would do so on Linux only, would not reach grandchildren, and fires when the starting *thread* ends.
WATCHDOG = 'read group || exit 0; read done || kill -s KILL -- "-$group"'
POLL = 0.05
LOG_TAIL = 2000


STARTED: "list[Process]" = []
"""Every process that this one started, for a look at the end."""


class ProcessError(Exception):
    """A process that did not get ready; `returncode` is None where it was still running."""

    def __init__(self, message: str, returncode: int | None = None) -> None:
        super().__init__(message)
        self.returncode = returncode


class Process:
    """A child process with a name, a log and a readiness check, used as a context manager or by `start` and `stop`.

    It leads its own process group, so that what it started ends with it, and a Ctrl-C reaches it through `stop` only.
    """

    def __init__(
        self,
        command: list[str],
        *,
        name: str,
        log: Path,
        ready: str | Callable[[], bool],
        env: Mapping[str, str] | None = None,
        output: Path | None = None,
        timeout: float = 60.0,
        grace: float = 10.0,
    ) -> None:
        """
        Args:
            ready: a URL that answers 2xx, or a function that says True, once the process can be used.
            env: variables added to those of this process.
            output: where stdout is appended; with stderr in `log` when absent.
            timeout: seconds to get ready.
            grace: seconds between SIGTERM and SIGKILL.
        """
        self.command, self.name, self.log, self.output = command, name, log, output
        self.timeout, self.grace = timeout, grace
        self._env = {**os.environ, **(env or {})}
        self._ready = (lambda: answers(ready)) if isinstance(ready, str) else ready
        self._child: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Starts the process and returns once it is ready. Raises ProcessError with the end of its log."""
        self.launch()
        try:
            self.wait_ready()
        except BaseException:
            self.kill()
            raise
        return self

    def launch(self) -> None:
        """Starts the process without waiting for it."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        watchdog = subprocess.Popen(["/bin/sh", "-c", WATCHDOG], stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603
        try:
            with self.log.open("ab") as log, (self.output or self.log).open("ab") as output:
                self._child = subprocess.Popen(  # noqa: S603
                    self.command,
                    env=self._env,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=log,
                    start_new_session=True,
                )
        except OSError as error:
            _release(watchdog, b"")
            raise ProcessError(f"{self.name} did not start: {error}") from error
        self._watchdog = watchdog
        STARTED.append(self)
        assert watchdog.stdin is not None  # noqa: S101
        watchdog.stdin.write(f"{self._child.pid}\n".encode())
        watchdog.stdin.flush()

    def wait_ready(self) -> None:
        deadline = time.monotonic() + self.timeout
        while not self._ready():
            if self.returncode is not None:
                raise ProcessError(
                    f"{self.name} ended with exit code {self.returncode} before it was ready:\n{self.tail()}",
                    self.returncode,
                )
            if time.monotonic() > deadline:
                raise ProcessError(f"{self.name} was not ready within {self.timeout:g} s:\n{self.tail()}")
            time.sleep(POLL)

    @property
    def pid(self) -> int:
        if self._child is None:
            raise ProcessError(f"{self.name} was not started")
        return self._child.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, negative for a signal; None while the process runs or before it was started."""
        return self._child.poll() if self._child else None

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def tail(self) -> str:
        """The end of the log."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return text[-LOG_TAIL:].strip()

    def stop(self) -> None:
        """Ends the process: SIGTERM, then SIGKILL for what is left of its group after the grace. Safe to call twice."""
        if self._child is None:
            return
        try:
            self._child.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(self.grace)
        finally:
            self.kill()

    def kill(self) -> None:
        """Ends the process and all that it started, at once."""
        if self._child is None or self._watchdog is None:
            return
        # Where nothing is left of the group, Linux says ESRCH and macOS EPERM.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()
        _release(self._watchdog, b"done\n")
        self._watchdog = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()


def left_running(patience: float = 5.0) -> list[str]:
    """The names of the processes started here of whose group something still runs after some seconds."""
    deadline = time.monotonic() + patience
    while (left := [process.name for process in STARTED if _runs(process.pid)]) and time.monotonic() < deadline:
        time.sleep(POLL)
    return left


def _runs(group: int) -> bool:
    """Whether a process of the group runs. One that has ended, and that nobody waits for, does not."""
    if not Path("/proc/self/stat").exists():
        try:
            os.killpg(group, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return True
    for stat in Path("/proc").glob("[0-9]*/stat"):
        # pid (name) state parent group; the name may hold anything.
        with contextlib.suppress(OSError):
            state, _parent, its_group, *_ = stat.read_text().rpartition(")")[2].split()
            if int(its_group) == group and state not in "ZX":
                return True
    return False


def free_port() -> int:
    """A TCP port of the loopback interface that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answers(url: str, timeout: float = 2.0) -> bool:
    """Whether a plain HTTP URL answers 2xx. No proxy is asked, whatever the environment says."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    try:
        connection.request("GET", f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}")
        return 200 <= connection.getresponse().status < 300
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _release(watchdog: subprocess.Popen[bytes], word: bytes) -> None:
    try:
        watchdog.communicate(word, timeout=5)
    except (BrokenPipeError, subprocess.TimeoutExpired):
        watchdog.kill()
        watchdog.wait()
