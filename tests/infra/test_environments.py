"""`make env`: an environment is added whole or not at all."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra import environments, stackfiles
from infra.account import files
from infra.account import settings as account
from infra.offline import run
from infra.parsing import SettingsError
from infra.source import ROOT
from tests.rehearsal.delivery.conftest import shipped


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return shipped(tmp_path / "project")


@pytest.mark.slow
def test_a_new_environment_has_the_settings_of_another_and_plans(project: Path):
    with (project / "Pulumi.prod.yaml").open("a") as file:
        file.write("  mlops-demo:permissionsBoundary: mlops-demo-prod-boundary\n")
        release = f"    url: s3://of-prod/approved/{'a' * 64}/model.tar.gz\n    sha256: {'a' * 64}\n"
        file.write(f"  mlops-demo:model:\n{release}  mlops-demo:monitor:\n    latencyP99Ms: 321\n")
        file.write("".join(f"{key}: of-this-stack\n" for key in ("encryptionsalt", "encryptedkey", "secretsprovider")))
    environments.add(project, "staging", like="prod")
    assert stackfiles.environments(project) == ["dev", "prod", "staging"]
    mine, prods = stackfiles.settings(project, "staging"), stackfiles.settings(project, "prod")
    others = {"environment": "staging", "permissions_boundary": None, "model": None}
    assert mine == prods.model_copy(update=others)
    assert mine.monitor.latency_p99_ms == 321
    assert "of-" not in (project / "Pulumi.staging.yaml").read_text()
    (project / "__main__.py").write_text((ROOT / "__main__.py").read_text())
    planned = run(project, "staging")
    assert planned.environment == "staging"
    assert {entry.type for entry in planned.resources} == {entry.type for entry in run(project, "prod").resources}


@pytest.mark.parametrize(
    ("name", "like", "expected"),
    [
        ("prod", "dev", "Pulumi.prod.yaml exists"),
        ("Staging", "prod", "is 'Staging', expected one word"),
        ("../evil", "prod", "is '../evil', expected one word"),
        ("", "prod", "is '', expected one word"),
        ("account", "prod", "is 'account', expected one word"),
        ("staging", "live", "there is no environment 'live': expected dev or prod"),
    ],
)
def test_what_cannot_be_added_is_refused_and_nothing_is_written(project: Path, name: str, like: str, expected: str):
    before = {path: path.read_text() for path in project.rglob("*.yaml")}
    with pytest.raises(SettingsError) as refused:
        environments.add(project, name, like=like)
    assert expected in str(refused.value)
    assert {path: path.read_text() for path in project.rglob("*.yaml")} == before


def test_a_new_environment_comes_before_the_last_and_the_account_delivers_it(project: Path):
    environments.add(project, "staging", like="dev")
    environments.add(project, "load", like="staging")
    assert account.read(project).environments == ["dev", "staging", "load", "prod"]
    path = project / account.FILE
    given = {"repository": "a/b", "ownerId": "1", "repositoryId": "2", "stateBucket": "a-state"}
    key = {"stateKey": "arn:aws:kms:eu-west-1:123456789012:key/a"}
    files.set_config(path, {f"{account.SPACE}:{name}": value for name, value in {**given, **key}.items()})
    assert run(project / account.FOLDER, "account").outputs["roles"].keys() == {"dev", "staging", "load", "prod"}


def test_an_order_that_cannot_be_read_stops_it_before_anything_is_written(project: Path):
    path = project / account.FILE
    path.write_text("config:\n  mlops-account:environments: [dev, prod]\n")
    with pytest.raises(SettingsError, match=r"Pulumi.account.yaml: expected mlops-account:environments with one"):
        environments.add(project, "staging", like="prod")
    assert not (project / "Pulumi.staging.yaml").exists()


@pytest.mark.parametrize("refused", ["Pulumi.staging.yaml", account.FILE])
def test_a_folder_that_cannot_be_written_to_is_said_and_nothing_stays(project: Path, monkeypatch, refused: str):
    before = sorted(project.rglob("*"))
    write = Path.write_text

    def on_a_locked_disk(path: Path, text: str, **options: str) -> int:
        if path.parent == (project / refused).parent and Path(refused).name in path.name:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return write(path, text, **options)

    monkeypatch.setattr(Path, "write_text", on_a_locked_disk)
    done = CliRunner().invoke(environments.app, ["staging", "--root", str(project)])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "cannot be written: Read-only file system. Expected a project's folder that can be" in done.stderr
    assert done.stderr.count("\n") == 1
    assert sorted(project.rglob("*")) == before


@pytest.mark.slow
def test_the_command_says_what_is_next_and_ends_with_2_for_a_mistake(project: Path):
    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        given = [sys.executable, "-m", "infra.environments", *arguments, "--root", str(project)]
        return subprocess.run(given, cwd=ROOT, capture_output=True, text=True, check=False)

    done = command("staging")
    assert done.returncode == 0
    assert "make plan ENV=staging" in done.stdout
    assert "A release passes through dev -> staging -> prod" in done.stdout
    assert "make bootstrap" in done.stdout
    again = command("staging")
    assert (again.returncode, again.stdout) == (2, "")
    assert "Pulumi.staging.yaml exists" in again.stderr
