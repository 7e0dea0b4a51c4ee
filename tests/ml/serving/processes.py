"""The model server as a process of its own."""

import sys
from pathlib import Path

from ml.process import Process, free_port


def server(folder: Path, bundle: Path | str, sha256: str, **environ: str) -> tuple[Process, int]:
    """A server of a bundle, not started yet, and its port. Log and captured lines go to the folder."""
    port = free_port()
    process = Process(
        [sys.executable, "-m", "ml.serving", "--port", str(port)],
        name="server",
        log=folder / "log",
        output=folder / "capture.jsonl",
        ready=f"http://127.0.0.1:{port}/ping",
        env={"MLOPS_MODEL_DIR": str(bundle), "MLOPS_MODEL_SHA256": sha256, **environ},
    )
    return process, port
