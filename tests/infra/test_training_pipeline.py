"""The training pipeline as the stack makes it: the compiled definition with the stack's values, and what starts it."""

import json
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from infra import definition
from infra.offline import Program
from infra.policies.jobs import pipeline_jobs
from infra.source import SourceError
from ml import events
from ml.steps import DEFAULTS, STEPS, Step
from ml.wiring import Wiring
from tests.infra.planned import one, statements

PIPELINE = "aws:sagemaker/pipeline:Pipeline"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"


def defined(program: Program) -> dict[str, Any]:
    return json.loads(one(program, PIPELINE).inputs["pipelineDefinition"])


def test_the_pipeline_has_the_steps_of_the_list_in_its_order(program: Program):
    assert [job["Name"] for job in definition.jobs(defined(program))] == [
        item.name for item in STEPS if isinstance(item, Step)
    ]


def test_every_parameter_has_a_value_so_that_the_name_alone_starts_it(program: Program):
    given = {entry["Name"]: entry["DefaultValue"] for entry in defined(program)["Parameters"]}
    assert {name: given[name] for name in Wiring.variables()} == program.outputs["wiring"]
    assert given.items() >= DEFAULTS.items()
    # What a parameter may hold: StartPipelineExecution's Parameter, and an argument or a variable of a container.
    assert all(0 < len(str(value)) <= 256 for value in given.values())
    assert given["MaxWaitSeconds"] >= given["MaxSeconds"]


def test_what_the_pipeline_asks_for_is_what_sagemaker_knows(program: Program):
    model = botocore.session.get_session().get_service_model("sagemaker")
    for name, kind, request in pipeline_jobs(one(program, PIPELINE)):
        operation = model.operation_model(f"Create{kind}Job")
        named = {f"{kind}JobName": name, **json.loads(json.dumps(request), object_hook=_text)}
        report = ParamValidator().validate(named, operation.input_shape)
        assert not report.has_errors(), report.generate_report()


def _text(value: dict[str, Any]) -> Any:
    """An expression that is known while it runs alone stands for a text."""
    return "text" if value.keys() & {"Get", "Std:Join"} else value


def test_training_runs_on_spot_keeps_checkpoints_and_reaches_nothing(program: Program):
    (train,) = [request for name, _kind, request in pipeline_jobs(one(program, PIPELINE)) if name == "train"]
    assert train["EnableManagedSpotTraining"] is True
    assert train["CheckpointConfig"]["LocalPath"] == "/opt/ml/checkpoints"
    assert train["EnableNetworkIsolation"] is True


def test_a_job_on_an_instance_with_a_disk_of_its_own_asks_for_no_key(planned):
    program = planned(training={"instance": "ml.g5.xlarge"})
    assert "VolumeKmsKeyId" not in json.dumps(defined(program))
    assert "VolumeKmsKeyId" in json.dumps(defined(planned()))


def test_jobs_are_put_into_a_network_where_one_is_given():
    network = {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    values = {"Instance": "ml.m5.large", "TrainingInstance": "ml.m5.large"}
    placed = definition.filled(definition.load(), values, tags={}, vpc_config=network)
    for job in definition.jobs(placed):
        arguments = job["Arguments"]
        assert (arguments if job["Type"] == "Training" else arguments["NetworkConfig"])["VpcConfig"] == network
    assert "VpcConfig" not in json.dumps(definition.filled(definition.load(), values, tags={}))


def test_the_schedule_and_the_rule_start_the_pipeline_and_lose_no_start(program: Program):
    schedule = one(program, "aws:scheduler/schedule:Schedule", "train-start-schedule").inputs["target"]
    target, queue = one(program, TARGET).inputs, one(program, "aws:sqs/queue:Queue")
    for start in (schedule, target):
        assert start["arn"].endswith(f":pipeline/{one(program, PIPELINE).inputs['pipelineName']}")
        assert start["deadLetterConfig"]["arn"].endswith(f"{queue.name}-0000000")
        assert start["retryPolicy"] == {"maximumEventAgeInSeconds": 3600, "maximumRetryAttempts": 3}
    assert queue.inputs["sqsManagedSseEnabled"] is True
    (start,) = statements(one(program, "aws:iam/rolePolicy:RolePolicy", "train-start-decider-policy"))
    assert start["Action"] == ["sagemaker:StartPipelineExecution"]
    assert start["Resource"] == target["arn"]


def test_the_rule_takes_what_the_monitor_says_and_hands_on_what_the_pipeline_asks(program: Program):
    rule = one(program, "aws:cloudwatch/eventRule:EventRule").inputs
    prefix = f"mlops-demo-{program.environment}"
    entry = events.entry(prefix, decision="d", reason="r" * 999)
    pattern = json.loads(rule["eventPattern"])
    assert entry["Source"] in pattern["source"]
    assert entry["DetailType"] in pattern["detail-type"]
    handed_on = one(program, TARGET).inputs["sagemakerPipelineTarget"]["pipelineParameterLists"]
    detail = json.loads(entry["Detail"])
    parameters = {given["name"]: given["value"].removeprefix("$.detail.") for given in handed_on}
    assert {name: detail[path] for name, path in parameters.items()} == {"Reason": "r" * 256, "Decision": "d"}
    assert parameters.keys() < DEFAULTS.keys()


def test_the_monitor_may_say_that_and_nothing_else(program: Program):
    policy = statements(one(program, "aws:iam/rolePolicy:RolePolicy", "watch-job-role-policy"))
    (saying,) = [entry for entry in policy if entry["Action"] == ["events:PutEvents"]]
    said = {
        "events:source": f"mlops.mlops-demo-{program.environment}",
        "events:detail-type": events.DETAIL_TYPE,
    }
    assert saying["Condition"] == {"StringEquals": said}
    assert saying["Resource"].endswith(":event-bus/default")


def test_the_definition_is_the_one_that_the_list_of_steps_gives():
    assert definition.load()["Steps"]


def test_a_definition_that_is_not_says_how_to_make_it_anew(tmp_path):
    stale = json.loads(definition.FILE.read_text()) | {"inputs": "another"}
    (tmp_path / "pipeline.json").write_text(json.dumps(stale))
    with pytest.raises(SourceError, match=r"^infra/pipeline.json is stale: .+ Run `make pipeline`"):
        definition.load(tmp_path / "pipeline.json")


@pytest.mark.parametrize("text", ["", "<<<<<<< HEAD\n{}", "[]", '{"inputs": "a"}'])
def test_a_definition_that_is_none_says_how_to_make_it_anew(tmp_path, text):
    (tmp_path / "pipeline.json").write_text(text)
    with pytest.raises(SourceError, match=r"^infra/pipeline.json is not what `make pipeline` wrote: run `make pip"):
        definition.load(tmp_path / "pipeline.json")


def test_a_definition_or_a_list_of_steps_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SourceError, match=r"^infra/pipeline.json is missing: `make pipeline` makes it from ml/steps"):
        definition.load(tmp_path / "pipeline.json")
    with pytest.raises(SourceError, match=r"^ml/steps.py is missing in .+: `git checkout -- ml/steps.py` brings it"):
        definition.inputs_digest(tmp_path)
