"""One release of the local endpoint: its server process and what it writes."""

import os
import sys
from pathlib import Path

from ml.agreed import MODEL_SHA256
from ml.bundle import release
from ml.process import Process, ProcessError, free_port
from ml.serving.server import BUNDLE_REFUSED
from ml.serving.upstream import Upstream

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0


class DeploymentError(Exception):
    """A variant that takes no traffic; those before it serve on."""


class Variant:
    """One release: its server process, the files that it writes, and the router's connections to it."""

    def __init__(self, folder: Path, bundle: Path | None, sha256: str, role: str) -> None:
        self.capture, self.sha256 = folder / "capture.jsonl", sha256
        self.sample_start = 0
        """Where in the capture file the sample of a canary begins."""
        port = free_port()
        self.upstream = Upstream(port)
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        self.process = Process(
            [sys.executable, "-m", "ml.serving", "--port", str(port)],
            name=f"{role} {release(sha256) or 'baseline'}",
            log=folder / "server.log",
            output=self.capture,
            ready=f"http://127.0.0.1:{port}/ping",
            env={
                "MLOPS_MODEL_DIR": str(bundle.resolve()) if bundle else "",
                MODEL_SHA256: sha256,
                "MLOPS_CAPTURE": "stdout",
                "MLOPS_VARIANT": role,
                "PYTHONPATH": path,
            },
            timeout=START_SECONDS,
        )

    def start(self) -> None:
        try:
            self.process.start()
        except ProcessError as error:
            why = "refused its bundle" if error.returncode == BUNDLE_REFUSED else "did not start"
            raise DeploymentError(f"{self.process.name} {why}: {self.process.tail() or error}") from error
