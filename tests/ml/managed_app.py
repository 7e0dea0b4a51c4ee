"""The MLflow that SageMaker's managed app was seen to run, in an environment of its own, and how its clients ask it."""

import fcntl
import os
import re
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from mlflow.store.artifact import s3_artifact_repo

from infra.source import ROOT
from ml.process import Process, free_port
from tracking import server

FOLDER = ROOT / ".cache" / "mlflow-managed"
LOCK = ROOT / "requirements" / "managed.txt"
UNREACHABLE = "error sending request"
"""What uv says where nothing answered; an index that refuses is told otherwise."""
START_SECONDS = 180.0
APP = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-app/app-ABCDEFGHIJKL"
ENDPOINT = "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT"
"""Where SageMaker's plugin finds the app, in place of the region's own address."""


@contextmanager
def running(artifacts: str, folder: Path) -> Generator[str]:
    """The address of an app's server, until the context ends. It asks for no password: IAM stands before an app.

    Args:
        artifacts: `s3://bucket/prefix`, which clients write to themselves.
    """
    folder.mkdir()
    # MLflow keeps its S3 clients for minutes, without regard to where AWS_ENDPOINT_URL leads by now.
    s3_artifact_repo._cached_get_s3_client.cache_clear()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = Process(
        [
            *(python(), "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
            *("--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}", *server.by_clients(artifacts)),
        ],
        name="the managed app",
        log=folder / "mlflow.log",
        ready=f"{url}/health",
        env={"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"},
        timeout=START_SECONDS,
    )
    with process:
        yield url


def python() -> str:
    """Its Python, installed where it is not there yet. Skips the test where the package index cannot be reached."""
    FOLDER.parent.mkdir(exist_ok=True)
    # Tests run in more than one process.
    with FOLDER.with_suffix(".lock").open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        done = subprocess.run(
            ["make", "--no-print-directory", f"{FOLDER.relative_to(ROOT)}/.installed"],
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MAKE", "MFLAGS"))},
            capture_output=True,
            text=True,
            check=False,
        )
    if said := [line.strip() for line in done.stderr.splitlines() if UNREACHABLE in line]:
        pytest.skip(f"the package index cannot be reached, to install requirements/{LOCK.name}: {said[0]}")
    assert done.returncode == 0, done.stdout + done.stderr
    return str(FOLDER / "bin" / "python")


def version() -> str:
    """The locked one."""
    (found,) = re.findall(r"^mlflow==(\S+)", LOCK.read_text(), re.MULTILINE)
    return found
