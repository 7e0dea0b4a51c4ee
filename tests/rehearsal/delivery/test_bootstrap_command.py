"""The command behind `make bootstrap`: what it says, what it asks, and how it ends."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from infra.account import command, settings
from infra.rehearsal.aws import Aws
from infra.rehearsal.credentials import NOBODY
from infra.rehearsal.environment import aws_variables, environment
from tests.rehearsal.delivery.conftest import REPOSITORY, shipped

pytestmark = pytest.mark.slow

NUMBERS = ["--repository", REPOSITORY.name, "--owner-id", "123456", "--repository-id", "456789"]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project on a machine with neither Pulumi's CLI nor GitHub's."""
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    return shipped(tmp_path / "project")


@pytest.fixture
def run(aws: Aws, root: Path) -> Callable[..., Result]:
    def invoked(*arguments: str, variables: dict[str, str] | None = None) -> Result:
        with environment(variables or aws_variables(aws.endpoint, aws.region)):
            return CliRunner().invoke(command.app, [*arguments, "--root", str(root)])

    return invoked


def test_a_dry_run_says_what_it_would_do_and_does_nothing(run, root: Path, aws: Aws):
    texts = {path: path.read_text() for path in root.rglob("*.yaml")}
    done = run("--dry-run", *NUMBERS)
    assert done.exit_code == 0
    assert "account 123456789012, region eu-west-1, project mlops-demo" in done.stdout
    assert "key alias/mlops-demo-state: will be made" in done.stdout
    assert "stack dev of mlops-demo: will be made, by you (no Pulumi CLI here)" in done.stdout
    assert {path: path.read_text() for path in root.rglob("*.yaml")} == texts
    assert aws.call("s3", "ListBuckets")["Buckets"] == []


@pytest.mark.parametrize("name", ["octo-repo", "a/b/c", "https://github.com/octo-org/octo-repo"])
def test_a_repository_that_is_none_is_refused_before_anybody_is_asked(run, name: str):
    done = run("--dry-run", "--repository", name, variables={})
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"--repository is {name!r}, expected owner/name, as on GitHub\n"


def test_without_anybody_to_confirm_it_does_nothing(run, aws: Aws):
    done = run(*NUMBERS)
    assert done.exit_code == 2
    assert "expected --yes" in done.stderr
    assert aws.call("s3", "ListBuckets")["Buckets"] == []


def test_it_ends_with_the_commands_that_are_left_and_what_to_commit(run, root: Path):
    done = run("--yes", *NUMBERS)
    assert done.exit_code == 0, done.stderr
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert "pulumi --cwd infra/account up --stack account" in lines
    assert "make bootstrap ARGS=--yes   # writes what the account's stack has made into the settings" in lines
    assert lines[-2:] == [
        f"git add Pulumi.yaml Pulumi.dev.yaml Pulumi.prod.yaml {settings.FOLDER}/Pulumi.yaml {settings.FILE}",
        "git commit -m 'Keep state in the account'",
    ]
    assert settings.read(root).missing == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--owner-id", "1"], "expected both as numbers, and --repository owner/name"),
        (["--repository", "a/b", "--owner-id", "me", "--repository-id", "1"], "--owner-id is 'me'"),
    ],
)
def test_half_a_repository_is_refused(run, arguments: list[str], expected: str):
    done = run("--yes", *arguments)
    assert done.exit_code == 2
    assert expected in done.stderr


def test_without_credentials_it_says_which_are_expected(run, aws: Aws):
    variables = aws_variables(aws.endpoint, aws.region)
    nobody = {name: value for name, value in variables.items() if not name.startswith("AWS_ACCESS_KEY")}
    done = run("--yes", variables={name: value for name, value in nobody.items() if name != "AWS_SECRET_ACCESS_KEY"})
    assert done.exit_code == 2
    assert "there are no AWS credentials, expected an administrator's" in done.stderr
    assert "Traceback" not in done.output


def test_credentials_that_have_ended_are_told_from_those_that_may_too_little(run, aws: Aws):
    done = run("--yes", variables=aws_variables(aws.endpoint, aws.region, NOBODY))
    assert done.exit_code == 2
    assert "log in anew" in done.stderr


def test_a_setting_that_cannot_be_used_is_named(run, root: Path):
    path = root / "Pulumi.prod.yaml"
    path.write_text(path.read_text().replace("aws:region: eu-west-1", "aws:region: mars-1"))
    done = run("--yes", *NUMBERS)
    assert done.exit_code == 2
    assert "mars-1" in done.stderr


def test_no_answer_from_aws_is_no_traceback(run):
    done = run("--dry-run", variables=aws_variables("http://127.0.0.1:9", "eu-west-1") | {"AWS_MAX_ATTEMPTS": "1"})
    assert done.exit_code == 2
    assert "AWS cannot be reached" in done.stderr
