"""A project generated yesterday takes over what changed here today, and keeps what its team changed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.template.generators import Tools

pytestmark = pytest.mark.slow

ANSWERS = {"project_name": 'Bob\'s "late" flights 🛫', "serving": "real-time", "aws_region": "us-east-1"}


def contents(project: Path) -> dict[str, tuple[bytes, int]]:
    """Bytes and mode of every file of a project, git's and cruft's own left out."""
    return {
        str(path.relative_to(project)): (path.read_bytes(), path.stat().st_mode)
        for path in project.rglob("*")
        if path.is_file() and path.name != ".cruft.json" and ".git" not in path.relative_to(project).parts
    }


@pytest.fixture
def project(repository: Path, tools: Tools, tmp_path: Path) -> Path:
    """A project made by cruft, committed to git."""
    context = json.dumps(ANSWERS)
    tools.cruft("create", repository, "--no-input", "--extra-context", context, "--output-dir", tmp_path, cwd=tmp_path)
    project = tmp_path / "bob-s-late-flights"
    tools.succeed("git", "init", "--quiet", cwd=project)
    tools.commit(project, "Generated")
    return project


def test_cruft_and_cookiecutter_give_the_same_files(bake: Callable[..., Path], project: Path, tmp_path: Path):
    assert contents(project) == contents(bake(tmp_path / "cookiecutter", **ANSWERS))


def test_a_fresh_project_does_not_differ_from_the_template(tools: Tools, project: Path):
    assert tools.cruft("diff", "--exit-code", cwd=project) == ""
    assert "up to date" in tools.cruft("check", cwd=project)


def test_an_update_brings_the_change_and_keeps_the_teams_own(tools: Tools, repository: Path, project: Path):
    mine = project / "infra" / "settings.py"
    mine.write_text(mine.read_text() + "\n# A line of our own.\n")
    (project / "ml" / "ours.py").write_text('"""A module of our own."""\n')
    (project / "docs" / "decisions.md").unlink()
    dev = project / "Pulumi.dev.yaml"
    dev.write_text(dev.read_text().replace("instances: 1", "instances: 3"))
    tools.commit(project, "Our work")
    names, settings = repository / "infra" / "names.py", repository / "infra" / "settings.py"
    names.write_text(names.read_text() + "\n# A line of the template.\n")
    settings.write_text("# A first line of the template.\n" + settings.read_text())
    (repository / "infra" / "new.py").write_text('"""A new module {{ that is not rendered }}."""\n')
    tools.commit(repository, "A change to infra/")

    tools.cruft("update", "--skip-apply-ask", cwd=project)

    assert mine.read_text() == settings.read_text() + "\n# A line of our own.\n"
    assert (project / "infra" / "names.py").read_text() == names.read_text()
    assert (project / "infra" / "new.py").read_text() == '"""A new module {{ that is not rendered }}."""\n'
    assert (project / "ml" / "ours.py").exists()
    assert "instances: 3" in dev.read_text()
    assert not (project / "docs" / "decisions.md").exists()
    assert "up to date" in tools.cruft("check", cwd=project)


def test_answers_are_taken_from_the_command_line_and_replayed(tools: Tools, repository: Path, tmp_path: Path):
    first = tools.cookiecutter(
        f"git+file://{repository}", "--no-input", "-o", "first", *(f"{k}={v}" for k, v in ANSWERS.items()), cwd=tmp_path
    )
    assert first.returncode == 0, first.stdout
    again = tools.cookiecutter(repository, "--replay", "-o", "second", cwd=tmp_path)
    assert again.returncode == 0, again.stdout

    one, two = (tmp_path / folder / "bob-s-late-flights" for folder in ("first", "second"))
    assert "us-east-1" in (one / "Pulumi.prod.yaml").read_text()
    assert contents(one) == contents(two)


def test_a_project_of_cookiecutters_is_linked_later(
    bake: Callable[..., Path], tools: Tools, repository: Path, tmp_path: Path
):
    project = bake(tmp_path / "cookiecutter", **ANSWERS)
    tools.succeed("git", "init", "--quiet", cwd=project)
    tools.commit(project, "Generated")
    tools.cruft("link", repository, "--no-input", "--extra-context", json.dumps(ANSWERS), cwd=project)
    assert tools.cruft("diff", "--exit-code", cwd=project) == ""


def test_a_new_project_says_what_to_do_next_in_commands_that_work(tools: Tools, repository: Path, tmp_path: Path):
    folder = tmp_path / "in a folder"
    folder.mkdir()
    arguments = ("--no-input", "--output-dir", folder)
    cruft = tools.cruft("create", repository, "--extra-context", '{"project_slug": "one"}', *arguments, cwd=tmp_path)
    cookiecutter = tools.cookiecutter(repository, "project_slug=two", *arguments, cwd=tmp_path)
    for name, said in (("one", cruft), ("two", cookiecutter.stdout)):
        assert f"{name} was made: " in said
        cd, commit, demo = said.strip().splitlines()[-3:]
        tools.succeed("bash", "-ec", f"{cd}; {commit}", cwd=tmp_path)
        assert tools.succeed("git", "status", "--porcelain", cwd=folder / name) == ""
        tools.succeed("bash", "-ec", f"{cd}; {demo.replace('make', 'make --dry-run')}", cwd=tmp_path)


def test_a_source_without_symlinks_stops_with_a_sentence(tools: Tools, repository: Path, tmp_path: Path):
    flat = tmp_path / "flat"
    tools.succeed("git", "-c", "core.symlinks=false", "clone", "--quiet", repository, flat, cwd=tmp_path)
    archive = tmp_path / "template.zip"
    tools.succeed("git", "archive", "--prefix=template/", f"--output={archive}", "HEAD", cwd=repository)

    for source in (flat, archive):
        done = tools.cookiecutter(source, "--no-input", "-o", "out", cwd=tmp_path)
        assert done.returncode != 0
        assert "infra did not arrive: this source has no symlinks." in done.stdout
        assert "Generate from a git URL or a git checkout." in done.stdout
        assert not (tmp_path / "out" / "mlops-demo").exists()
