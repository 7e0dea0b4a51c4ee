"""The template as git would ship it, and projects generated from it."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cookiecutter.main import cookiecutter

from tests.template.answers import AWKWARD
from tests.template.generators import ROOT, Tools


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    return Tools(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository as git sees it: tracked files only, symlinks intact."""
    copy = tmp_path_factory.mktemp("template")
    subprocess.run(["git", "checkout-index", "--all", f"--prefix={copy}/"], cwd=ROOT, check=True)
    return copy


@pytest.fixture
def repository(template: Path, tools: Tools, tmp_path: Path) -> Path:
    """A git repository of the template with one commit, for a test to change."""
    copy = tmp_path / "template"
    tools.succeed("cp", "--archive", template, copy, cwd=tmp_path)
    tools.succeed("git", "init", "--quiet", "--initial-branch=main", cwd=copy)
    tools.commit(copy, "The template")
    return copy


@pytest.fixture(scope="session")
def bake(template: Path, tools: Tools) -> Callable[..., Path]:
    """Generates a project into a folder, in process; keywords are answers."""
    settings = tools.home / "cookiecutter.yaml"
    settings.write_text(f"replay_dir: {tools.home / 'replay'}\ncookiecutters_dir: {tools.home / 'templates'}\n")

    def generate(folder: Path, **answers: str) -> Path:
        return Path(
            cookiecutter(
                str(template),
                no_input=True,
                extra_context=answers,
                output_dir=str(folder),
                config_file=str(settings),
            )
        )

    return generate


@pytest.fixture(scope="session", params=AWKWARD.values(), ids=list(AWKWARD))
def awkward(
    bake: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> tuple[dict[str, str], Path]:
    """Answers, and the project that was generated from them."""
    return request.param, bake(tmp_path_factory.mktemp("awkward"), **request.param)
