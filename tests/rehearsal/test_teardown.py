"""`make destroy` lets Pulumi destroy what may go, and names what is left."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra import teardown
from infra.rehearsal.aws import RefusedError
from infra.rehearsal.environment import aws_variables, environment
from tests.rehearsal.stack import stack

OPEN = {"data": {"protect": False}}
TAGS = [{"TagKey": "Stack", "TagValue": "example-dev"}]


@pytest.fixture
def cli(tmp_path, monkeypatch):
    """A `pulumi` that writes down how it was called, and ends as it is told."""

    def put(status: int = 0) -> Path:
        said = tmp_path / "called"
        program = tmp_path / "pulumi"
        program.write_text(f'#!/bin/sh\necho "$PWD $@" > {said}\nexit {status}\n')
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
        return said

    return put


def destroyed(root, *more):
    return CliRunner().invoke(teardown.app, ["dev", "--root", str(root), *more])


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    return stack(folder, "example", "dev", OPEN)


def test_data_that_is_protected_is_not_destroyed(root, cli):
    said = cli()
    done = destroyed(stack(root, "example", "dev", {}))
    assert done.exit_code == 2
    assert "Pulumi.dev.yaml protects the data of dev (data.protect: true)" in done.stderr
    assert not said.exists()


def test_without_the_cli_nothing_is_done(root, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    done = destroyed(root)
    assert (done.exit_code, "www.pulumi.com/docs/install" in done.stderr) == (2, True)


def test_an_environment_that_is_not_there_is_named(root):
    done = CliRunner().invoke(teardown.app, ["moon", "--root", str(root)])
    assert (done.exit_code, "no environment 'moon'" in done.stderr) == (2, True)


def test_a_destroy_that_fails_ends_with_pulumis_own_code(root, cli):
    cli(status=255)
    done = destroyed(root)
    assert (done.exit_code, "ended with 255" in done.stderr) == (255, True)


@pytest.mark.slow
def test_what_is_left_is_named_and_a_key_on_its_way_out_is_not(root, cli, aws):
    said = cli()
    with environment({**aws_variables(aws.endpoint, aws.region), "PATH": str(root.parent)}):
        kms = aws.client("kms")
        key = kms.create_key(Tags=TAGS)["KeyMetadata"]
        done = destroyed(root, "--yes")
        assert (done.exit_code, done.stdout) == (1, f"left: {key['Arn']}\n")
        kms.schedule_key_deletion(KeyId=key["KeyId"])
        done = destroyed(root, "--yes")
    assert (done.exit_code, "nothing carries the tag Stack=example-dev" in done.stdout) == (0, True), done.output
    assert said.read_text() == f"{root} destroy --stack dev --yes\n"


SERVER = {**OPEN, "tracking": {"mode": "fargate"}, "network": {"nat": "one"}}
RDS = "/aws/rds/instance/example-dev-mlflow-db/"
CLUSTER = "/aws/ecs/containerinsights/example-dev-mlflow-cluster-0a1b2c3/performance"
MADE = [CLUSTER, f"{RDS}postgresql", f"{RDS}upgrade"]
"""What services make by themselves while the tracking server is there, and while it goes."""
OTHERS = [
    "/aws/ecs/containerinsights/example-dev-mlflow-cluster-two-0a1b2c3/performance",
    "/aws/rds/instance/example-dev-mlflow-db-two/postgresql",
    f"{RDS}postgresql-two",
]
"""Groups of others, whose names start alike."""


@pytest.fixture
def written(aws, cli, tmp_path):
    """An environment with a tracking server, destroyed before; its services have made log groups. The groups now."""
    cli()
    folder = tmp_path / "server"
    folder.mkdir()
    stack(folder, "example", "dev", SERVER)
    with environment({**aws_variables(aws.endpoint, aws.region), "PATH": str(tmp_path)}):
        for name in (*MADE, *OTHERS):
            aws.call("logs", "CreateLogGroup", logGroupName=name)
        yield folder, lambda: {group["logGroupName"] for group in aws.pages("logs", "DescribeLogGroups", "logGroups")}


@pytest.mark.slow
def test_log_groups_that_services_made_are_deleted_and_no_others(written, aws):
    folder, groups = written
    with pytest.raises(RefusedError, match="ResourceAlreadyExists"):
        aws.call("logs", "CreateLogGroup", logGroupName=f"{RDS}postgresql")
    done = destroyed(folder, "--yes")
    assert (done.exit_code, done.stderr) == (0, "")
    assert all(f"made by the service that writes to it, not by Pulumi: {name}\n" in done.stdout for name in MADE)
    assert groups() == set(OTHERS)
    aws.call("logs", "CreateLogGroup", logGroupName=f"{RDS}postgresql")


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "status", "left"), [("y", 0, []), ("n", 1, MADE)])
def test_without_yes_it_asks_before_it_deletes_log_groups(written, answer, status, left):
    folder, groups = written
    done = CliRunner().invoke(teardown.app, ["dev", "--root", str(folder)], input=answer)
    assert (done.exit_code, groups()) == (status, {*OTHERS, *left})
    arns = re.findall(r"^left: arn:aws:logs:eu-west-1:123456789012:log-group:(.+)$", done.stdout, re.MULTILINE)
    assert arns == left


@pytest.mark.slow
def test_a_look_that_is_refused_says_so(root, cli, monkeypatch):
    cli()
    with environment({"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "PATH": str(root.parent)}):
        done = destroyed(root, "--yes")
    assert (done.exit_code, "nobody could look at what is left" in done.stderr) == (1, True)
