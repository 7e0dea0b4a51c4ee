import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def mlops(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, in an environment that names no stack."""
    command = [sys.executable, "-m", "ml.cli", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}, check=False)


@pytest.mark.parametrize("command", [["pipeline"], ["monitor"], ["promote", "1"]])
def test_without_a_stack_a_command_says_what_is_missing_and_ends_with_2(command):
    done = mlops(*command)
    assert done.returncode == 2
    assert "not set: MLOPS_PROJECT" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_teaches_the_exit_codes():
    assert "3 the gate refused it" in " ".join(mlops("pipeline", "--help").stdout.split())
