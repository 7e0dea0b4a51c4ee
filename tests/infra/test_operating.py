"""Each command of docs/operating.md does, as it is written there, what needs neither AWS nor Pulumi's CLI."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.account import settings as account_settings
from infra.source import ROOT
from tests.infra.planned import PROJECT

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs/operating.md").read_text()
SHA256 = "a" * 64
PLACES = {"<models bucket>": "models", "<its models bucket>": "models", "<sha256>": SHA256, "<project>": PROJECT}
MAKE, COMMAND = "make ", re.compile(r"\.venv/bin/python -m (\S+) *(.*)")


STAND_IN = """#!/bin/sh
case "$*" in
  version) echo v3.250.0 ;;
  install) ;;
  "up --stack dev" | "up --stack staging" | "up --stack prod" | "destroy --stack dev") test -f "Pulumi.$3.yaml" ;;
  *) exit 64 ;;
esac
"""
"""Pulumi's CLI, as far as the page needs it: another command, or a stack without settings, is refused."""


@dataclass(frozen=True)
class Ends:
    """How a command ends here, and words that it says."""

    status: int
    words: str = ""


BATCH = "flights flights.parquet --batch-id 2013-05-06 --start 2013-05-06 --end 2013-05-13"
EXPECTED = {
    "make plan ENV=dev": Ends(0, "0 policy findings"),
    "pulumi install": Ends(0),
    "make doctor ENV=dev": Ends(1, "credentials"),
    "pulumi up --stack dev": Ends(0),
    "make status ENV=dev": Ends(2, "credentials"),
    "make env NAME=staging": Ends(0, "Pulumi.staging.yaml"),
    "make plan ENV=staging": Ends(0, "0 policy findings"),
    "git add Pulumi.staging.yaml infra/account/Pulumi.account.yaml": Ends(0),
    'git commit -m "Add the environment staging"': Ends(0),
    "make bootstrap": Ends(2, "AWS credentials"),
    "make doctor ENV=staging": Ends(1, "credentials"),
    "pulumi up --stack staging": Ends(0),
    "make plan ENV=prod": Ends(0, "0 policy findings"),
    "make doctor ENV=prod": Ends(1, "credentials"),
    "pulumi up --stack prod": Ends(0),
    ".venv/bin/python -m ml.cli promote 3": Ends(2, "MLOPS_"),
    f".venv/bin/python -m ml.cli ingest {BATCH}": Ends(2, "flights.parquet"),
    "git revert --no-edit HEAD": Ends(0),
    "make destroy ENV=dev": Ends(1, "nobody could look"),
}
OF_A_SHELL = ("export ", "eval ", "exports=", "role=", "credentials=")
"""What changes the shell that it is typed into: `test_taking_a_role.py` runs these."""
ASKS_AWS = re.compile(
    r"aws (s3 cp s3://models/(releases/\d{6}\.json -|approved/[0-9a-f]{64}/model\.tar\.gz \.)|"
    r"s3api put-object --bucket models --key approved/[0-9a-f]{64}/model\.tar\.gz --body model\.tar\.gz "
    r"--if-none-match '\*')"
)
"""The AWS CLI is not installed with the project."""


@pytest.fixture
def project(shipped: Path, tmp_path: Path) -> Path:
    """A project of its own in git, without what was made of this one."""
    folder = tmp_path / "project"
    shutil.copytree(shipped, folder, ignore=shutil.ignore_patterns("Pulumi.any.yaml"))
    account = folder / account_settings.FOLDER
    account.mkdir(parents=True)
    for name in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(ROOT / account_settings.FOLDER / name, account)
    order = f"config:\n  {account_settings.SPACE}:environments:\n    - dev\n    - prod\n"
    (folder / account_settings.FILE).write_text(order)
    git(folder, "init", "--quiet")
    commit(folder, "The project")
    return folder


@pytest.fixture
def run(project: Path, tmp_path: Path) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Runs one command of the page in the project, with a `pulumi` that has nothing to do and nobody's credentials."""
    stand_in = tmp_path / "bin" / "pulumi"
    stand_in.parent.mkdir()
    stand_in.write_text(STAND_IN)
    stand_in.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MLOPS_"))}
    outside = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull, "COLUMNS": "400"}
    environ = {**kept, **outside, "PATH": f"{stand_in.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull

    def run(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words(line, project), cwd=project, env=environ, capture_output=True, text=True, timeout=120, check=False
        )

    return run


def words(line: str, project: Path) -> list[str]:
    """A command's words; make's are those that its recipe runs, for the project and not for this one."""
    if line.startswith(MAKE):
        told = subprocess.run(
            ["make", "-n", *shlex.split(line)[1:]], cwd=ROOT, capture_output=True, text=True, check=True
        )
        module = COMMAND.search(told.stdout)
        assert module, told.stdout
        return [sys.executable, "-m", module[1], *shlex.split(module[2]), "--root", str(project)]
    if module := COMMAND.fullmatch(line):
        return [sys.executable, "-m", module[1], *shlex.split(module[2])]
    return shlex.split(line)


def blocks() -> Iterator[tuple[str, str]]:
    """The page's blocks of code, with their places filled in."""
    for kind, text in re.findall(r"```(sh|yaml)\n(.*?)```", PAGE, re.DOTALL):
        for place, value in PLACES.items():
            text = text.replace(place, value)
        yield kind, text


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder: Path, message: str) -> None:
    git(folder, "config", "user.email", "someone@example.com")
    git(folder, "config", "user.name", "Someone")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", message)


def test_each_command_ends_as_it_should_without_aws(project, run):
    before, seen = (project / "Pulumi.prod.yaml").read_text(), []
    for kind, text in blocks():
        if kind == "yaml":
            (project / "Pulumi.prod.yaml").write_text(before.rstrip("\n") + "\n" + text)
            commit(project, "Promote")
            continue
        for line in text.splitlines():
            if line.startswith(OF_A_SHELL):
                continue
            if line.startswith("aws "):
                assert ASKS_AWS.fullmatch(line)
                continue
            seen.append(line)
            done = run(line)
            said = done.stdout + done.stderr
            assert (done.returncode, EXPECTED[line].words in said) == (EXPECTED[line].status, True), (
                f"{line}\n{said[-2000:]}"
            )
            assert "Traceback" not in said, said
    assert set(seen) == set(EXPECTED)
    assert (project / "Pulumi.prod.yaml").read_text() == before
