"""The committed definition is what SageMaker's SDK makes of the list of steps."""

import os
import subprocess
from pathlib import Path

import pytest

from infra import definition
from infra.source import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_the_committed_definition_is_not_stale(tmp_path: Path):
    fresh = tmp_path / "pipeline.json"
    done = subprocess.run(
        ["make", "--no-print-directory", "pipeline", f"ARGS={fresh}"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MAKE", "MFLAGS"))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert fresh.read_text() == definition.FILE.read_text(), "run `make pipeline`, and commit infra/pipeline.json"
