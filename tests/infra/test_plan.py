import json
import pickle
import re
import socket
import subprocess
import sys
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from infra import offline, plan, prices
from infra.offline import Cloud, run
from infra.parsing import SettingsError
from infra.policies import tokens
from infra.policies.rules import RULES
from infra.source import ROOT
from tests.infra.policies import breaking

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
def shown(shipped, dev, prod, monkeypatch):
    """The command, on programs that were planned before."""
    planned = {"dev": dev, "prod": prod}
    monkeypatch.setattr(plan, "run", lambda _root, env: planned[env])
    return lambda *arguments: CLI.invoke(plan.app, [*arguments, "--root", str(shipped)])


def test_the_tables_show_resources_outputs_cost_and_notes(shown):
    done = shown("dev")
    assert done.exit_code == 0
    for text in (
        "s3 Bucket",
        "data-raw-bucket",
        "MLOPS_TABLES_BUCKET",
        "total",
        "112 resources, in 18 components that group them",
        " of 112 resources.\n",
        "0 policy findings by",
        "note: serving.mode",
    ):
        assert text in done.stdout


def test_the_tables_say_whose_prices_they_show_where_the_stack_is_elsewhere(shown):
    assert f"note: prices are list prices of {prices.REGION}: in eu-west-1 they may differ" in shown("dev").stdout


def test_prod_s_tables_show_what_is_protected(shown):
    assert "protected" in shown("prod").stdout.partition("Stack outputs")[0].partition("parent")[2]


def test_a_total_that_leaves_something_out_says_so_beside_it_and_is_held_against_the_budget(project):
    root = project({"monthlyBudget": 1, "serving": {"mode": "real-time", "instance": "ml.g5.xlarge"}})
    said = CLI.invoke(plan.app, ["try", "--root", str(root)]).stdout
    (total,) = [line for line in said.splitlines() if line.startswith("│ total ")]
    assert "without what is not priced:" in total
    assert re.search(
        r"note: an idle month costs \d+\.\d\d \$ without what is not priced, and monthlyBudget is 1:", said
    )


def test_json_goes_to_stdout_alone(shown):
    done = shown("prod", "--json")
    data = json.loads(done.stdout)
    assert {"resources", "outputs", "cost", "policies", "notes", "project", "environment"} == set(data)
    assert {"type", "name", "parent", "protected", "inputs"} <= set(data["resources"][0])
    assert data["cost"]["total"] > 100
    assert data["policies"] == {"findings": [], "rules": len(RULES)}


def test_a_mandatory_finding_is_in_the_table_and_in_json_and_exits_with_1(shown, prod, monkeypatch):
    open_to_all = breaking.put(tokens.BUCKET_BLOCK, "blockPublicPolicy", False, "raw-private")(prod.resources)
    monkeypatch.setattr(plan, "run", lambda _root, _env: replace(prod, resources=open_to_all))
    done = shown("prod")
    assert done.exit_code == 1
    for text in ("blockPublicPolicy is False, expected", "CKV_AWS_54", "mandatory", "1 policy finding by"):
        assert text in done.stdout
    assert done.stderr == "prod breaks mandatory policies (1 policy finding): see docs/policies.md\n"
    done = shown("prod", "--json")
    assert done.exit_code == 1
    (finding,) = json.loads(done.stdout)["policies"]["findings"]
    assert finding == {
        "rule": "bucket-blocks-public-access",
        "ids": ["S3.1", "S3.8", "CKV_AWS_53", "CKV_AWS_54", "CKV_AWS_55", "CKV_AWS_56"],
        "mandatory": True,
        "type": tokens.BUCKET_BLOCK,
        "name": "mlops-demo-prod-data-raw-private",
        "text": "blockPublicPolicy is False, expected True",
    }


def test_an_advisory_finding_is_shown_and_exits_with_0(shown, prod, monkeypatch):
    lost = breaking.of_first(tokens.BUCKET, protect=False)(prod.resources)
    monkeypatch.setattr(plan, "run", lambda _root, _env: replace(prod, resources=lost))
    done = shown("prod")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "advisory" in done.stdout


@pytest.mark.slow
def test_a_plan_does_not_load_what_serves_the_policy_pack():
    command = [sys.executable, "-c", "import sys, infra.plan; sys.exit('pulumi_policy' in sys.modules)"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def test_the_help_teaches():
    shown = CLI.invoke(plan.app, ["--help"])
    for text in ("no credentials", "Exit codes", "make plan ENV=dev", "--json"):
        assert text in shown.stdout


def test_a_wrong_setting_or_environment_exits_with_2_and_no_traceback(project, shipped):
    root = str(project({"serving": {"mode": "edge"}}))
    for arguments, expected in (
        (["try", "--root", root], "serving.mode is 'edge'"),
        (["nope", "--root", str(shipped)], "expected dev or prod"),
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


def test_secrets_are_masked():
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "hunter2"}
    assert plan.masked({"a": [secret], "__provider": "gASV"}) == {"a": ["[secret]"]}


@pytest.mark.slow
@pytest.mark.parametrize("form", [[], ["--json"]], ids=["tables", "json"])
def test_the_code_of_dynamic_resources_is_in_no_plan(program, shipped, form):
    """Nor in Pulumi's own output, or readable in its state: it is a secret there."""
    code = [entry.inputs["__provider"] for entry in program.resources if "__provider" in entry.inputs]
    # The image, what the endpoint leaves behind and runs, and, on instances, its fleet.
    assert len(code) == {"dev": 3, "prod": 9}[program.environment]
    assert all(secret["4dabf18193072939515e22adb298388d"] for secret in code)
    shown = CLI.invoke(plan.app, [program.environment, "--root", str(shipped), *form]).stdout
    assert "Converged" in shown
    for hidden in ("__provider", "4dabf18193072939515e22adb298388d", *(secret["value"] for secret in code)):
        assert hidden not in shown


class FirstPreview(Cloud):
    """A preview before anything exists: nothing that AWS would tell is known."""

    def new_resource(self, args):
        return ("", dict(args.inputs)) if args.custom else (None, {})


@pytest.mark.parametrize("env", ["dev", "prod"])
def test_a_preview_before_anything_exists_asks_for_the_same_resources(env, shipped, request):
    preview = run(shipped, env, FirstPreview(), preview=True)
    planned = request.getfixturevalue(env)
    assert {entry.urn for entry in preview.resources} == {entry.urn for entry in planned.resources}


def test_python_s_pickler_is_as_it_was_after_a_run(shipped):
    """Pulumi wraps its method once more for each dynamic resource: a thousand later, it is too deep a recursion."""
    before = pickle._Pickler.__dict__["_batch_setitems"]
    run(shipped, "dev")
    assert pickle._Pickler.__dict__["_batch_setitems"] is before


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
