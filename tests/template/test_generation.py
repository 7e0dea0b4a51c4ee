"""What is generated is what is developed."""

import os
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

RENDERED = {".gitignore", "README.md", "pyproject.toml", "Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml"}

STAYS = {".ci", ".github", "cookiecutter.json", "hooks", "ruff.toml", "templates", "tests/template"}
"""What only this repository needs: its CI, the questions, the partials and their tests."""


def entries(folder: Path) -> set[str]:
    """The names at the top of a project, with those of tests/ one level deeper."""
    top = {path.name for path in folder.iterdir() if "{{" not in path.name} - {"tests"}
    return top | {f"tests/{path.name}" for path in (folder / "tests").iterdir()}


@pytest.fixture(scope="module", params=["serverless", "real-time"])
def project(
    bake: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Path:
    return bake(tmp_path_factory.mktemp("project"), serving=request.param)


def test_code_arrives_byte_for_byte_with_its_modes(template: Path, project: Path):
    for entry in entries(template) - STAYS - RENDERED:
        files = [template / entry] if (template / entry).is_file() else sorted((template / entry).rglob("*"))
        assert files, f"{entry} is empty"
        for file in (path for path in files if path.is_file()):
            twin = project / file.relative_to(template)
            assert twin.is_file(), f"{twin.relative_to(project)} did not arrive"
            assert twin.read_bytes() == file.read_bytes(), twin
            assert twin.stat().st_mode == file.stat().st_mode, twin


def test_the_compiled_code_of_a_checkout_stays_there(template: Path, bake: Callable[..., Path], tmp_path: Path):
    compiled = template / "infra" / "__pycache__"
    compiled.mkdir()
    (compiled / "cost.cpython-311.pyc").write_bytes(b"of this checkout")
    try:
        project = bake(tmp_path)
    finally:
        shutil.rmtree(compiled)
    assert (project / "infra" / "cost.py").is_file()
    assert not list(project.rglob("*.pyc"))


def test_everything_at_the_root_is_generated_or_stays_by_name(template: Path, project: Path):
    assert entries(project) == entries(template) - STAYS
    assert entries(template) >= STAYS


def test_nothing_of_the_template_is_left(awkward: tuple[dict[str, str], Path]):
    _answers, project = awkward
    for path in project.rglob("*"):
        assert not path.is_symlink(), path
        if path.is_file():
            assert b"{{cookiecutter" not in path.read_bytes().replace(b" ", b""), path
    for name in RENDERED:
        text = (project / name).read_text()
        assert "{{" not in text, name
        assert "{%" not in text, name
        assert text.endswith("\n"), name
        assert not text.endswith("\n\n"), name


def test_the_template_folder_holds_only_links_and_rendered_files(template: Path):
    folder = template / "{{cookiecutter.project_slug}}"
    files = {
        str(Path(where, name).relative_to(folder))
        for where, folders, names in os.walk(folder)
        for name in names + folders
        if not Path(where, name).is_symlink()
    }
    assert files == RENDERED | {"tests"}


def test_the_root_is_what_the_default_answers_render(template: Path, bake: Callable[..., Path], tmp_path: Path):
    project = bake(tmp_path)
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml", ".gitignore"):
        assert (template / name).read_text() == (project / name).read_text(), name


def test_editors_find_the_schema_of_the_settings(project: Path):
    for environment in ("dev", "prod"):
        first, _, _ = (project / f"Pulumi.{environment}.yaml").read_text().partition("\n")
        named = first.removeprefix("# yaml-language-server: $schema=")
        assert named != first
        assert (project / named).samefile(project / "infra" / "settings.schema.json")


def test_the_project_keeps_every_dependency_and_tool_setting(template: Path, project: Path):
    root, generated = (tomllib.loads((folder / "pyproject.toml").read_text()) for folder in (template, project))
    own = {"name": "mlops-demo", "urls": {"Repository": "https://github.com/your-org/mlops-demo"}}
    assert generated["project"] == root["project"] | own | {"description": generated["project"]["description"]}
    assert {**generated, "project": None} == {**root, "project": None}


def test_serving_is_a_setting_of_dev_and_of_nothing_else(bake: Callable[..., Path], tmp_path: Path):
    one, two = (bake(tmp_path / serving, serving=serving) for serving in ("serverless", "real-time"))
    different = {
        str(path.relative_to(one))
        for path in one.rglob("*")
        if path.is_file() and path.read_bytes() != (two / path.relative_to(one)).read_bytes()
    }
    assert different == {"Pulumi.dev.yaml"}
