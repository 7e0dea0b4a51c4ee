"""What the command says where there is nothing to look at, or nobody may look."""

import json
import re
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from moto.backends import get_backend
from typer.testing import CliRunner

from infra.rehearsal.aws import Aws
from infra.rehearsal.credentials import NOBODY, Credentials
from infra.rehearsal.environment import aws_variables, environment
from infra.rehearsal.front.models import table
from infra.source import ROOT
from infra.status import endpoint, examination, runs
from infra.status.__main__ import app
from infra.status.part import at
from infra.status.planned import PIPELINE, Planned, called
from tests.infra.doctor.conftest import program, resource
from tests.infra.planned import settings_of
from tests.infra.status.conftest import Seen, alarmed
from tests.rehearsal.front.hosted import ROLE
from tests.rehearsal.serving import serving
from tests.rehearsal.stack import RELEASE


def test_an_environment_without_settings_is_refused(shipped):
    done = CliRunner().invoke(app, ["nope", "--root", str(shipped)])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("there is no environment 'nope'")


def test_the_help_teaches():
    shown = CliRunner().invoke(app, ["--help"]).stdout
    for text in ("Exit codes", "make status ENV=dev", "--json", "changes nothing"):
        assert text in shown


def test_a_name_in_aws_is_the_resource_s_with_the_engine_s_digits_and_no_other_s():
    alarm = resource("an alarm", "shop-dev-watch-runs")
    others = ["shop-dev-watch-runs", "shop-dev-watch-runs-more-1a2b3c4", "a-shop-dev-watch-runs-1a2b3c4"]
    assert called(alarm, others) is None
    assert called(alarm, [*others, "shop-dev-watch-runs-1a2b3c4"]) == "shop-dev-watch-runs-1a2b3c4"
    given = resource("an alarm", "logical", alarmName="shop-dev-page")
    assert called(given, ["logical-1a2b3c4", "shop-dev-page"]) == "shop-dev-page"


def test_what_should_run_is_read_from_the_program_by_the_way_it_serves(planned, dev):
    config: dict[str, Any] = {
        "serving": {"mode": "real-time", "instances": 3},
        "rollout": {"strategy": "a-b", "percent": 20},
        "challenger": RELEASE,
    }
    found = Planned(program=planned(**config), settings=settings_of(**config))
    assert [(each["name"], each["release"], each["weight"], each["capacity"]) for each in found.variants()] == [
        ("champion", "", 80.0, "3 x ml.m5.large"),
        ("challenger", "a" * 64, 20.0, "3 x ml.m5.large"),
    ]
    jobs = Planned(program=dev, settings=settings_of()).jobs()
    assert [name for name in jobs if name.startswith("mlops-demo-dev-")] == list(jobs)


def test_how_many_instances_scaling_made_is_no_difference_and_another_type_is(planned):
    config: dict[str, Any] = {
        "serving": {"mode": "real-time", "instances": 3},
        "rollout": {"strategy": "all-at-once"},
        "scaling": {"maxInstances": 6, "metric": "invocations", "target": 900},
    }
    (asked,) = Planned(program=planned(**config), settings=settings_of(**config)).variants()
    assert endpoint.differences([{**asked, "capacity": "5 x ml.m5.large"}], [asked]) == []
    (text,) = endpoint.differences([{**asked, "capacity": "5 x ml.c5.large"}], [asked])
    assert text == "variant champion has 5 x ml.c5.large, the settings have ml.m5.large"


def test_times_are_told_in_utc_wherever_this_machine_is():
    tokyo = timezone(timedelta(hours=9))
    assert at(datetime(2026, 11, 29, 8, 30, tzinfo=tokyo)) == "2026-11-28 23:30 UTC"


@pytest.fixture
def pipeline():
    """The pipeline `p` of an account behind the models, and what the status says of it."""
    with serving(table.layer()) as url, environment(aws_variables(url, "eu-west-1")):
        sagemaker = boto3.client("sagemaker", endpoint_url=url)
        sagemaker.create_pipeline(PipelineName="p", PipelineDefinition="{}", ClientRequestToken="0" * 32, RoleArn=ROLE)
        planned = Planned(program=program(resource(PIPELINE, pipelineName="p")), settings=settings_of())
        yield sagemaker, lambda: runs.look(lambda _service: sagemaker, planned)


@pytest.mark.slow
def test_the_last_execution_of_a_pipeline_is_told_with_its_reason(pipeline):
    sagemaker, look = pipeline
    assert [(each.level, each.text) for each in look().findings] == [("note", "the pipeline p has not run yet")]
    arn = sagemaker.start_pipeline_execution(PipelineName="p", ClientRequestToken="1" * 32)["PipelineExecutionArn"]
    assert [each.level for each in look().findings] == ["fine"]
    (execution,) = get_backend("sagemaker")["123456789012"]["eu-west-1"].pipelines["p"].pipeline_executions.values()
    vars(execution).update(pipeline_execution_status="Failed", pipeline_execution_failure_reason="the gate refused it")
    (found,) = look().findings
    assert found.level == "person"
    assert found.text.startswith(f"p/{arn.rpartition('/')[2]} of ")
    assert found.text.endswith("is Failed: the gate refused it")
    assert found.fix == f"aws sagemaker list-pipeline-execution-steps --pipeline-execution-arn {arn}"


@pytest.mark.slow
def test_a_stack_that_was_not_brought_up_is_told_from_one_with_faults(status):
    done = status("prod")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("there is no stack prod in the account 123456789012 and the region eu-west-1")
    assert "`pulumi up --stack prod`" in done.stderr


@pytest.mark.slow
def test_without_credentials_it_says_so_in_a_sentence(status, up, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    done = status("dev")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("AWS could not be asked: Unable to locate credentials. Have AWS credentials at hand")


@pytest.mark.slow
def test_without_a_network_it_says_to_look_at_the_network(status, up, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    done = status("dev")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "See that this machine reaches AWS" in done.stderr


def become(monkeypatch: pytest.MonkeyPatch, credentials: Credentials) -> None:
    for name, value in credentials.variables.items():
        monkeypatch.setenv(name, value)


@pytest.mark.slow
def test_who_may_ask_nothing_is_told_so(status, up, monkeypatch):
    become(monkeypatch, NOBODY)
    done = status("dev")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith(("AWS could not be asked: ", "these credentials may ask nothing: "))


def allowed(up: Aws, name: str, *actions: str) -> Credentials:
    """Those of a role of the account's own that may do this alone."""

    def document(**statement: Any) -> str:
        return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})

    trust = document(Action="sts:AssumeRole", Principal={"AWS": "arn:aws:iam::123456789012:root"})
    role = up.call("iam", "CreateRole", RoleName=name, AssumeRolePolicyDocument=trust)["Role"]
    policy = document(Action=actions, Resource="*")
    up.call("iam", "PutRolePolicy", RoleName=name, PolicyName="look", PolicyDocument=policy)
    given = up.call("sts", "AssumeRole", RoleArn=role["Arn"], RoleSessionName="look")["Credentials"]
    return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


@pytest.mark.slow
def test_what_a_role_may_not_ask_is_unknown_and_the_rest_is_shown(status, up, monkeypatch):
    session = allowed(up, "half", "cloudwatch:DescribeAlarms")
    with alarmed(up, "calibration") as name, monkeypatch.context() as patched:
        become(patched, session)
        done = status("dev", "--json")
    found = Seen(done)
    assert found.code == 1
    assert name in found.of("alarms")[0]
    assert "AccessDenied" in found.of("endpoint", "unknown")[0]
    assert "nothing is known of budget, capture, endpoint, runs" in done.stderr


@pytest.mark.slow
def test_the_permissions_that_the_page_lists_are_all_that_it_needs(status, up, monkeypatch):
    page = (ROOT / "docs" / "status.md").read_text()
    (sentence,) = re.findall(r"^It needs (.*?)\. What one may not", page, re.MULTILINE)
    actions, service = [], ""
    for given in re.findall(r"`([A-Za-z0-9:]+)`", sentence):
        service = given.partition(":")[0] if ":" in given else service
        actions.append(f"{service}:{given.rpartition(':')[2]}")
    become(monkeypatch, allowed(up, "whole", *actions))
    found = Seen(status("dev", "--json"))
    assert [text for part in examination.PARTS for text in found.of(part, "unknown")] == []
    assert len(actions) > 10


@pytest.mark.slow
def test_the_table_says_what_to_do_and_stderr_how_many_need_a_person(status, up):
    with alarmed(up, "calibration"):
        done = status("dev")
    assert done.exit_code == 1
    for text in ("mlops-demo-dev in 123456789012, eu-west-1", "needs a person", "docs/runbooks/calibration.md"):
        assert text in done.stdout
    assert done.stderr.strip().endswith("lines need a person")
