import json
import socket
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from infra import offline, plan
from infra.offline import ROOT, Cloud, run
from infra.parsing import SettingsError

CLI = CliRunner()


def test_the_plan_needs_no_network_and_is_the_same_again(shipped, dev, monkeypatch):
    def refuse(*_arguments):
        raise AssertionError("the plan opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    again = run(shipped, "dev")
    assert len(again.resources) > 80
    assert plan.document(again, []) == plan.document(dev, [])


@pytest.fixture
def shown(dev, prod, monkeypatch):
    """The command, on programs that were planned before."""
    planned = {"dev": dev, "prod": prod}
    monkeypatch.setattr(plan, "run", lambda _root, env: planned[env])
    return lambda *arguments: CLI.invoke(plan.app, [*arguments])


def test_the_tables_show_resources_outputs_cost_and_notes(shown):
    done = shown("dev")
    assert done.exit_code == 0
    for text in (
        "s3 Bucket",
        "data-raw-bucket",
        "MLOPS_TABLES_BUCKET",
        "total",
        "92 resources, in 16 components that group them",
        " of 92 resources.\n",
        "note: serving.mode",
        "note: prices are list prices of us-east-1: in eu-west-1 they may differ",
    ):
        assert text in done.stdout


def test_prod_s_tables_show_what_is_protected(shown):
    assert "protected" in shown("prod").stdout.partition("Stack outputs")[0].partition("parent")[2]


def test_json_goes_to_stdout_alone(shown):
    done = shown("prod", "--json")
    data = json.loads(done.stdout)
    assert {"resources", "outputs", "cost", "notes", "project", "environment"} == set(data)
    assert {"type", "name", "parent", "protected", "inputs"} <= set(data["resources"][0])
    assert data["cost"]["total"] > 100


def test_the_help_teaches():
    shown = CLI.invoke(plan.app, ["--help"])
    for text in ("no credentials", "Exit codes", "make plan ENV=dev", "--json"):
        assert text in shown.stdout


def test_a_wrong_setting_or_environment_exits_with_2_and_no_traceback(project):
    root = str(project({"serving": {"mode": "lambda"}}))
    for arguments, expected in (
        (["try", "--root", root], "serving.mode is 'lambda'"),
        (["nope"], "expected dev or prod"),
    ):
        done = CLI.invoke(plan.app, arguments)
        assert done.exit_code == 2
        assert expected in done.stderr
        assert not done.stdout
        assert "Traceback" not in done.stderr


def test_the_module_runs_as_make_plan_runs_it():
    command = [sys.executable, "-m", "infra.offline", "nope"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("there is no environment 'nope'")


def test_a_wrong_setting_stops_the_program_as_pulumi_expects_it(project):
    import pulumi

    with pytest.raises(SettingsError) as caught:
        run(project({"monthlyBudget": "much"}), "try")
    assert isinstance(caught.value, pulumi.RunError)


def test_secrets_and_code_are_masked(dev):
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "hunter2"}
    assert plan.masked({"a": [secret], "__provider": "gASV"}) == {"a": ["[secret]"]}
    text = json.dumps(plan.document(dev, []))
    assert "__provider" not in text
    assert "4dabf18193072939515e22adb298388d" not in text


class FirstPreview(Cloud):
    """A preview before anything exists: nothing that AWS would tell is known."""

    def new_resource(self, args):
        return ("", dict(args.inputs)) if args.custom else (None, {})


@pytest.mark.parametrize("env", ["dev", "prod"])
def test_a_preview_before_anything_exists_asks_for_the_same_resources(env, shipped, request):
    preview = run(shipped, env, FirstPreview(), preview=True)
    planned = request.getfixturevalue(env)
    assert {entry.urn for entry in preview.resources} == {entry.urn for entry in planned.resources}


def test_a_name_used_twice_is_found(project):
    root = project()
    (root / "__main__.py").write_text("import pulumi_aws as aws\naws.s3.Bucket('a')\naws.s3.Bucket('a')\n")
    with pytest.raises(ValueError, match="makes the same thing twice"):
        offline.run(root, "try")


def test_an_error_in_the_program_is_raised_and_the_next_run_works(shipped, project):
    root = project()
    (root / "__main__.py").write_text("raise LookupError('broken')\n")
    with pytest.raises(LookupError, match="broken"):
        run(root, "try")
    assert run(shipped, "dev").outputs["endpoint_name"] == "mlops-demo-dev"
