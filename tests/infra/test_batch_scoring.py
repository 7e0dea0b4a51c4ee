"""Batch scoring beside the endpoint: the job, its role, its alarms, and what is refused."""

import json
from collections.abc import Callable
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from infra.offline import Program
from infra.policies.rules import findings
from ml import agreed
from tests.infra.planned import one, refusal, settings_of, statements
from tests.rehearsal.stack import RELEASE

SCHEDULE = "aws:scheduler/schedule:Schedule"
POLICY = "aws:iam/rolePolicy:RolePolicy"
REAL_TIME = {"serving": {"mode": "real-time", "instances": 2}, "rollout": {"strategy": "canary", "percent": 50}}


@pytest.fixture(scope="module")
def hybrid(planned: Callable[..., Program]) -> Program:
    """An endpoint and batch scoring, of one release."""
    return planned(batch={"instances": 3, "days": 14, "instance": "ml.m5.xlarge"}, model=RELEASE, **REAL_TIME)


def request_of(program: Program) -> dict[str, Any]:
    return json.loads(one(program, SCHEDULE, "batch-job-schedule").inputs["target"]["input"])


def test_without_the_section_nothing_of_it_is_made(program: Program):
    assert not [entry.name for entry in program.resources if "-batch" in entry.name]
    assert set(program.outputs["schedules"]) == {"train", "watch"}


def test_endpoint_and_batch_use_the_same_release_and_image(hybrid: Program):
    command = request_of(hybrid)["AppSpecification"]["ContainerEntrypoint"]
    assert command[:4] == ["python", "-m", "ml.cli", "score"]
    assert command[4:] == ["--days", "14", "--url", RELEASE["url"], "--sha256", RELEASE["sha256"]]
    served = one(hybrid, "aws:sagemaker/model:Model").inputs["primaryContainer"]
    assert served["modelDataUrl"] == RELEASE["url"]
    assert served["environment"]["MLOPS_MODEL_SHA256"] == RELEASE["sha256"]
    assert request_of(hybrid)["AppSpecification"]["ImageUri"] == served["image"]


def test_without_a_release_the_baseline_scores_and_no_model_may_be_read(planned: Callable[..., Program]):
    program = planned(batch={})
    assert "--url" not in request_of(program)["AppSpecification"]["ContainerEntrypoint"]
    read = [s for s in statements(one(program, POLICY, "batch-job-role-policy")) if "models" in json.dumps(s)]
    assert read == []


def test_the_instances_that_share_the_days_are_asked_for(hybrid: Program):
    request = request_of(hybrid)
    cluster = request["ProcessingResources"]["ClusterConfig"]
    assert (cluster["InstanceCount"], cluster["InstanceType"]) == (3, "ml.m5.xlarge")
    shape = botocore.session.get_session().get_service_model("sagemaker").operation_model("CreateProcessingJob")
    assert not ParamValidator().validate(request, shape.input_shape).has_errors()


def test_the_role_writes_predictions_and_nothing_else(hybrid: Program):
    writing = [
        (action, resource)
        for statement in statements(one(hybrid, POLICY, "batch-job-role-policy"))
        for action in statement["Action"]
        for resource in (statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]])
        if action.startswith(("s3:Put", "s3:Delete"))
    ]
    assert writing == [("s3:PutObject", f"arn:aws:s3:::{hybrid.outputs['buckets']['capture']}/{agreed.SCORED}*")]


def test_it_breaks_no_policy(hybrid: Program):
    assert findings(hybrid.resources) == []


def test_the_alarm_on_age_waits_as_long_as_the_settings_say(planned: Callable[..., Program]):
    program = planned(batch={"freshHours": 30})
    inputs = one(program, "aws:cloudwatch/metricAlarm:MetricAlarm", "batch-stale").inputs
    assert (inputs["threshold"], inputs["evaluationPeriods"], inputs["period"]) == (30, 30, 3600)
    assert inputs["treatMissingData"] == "breaching"


def test_more_instances_than_days_are_refused():
    assert "batch.instances is 8, expected at most batch.days (7)" in refusal(batch={"instances": 8})


def test_an_alarm_that_would_go_off_between_two_runs_is_refused():
    text = refusal(batch={"schedule": "rate(2 days)"})
    assert "batch.freshHours is 48, expected more than the 48 hours from one run to the next" in text
    assert settings_of(batch={"schedule": "rate(2 days)", "freshHours": 49}).batch
    assert settings_of(batch={"schedule": "cron(0 3 ? * * *)"}).batch
    assert "batch.freshHours is 169, expected 1 to 168" in refusal(batch={"freshHours": 169})


@pytest.mark.slow
def test_what_it_costs_counts_every_instance(planned: Callable[..., Program]):
    from infra import plan

    def of_job(instances: int) -> float:
        lines = plan.document(planned(batch={"instances": instances}), [])["cost"]["lines"]
        return next(line["usd"] for line in lines if line["name"].endswith("batch-job-schedule"))

    assert of_job(4) == pytest.approx(4 * of_job(1))
