"""`make demo` as a process, to be killed on its way."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from tests.faults.rides import ROOT, copied
from tests.rehearsal.stack import shipped


def demo_project(folder: Path) -> Path:
    """What the demo needs of this project, as it is shipped, with the small data set."""
    copied(folder)
    for name in ("infra", "requirements", "tracking"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Dockerfile", folder)
    return shipped(folder)


class Demo:
    """One run of the demo; killed at the end of the context."""

    def __init__(self, project: Path) -> None:
        self.project = project

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "infra.rehearsal", "demo", "--fast"]
        environ = {**os.environ, "PYTHONPATH": str(self.project), "COLUMNS": "200"}
        self.process = subprocess.Popen(
            command, cwd=self.project, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()

    def until(self, text: str) -> None:
        """Waits for a line with the text."""
        assert self.process.stdout
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if text in line:
                return
        raise AssertionError(f"the demo ended without {text!r}:\n{''.join(lines)}")


def soon(holds: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether something comes to hold."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
