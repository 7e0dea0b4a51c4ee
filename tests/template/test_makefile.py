"""What make says before it does something that takes long, shown without doing it."""

import os
from pathlib import Path

import pytest

from tests.template.generators import Tools

SAID = "Installing the locked packages into .venv/"


@pytest.fixture
def project(template: Path, tools: Tools, tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("Makefile", "requirements", "requirements.txt"):
        tools.succeed("cp", "--archive", template / name, folder, cwd=tmp_path)
    return folder


@pytest.mark.parametrize("target", ["install", "plan", "demo"])
def test_it_says_that_it_installs_before_it_does(project: Path, tools: Tools, target: str):
    lines = tools.succeed("make", "--dry-run", target, cwd=project).splitlines()
    (said,) = (number for number, line in enumerate(lines) if SAID in line)
    (done,) = (number for number, line in enumerate(lines) if "pip sync" in line)
    assert said < done
    # Results are stdout's alone: `make plan ARGS=--json | jq`.
    assert lines[said].startswith("echo ")
    assert lines[said].endswith(">&2")


def test_it_says_nothing_where_everything_is_installed(project: Path, tools: Tools):
    (project / ".venv").mkdir()
    stamp = project / ".venv" / ".installed"
    stamp.touch()
    assert SAID not in tools.succeed("make", "--dry-run", "install", cwd=project)
    os.utime(stamp, (0, 0))
    assert SAID in tools.succeed("make", "--dry-run", "install", cwd=project)
