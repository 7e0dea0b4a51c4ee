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


FIRST_UP = ["make bootstrap", "pulumi install", "make doctor ENV=dev", "pulumi up --stack dev"]


@pytest.mark.parametrize("where", ["the demo's end", "README.md", "docs/bootstrap.md", "docs/operating.md"])
def test_the_first_up_is_told_in_one_order_everywhere(bake: Callable[..., Path], tmp_path: Path, where: str):
    if where == "the demo's end":
        told = NEXT.format(env="dev").partition(" and run\n")[2]
    else:
        blocks = re.findall(r"```sh\n(.*?)```", (bake(tmp_path) / where).read_text(), re.DOTALL)
        told = next(block for block in blocks if FIRST_UP[-1] in block)
    lines = [line.partition(" #")[0].strip() for line in told.splitlines()]
    first = ("make bootstrap", "pulumi ", "make doctor")
    assert [line for line in lines if line.startswith(first) and "ARGS=" not in line] == FIRST_UP


def test_an_environment_is_destroyed_by_one_command_everywhere(bake: Callable[..., Path], tmp_path: Path):
    project = bake(tmp_path)
    pages = {page: page.read_text() for page in [project / "README.md", *(project / "docs").rglob("*.md")]}
    assert [page.name for page, text in pages.items() if "pulumi destroy --stack" in text] == []
    assert {page.name for page, text in pages.items() if "make destroy ENV=dev" in text} == {
        "README.md",
        "operating.md",
    }


def test_both_readmes_say_alike_what_is_needed_and_how_long_it_takes(
    template: Path, bake: Callable[..., Path], tmp_path: Path
):
    root, generated = (
        re.findall(r"^Both need .*?(?=\n\n)", (folder / "README.md").read_text(), re.MULTILINE | re.DOTALL)
        for folder in (template, bake(tmp_path))
    )
    assert root == generated
    assert "`make demo` then takes" in root[0]
