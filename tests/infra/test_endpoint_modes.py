"""What holds of the endpoint in every mode, and what each mode has of its own."""

from typing import Any

import pytest

from infra import notes
from infra.offline import Program
from infra.settings import Serverless
from tests.infra.planned import one, settings_of, statements
from tests.infra.ways import CONFIG, ENDPOINT, MODEL, MODES, release


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def served(mode: str, planned) -> Program:
    return planned(**MODES[mode])


@pytest.mark.slow
def test_the_endpoint_s_name_and_its_variant_s_are_fixed_and_the_others_are_new_each_time(mode, served, planned):
    config = one(served, CONFIG).inputs
    assert one(served, ENDPOINT).inputs["name"] == served.outputs["endpoint_name"]
    assert [variant["variantName"] for variant in config["productionVariants"]] == ["champion"]
    assert not {"name"} & {*config, *one(served, MODEL).inputs}
    again = planned(**MODES[mode], owner="another")
    assert one(again, CONFIG).inputs["namePrefix"] == config["namePrefix"]
    other = planned(**MODES[mode], model=release("b"))
    assert one(other, CONFIG).inputs["namePrefix"] != config["namePrefix"]


@pytest.mark.slow
def test_what_is_served_otherwise_has_another_configuration(planned):
    prefixes = {mode: one(planned(**config), CONFIG).inputs["namePrefix"] for mode, config in MODES.items()}
    assert len(set(prefixes.values())) == len(MODES)


def test_containers_are_isolated_and_disks_encrypted_where_the_mode_allows(mode, served):
    assert one(served, MODEL).inputs["enableNetworkIsolation"] is (mode != "serverless")
    assert one(served, CONFIG).inputs["kmsKeyArn"].startswith("arn:aws:kms:")


def test_each_prediction_is_captured_once_by_the_platform_on_real_time_and_by_a_log_line_elsewhere(mode, served):
    by_platform = mode == "real-time"
    written = one(served, MODEL).inputs["primaryContainer"]["environment"]["MLOPS_CAPTURE"]
    assert written == ("off" if by_platform else "stdout")
    assert bool(served.of_type("aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter")) is not by_platform
    assert bool(served.of_type("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream")) is not by_platform
    assert ("dataCaptureConfig" in one(served, CONFIG).inputs) is by_platform
    assert served.outputs["wiring"]["MLOPS_CAPTURE_FORM"] == ("platform" if by_platform else "lines")
    said = [remark for remark in notes.of(settings_of(**MODES[mode])) if "captur" in remark]
    assert len(said) == 1
    assert said[0].startswith(f"serving.mode {mode}: ")


def test_a_change_of_mode_is_a_replacement_and_the_plan_says_so(mode, served):
    request = one(served, ENDPOINT).request
    assert request.replacement_trigger.string_value == mode
    assert request.deleteBeforeReplace
    (said,) = [remark for remark in notes.of(settings_of(**MODES[mode])) if "replaces the endpoint" in remark]
    assert said.startswith(f"serving.mode {mode} is fixed by the endpoint: a change of it replaces the endpoint")


@pytest.mark.slow
def test_an_ab_test_begins_and_ends_with_a_replacement_and_a_shadow_does_not(planned):
    def trigger(strategy: str, **more: Any) -> str:
        program = planned(**MODES["real-time"], rollout={"strategy": strategy}, **more)
        return one(program, ENDPOINT).request.replacement_trigger.string_value

    assert trigger("a-b", challenger=release("c")) == "real-time challenger"
    assert trigger("shadow", challenger=release("c")) == trigger("a-b") == "real-time"


def test_guardrails_hold_on_instances_alone(mode, served):
    assert ("deploymentConfig" in one(served, ENDPOINT).inputs) is (mode != "serverless")
    assert isinstance(settings_of(**MODES[mode]).serving, Serverless) is (mode == "serverless")


def test_an_asynchronous_endpoint_writes_encrypted_objects_and_tells_the_topic_of_failures(planned):
    program = planned(**MODES["async"])
    asked = one(program, CONFIG).inputs["asyncInferenceConfig"]
    bucket = program.outputs["buckets"]["capture"]
    assert asked["clientConfig"] == {"maxConcurrentInvocationsPerInstance": 7}
    assert asked["outputConfig"] == {
        "s3OutputPath": f"s3://{bucket}/async/results",
        "s3FailurePath": f"s3://{bucket}/async/failures",
        "kmsKeyId": one(program, CONFIG).inputs["kmsKeyArn"],
        "notificationConfig": {"errorTopic": program.outputs["topic"]},
    }
    # What is under the prefixes expires with everything else in the bucket.
    expiry = one(program, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "capture-lifecycle")
    assert [rule["expiration"]["days"] for rule in expiry.inputs["rules"] if "expiration" in rule] == [365]


def test_an_asynchronous_endpoint_and_its_caller_reach_three_prefixes_of_the_capture_bucket(planned):
    program = planned(**MODES["async"])

    def objects(role: str) -> dict[str, str]:
        found = statements(one(program, "aws:iam/rolePolicy:RolePolicy", f"{role}-policy"))
        return {
            resource.partition("-bucket-0000000/")[2]: " ".join(statement["Action"])
            for statement in found
            if {"s3:GetObject", "s3:PutObject"} & set(statement["Action"])
            for resource in statement["Resource"]
            if "-capture-bucket-" in resource
        }

    writes = "s3:PutObject s3:AbortMultipartUpload"
    assert objects("endpoint-role") == {
        "async/requests/*": "s3:GetObject",
        "async/results/*": writes,
        "async/failures/*": writes,
    }
    assert objects("access-caller") == {
        "async/requests/*": writes,
        "async/results/*": "s3:GetObject",
        "async/failures/*": "s3:GetObject",
    }


def test_a_caller_may_ask_in_the_way_of_the_mode_and_in_no_other(mode, served):
    found = statements(one(served, "aws:iam/rolePolicy:RolePolicy", "access-caller-policy"))
    asked = [action for statement in found for action in statement["Action"] if action.startswith("sagemaker:")]
    assert asked == ["sagemaker:InvokeEndpointAsync" if mode == "async" else "sagemaker:InvokeEndpoint"]
