"""The real program of each environment that is shipped, applied, used and destroyed."""

import json
import re

import boto3
import pytest
from typer.testing import CliRunner

from infra import plan, stackfiles
from infra.rehearsal import summary
from infra.rehearsal.destroy import Leftovers
from infra.rehearsal.entry import How
from infra.rehearsal.environment import environment
from infra.rehearsal.rehearse import rehearse
from ml.wiring import Wiring
from tests.infra.planned import SHIPPED

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=SHIPPED)
def rehearsal(request, shipped, tmp_path_factory):
    with (
        rehearse(shipped, request.param, tmp_path_factory.mktemp(request.param)) as rehearsal,
        environment(rehearsal.administrator),
    ):
        yield rehearsal


def test_each_resource_is_made_modelled_or_replaced(rehearsal):
    kinds = {how: {made.type for made in rehearsal.resources if made.how is how} for how in How}
    assert kinds[How.MOTO]
    managed = {"aws:sagemaker/mlflowApp:MlflowApp"} if ":mlflow-app/" in rehearsal.outputs["mlflow"] else set()
    assert kinds[How.MODEL] == {
        "aws:cloudwatch/compositeAlarm:CompositeAlarm",
        "aws:sagemaker/endpoint:Endpoint",
        *managed,
    }
    assert kinds[How.REPLACED] == {"pulumi-python:dynamic:ImageBuild"}
    assert kinds[How.NOT] == set()
    assert all(made.note for made in rehearsal.resources if made.how in {How.MODEL, How.REPLACED})


def test_no_input_stays_behind(rehearsal):
    assert [resource for resource in rehearsal.resources if "not sent to the API" in resource.note] == []


def test_each_resource_has_its_parent_in_the_list(rehearsal):
    names = {resource.name for resource in rehearsal.resources}
    assert {resource.parent for resource in rehearsal.resources} - {""} <= names
    assert any(resource.parent for resource in rehearsal.resources)


def test_what_pulumi_destroy_would_not_delete_says_so(rehearsal):
    for resource in rehearsal.resources:
        assert ("`pulumi destroy` refuses it" in resource.note) is resource.protect
    models = [resource for resource in rehearsal.resources if resource.type == "aws:sagemaker/model:Model"]
    assert all("Pulumi itself never deletes it" in model.note for model in models)


def test_the_loop_can_write_and_read_what_the_wiring_names(rehearsal):
    wiring = Wiring.from_env()
    s3 = boto3.client("s3")
    for bucket in (wiring.raw_bucket, wiring.tables_bucket, wiring.models_bucket, wiring.capture_bucket):
        s3.put_object(Bucket=bucket, Key="a/b", Body=b"1")
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    s3.put_object(Bucket=wiring.models_bucket, Key="approved/a", Body=b"1", IfNoneMatch="*")
    assert wiring.tracking_uri == rehearsal.environ["MLFLOW_TRACKING_URI"]
    assert json.loads(wiring.rollout)["strategy"]


def test_the_endpoint_runs_a_configuration_whose_model_names_the_image_by_digest(rehearsal):
    sagemaker, ecr = boto3.client("sagemaker"), boto3.client("ecr")
    endpoint = sagemaker.describe_endpoint(EndpointName=rehearsal.outputs["endpoint_name"])
    config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    model = sagemaker.describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
    url, _, digest = model["PrimaryContainer"]["Image"].partition("@")
    assert url == rehearsal.outputs["image_repository"]
    repository = url.partition("/")[2]
    assert ecr.describe_images(repositoryName=repository, imageIds=[{"imageDigest": digest}])["imageDetails"]


def test_the_report_counts_what_the_plan_counts_and_repeats_its_notes(rehearsal, shipped):
    env = rehearsal.outputs["wiring"]["MLOPS_ENVIRONMENT"]
    arguments = [env, "--root", str(shipped)]
    planned = CliRunner().invoke(plan.app, arguments)
    told = summary.of(rehearsal, Leftovers(), stackfiles.settings(shipped, env))
    (size,) = re.findall(r"\d+ resources, in \d+ components that group them", planned.stdout)
    assert size in told["summary"]
    assert re.search(r"Of the [1-9]\d* statements of roles, \d+ let through", told["summary"])
    assert told["notes"] == json.loads(CliRunner().invoke(plan.app, [*arguments, "--json"]).stdout)["notes"]
    assert told["notes"]


def test_it_is_destroyed_and_nothing_is_left(rehearsal):
    left = rehearsal.destroy()
    assert str(left) == "nothing is left"
    # What the endpoint retains is removed by the program itself.
    assert "endpoint" not in "".join(left.kept)
    assert not rehearsal.destroy()
    assert rehearsal.resources
