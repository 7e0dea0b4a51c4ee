"""Mistakes in the files that the program is made from: one sentence on stderr, exit code 2, whatever the command."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pulumi
import pytest
from typer.testing import CliRunner

from infra import offline, plan, source, teardown
from infra.doctor import __main__ as doctor
from infra.source import ROOT, SourceError
from infra.status import __main__ as status

PARTS = ("infra", "ml", "tracking", "requirements")
COMMANDS = {"plan": plan.app, "doctor": doctor.app, "status": status.app, "destroy": teardown.app}


def _replaced(name: str, before: str, after: str) -> Callable[[Path], object]:
    def replace(root: Path) -> None:
        text = (root / name).read_text()
        assert before in text
        (root / name).write_text(text.replace(before, after, 1))

    return replace


def _append(name: str, text: str) -> Callable[[Path], object]:
    return lambda root: (root / name).write_text((root / name).read_text() + text)


def _missing(name: str) -> Callable[[Path], object]:
    return lambda root: (root / name).unlink()


MISTAKES = {
    "an edit of the steps": (_append("ml/steps.py", "# more\n"), "infra/pipeline.json is stale: one of ml/steps.py"),
    "an edit of the wiring": (_append("ml/wiring.py", "# more\n"), "has changed since. Run `make pipeline`"),
    "no definition": (_missing("infra/pipeline.json"), "infra/pipeline.json is missing: `make pipeline` makes it"),
    "a conflict in the definition": (
        _append("infra/pipeline.json", "<<<<<<< HEAD\n"),
        "infra/pipeline.json is not what `make pipeline` wrote",
    ),
    "no packages": (_missing("requirements/pipeline.txt"), "requirements/pipeline.txt is missing in "),
    "no Dockerfile": (_missing("Dockerfile"), "`git checkout -- Dockerfile` brings it back"),
    "a variable in ABOUT": (
        _replaced("ml/dataset.py", "ABOUT = About(", "TEXT = ''\nABOUT = About(purpose=TEXT, limits=())\n_ = dict("),
        ": purpose of ABOUT is not a literal text, expected ABOUT = About(",
    ),
    "a syntax error beside ABOUT": (
        _append("ml/dataset.py", "\ndef broken(:\n"),
        " is not Python: invalid syntax",
    ),
}


@pytest.fixture(scope="module")
def whole(shipped: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with all that the program is made from, in a folder of its own."""
    folder = tmp_path_factory.mktemp("whole") / "project"
    shutil.copytree(shipped, folder)
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Dockerfile", folder)
    return folder


def _run(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *command], cwd=root, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_a_file_is_one_sentence_that_names_it(whole: Path, tmp_path: Path, name: str):
    project = shutil.copytree(whole, tmp_path / "project")
    mistake, expected = MISTAKES[name]
    mistake(project)
    done = _run(project, "infra.offline", "dev")
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert expected in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_the_demo_says_it_too_and_leaves_nothing(whole: Path, tmp_path: Path):
    project = shutil.copytree(whole, tmp_path / "project")
    _missing("infra/pipeline.json")(project)
    done = _run(project, "infra.rehearsal", "demo", "--fast")
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert done.stderr.startswith("infra/pipeline.json is missing")
    assert done.stderr.count("\n") == 1
    assert list((project / ".demo").iterdir()) == []


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> str:
    """What the program says: a part of an image's source is missing."""
    text = "Dockerfile is missing in project/"

    def files(**_options: object) -> None:
        raise SourceError(text)

    monkeypatch.setattr(source, "files", files)
    return text


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_runs_the_program_says_it_and_exits_with_2(shipped: Path, refused: str, command: str):
    done = CliRunner().invoke(COMMANDS[command], ["dev", "--root", str(shipped)])
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", f"{refused}\n")


def test_pulumi_itself_is_told_in_the_way_that_it_prints_without_a_traceback(shipped: Path, refused: str):
    with pytest.raises(pulumi.RunError) as caught:
        offline.run(shipped, "dev")
    assert str(caught.value) == refused
