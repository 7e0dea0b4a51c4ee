"""The scheduled jobs of the shipped environments."""

import json
import re

import botocore.session
import pytest
from botocore.validate import ParamValidator

from infra.offline import Program
from tests.infra.planned import one, statements


@pytest.mark.parametrize(("job", "command"), [("watch", "monitor")])
def test_a_schedule_starts_the_image_as_a_processing_job_with_the_whole_wiring(
    program: Program, job: str, command: str
):
    target = one(program, "aws:scheduler/schedule:Schedule", f"{job}-job-schedule").inputs["target"]
    assert target["arn"] == "arn:aws:scheduler:::aws-sdk:sagemaker:createProcessingJob"
    request = json.loads(target["input"])
    assert request["AppSpecification"]["ContainerEntrypoint"] == ["python", "-m", "ml.cli", command]
    assert request["AppSpecification"]["ImageUri"].partition("@sha256:")[2]
    region = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"}
    assert request["Environment"] == region | program.outputs["wiring"]
    assert request["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"]
    # What CreateProcessingJob allows.
    assert all(len(value) <= 256 for value in request["Environment"].values())
    run = request["ProcessingJobName"].replace("<aws.scheduler.execution-id>", "0" * 36)
    assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", run)
    assert {"Key": "Stack", "Value": f"mlops-demo-{program.environment}"} in request["Tags"]


@pytest.mark.parametrize("job", ["watch"])
def test_the_request_of_a_schedule_is_one_that_sagemaker_knows(program: Program, job: str):
    target = one(program, "aws:scheduler/schedule:Schedule", f"{job}-job-schedule").inputs["target"]
    model = botocore.session.get_session().get_service_model("sagemaker")
    shape = model.operation_model("CreateProcessingJob").input_shape
    assert not ParamValidator().validate(json.loads(target["input"]), shape).has_errors()


def test_a_run_may_be_started_under_its_name_only(program: Program):
    request = json.loads(
        one(program, "aws:scheduler/schedule:Schedule", "watch-job-schedule").inputs["target"]["input"]
    )
    starting = statements(one(program, "aws:iam/rolePolicy:RolePolicy", "watch-job-scheduler-policy"))[0]
    allowed = starting["Resource"].partition("processing-job/")[2]
    assert request["ProcessingJobName"].startswith(allowed.removesuffix("*"))
