"""Another team's first step: its own data, a regression without weather, by replacing three files."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from infra import stackfiles
from tests.infra.planned import SHIPPED
from tests.rehearsal.stack import stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3000)]

ROOT = Path(__file__).parents[2]
SECOND = Path(__file__).parent / "second_dataset"
TEMPLATE_ONLY = ("cookiecutter.json", "hooks", "templates", "{{*}}", ".git", ".ci", ".github")
LEFT_BEHIND = (".venv", ".tools", ".cache", ".demo", "__pycache__", ".*_cache", ".hypothesis", "template")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this project with the three files replaced."""
    folder = tmp_path_factory.mktemp("project") / "rides"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*TEMPLATE_ONLY, *LEFT_BEHIND))
    (folder / ".venv").symlink_to(ROOT / ".venv")
    # Its demo is dev as it is shipped, whatever settings this project has come to.
    stack(folder, stackfiles.read(ROOT, "dev").project, "dev", SHIPPED["dev"])
    replaced = sorted(file.name for file in SECOND.glob("*.py"))
    assert replaced == ["dataset.py", "features.py", "validation.py"]
    for name in replaced:
        shutil.copy(SECOND / name, folder / "ml" / name)
    return folder


def run(project: Path, *command: str) -> str:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, env=environ, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def test_its_check_is_green(project: Path):
    for tool in (("ruff", "check", "."), ("ruff", "format", "--check", "."), ("ty", "check", "--error-on-warning")):
        run(project, f".venv/bin/{tool[0]}", *tool[1:])
    out = run(project, ".venv/bin/python", "-m", "pytest", "-q", "-m", "not slow", "-p", "no:cacheprovider")
    assert " passed" in out


def test_its_short_demo_trains_and_rolls_out_a_regression(project: Path):
    out = run(project, ".venv/bin/python", "-m", "infra.rehearsal", "demo", "--fast")
    assert "promoted" in out
    assert "rolled back" in out
    report = (project / ".demo" / "report.html").read_text()
    assert "The rides that will be hired at a station in an hour." in report
    assert "rmse" in report
    assert "carrier" not in report
