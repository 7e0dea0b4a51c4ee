"""Servers end with the rehearsal, however that ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.rehearsal.conftest import project
from tests.rehearsal.programs import MLFLOW_BY_URL

pytestmark = pytest.mark.slow

WAITING = """
import sys, time
from pathlib import Path
from infra.rehearsal.rehearse import rehearse

with rehearse(Path(sys.argv[1]), "dev", Path(sys.argv[2])) as rehearsal:
    print(rehearsal.environ["AWS_ENDPOINT_URL"], rehearsal.environ["MLFLOW_TRACKING_URI"], flush=True)
    time.sleep(600)
"""


def listening_by_command(urls: list[str]) -> list[str]:
    """The commands that were told to use the ports of the URLs."""
    commands = subprocess.run(["ps", "-axww", "-o", "command="], capture_output=True, text=True, check=True).stdout
    ports = [f"--port {urlsplit(url).port}" for url in urls]
    return [command for command in commands.splitlines() if any(port in command for port in ports)]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_no_server_outlives_the_rehearsal(tmp_path, how):
    script = tmp_path / "waiting.py"
    script.write_text(WAITING)
    root = project(tmp_path / "project", MLFLOW_BY_URL)
    parent = subprocess.Popen(
        [sys.executable, str(script), str(root), str(tmp_path / "servers")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    with parent:
        assert parent.stdout
        urls = parent.stdout.readline().split()
        assert len(listening_by_command(urls)) >= 2
        parent.send_signal(how)
        parent.wait(60)
    deadline = time.monotonic() + 60
    while listening_by_command(urls) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert listening_by_command(urls) == []
