"""The READMEs name what exists, and all of it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.rehearsal.demo import NEXT


@pytest.fixture(params=["root", "generated"])
def folder(template: Path, bake: Callable[..., Path], tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    return template if request.param == "root" else bake(tmp_path)


def test_the_readme_opens_with_the_two_commands(folder: Path):
    first = (folder / "README.md").read_text().partition("```sh\n")[2].partition("```")[0]
    assert [line.partition("#")[0].strip() for line in first.splitlines()] == ["make demo", "make test"]


def test_the_table_of_commands_is_the_makefiles(folder: Path):
    targets = re.findall(r"^([a-z-]+):.*##", (folder / "Makefile").read_text(), re.MULTILINE)
    text = (folder / "README.md").read_text()
    assert sorted(re.findall(r"^\| `make ([a-z-]+)` \|", text, re.MULTILINE)) == sorted(targets)
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)) <= set(targets)


def test_every_path_in_the_readme_exists(folder: Path):
    text = (folder / "README.md").read_text()
    paths = re.findall(r"`([\w{}.-]+/[\w/.-]*|[\w-]+\.(?:py|toml|yaml|txt|json))`", text)
    assert len(paths) > 5
    missing = [path for path in paths if not (folder / path).exists() and path not in ("program.py", ".venv/")]
    assert not missing


def test_every_setting_of_the_template_has_a_row(template: Path):
    questions = re.findall(r'^  "([a-z]\w+)": ', (template / "cookiecutter.json").read_text(), re.MULTILINE)
    rows = re.findall(r"^\| `([a-z_]+)` \|", (template / "README.md").read_text(), re.MULTILINE)
    assert rows == questions


def test_ci_runs_what_the_readme_names(template: Path):
    commands = re.findall(r"^make \w+", (template / ".ci" / "run").read_text(), re.MULTILINE)
    assert commands == ["make check", "make test"]
    assert (template / ".ci" / "run").stat().st_mode & 0o111


def test_actions_are_pinned_by_commit_and_permissions_are_read_only(template: Path):
    for workflow in (template / ".github" / "workflows").iterdir():
        text = workflow.read_text()
        assert all(re.fullmatch(r"\S+@[0-9a-f]{40} # v\S+", use) for use in re.findall(r"uses: (.+)", text))
        assert re.findall(r"^\s+\S+: write", text, re.MULTILINE) == []
        assert "permissions: {}" in text


def test_the_demo_ends_with_the_readme_s_first_commands_of_pulumi(bake: Callable[..., Path], tmp_path: Path):
    section = (bake(tmp_path) / "README.md").read_text().partition("## The first `pulumi up`")[2]
    told = re.findall(r"^pulumi .+", section.partition("```sh")[2].partition("```")[0], re.MULTILINE)
    said = re.findall(r"^ +(pulumi .+)", NEXT.format(env="dev"), re.MULTILINE)
    assert said == [command for command in told if not command.startswith("pulumi preview")]
    assert said[-1] == "pulumi up --stack dev"
