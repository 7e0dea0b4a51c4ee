import pytest

from infra.rehearsal.request import SECRET_KEY, parameters, plain
from tests.rehearsal.sent import shape_of


def test_names_find_their_member_at_every_depth():
    variant = {"variantName": "v", "serverlessConfig": {"memorySizeInMb": 2048.0, "maxConcurrency": 5.0}}
    request, unplaced = parameters(
        shape_of("sagemaker", "CreateEndpointConfig"),
        {"name": "c", "productionVariants": [variant]},
        {"name": "EndpointConfigName"},
    )
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    assert request == {
        "EndpointConfigName": "c",
        "ProductionVariants": [{"VariantName": "v", "ServerlessConfig": serverless}],
    }
    assert unplaced == []


def test_whole_numbers_come_back_from_the_floats_of_the_protocol():
    request, _ = parameters(shape_of("cloudwatch", "PutMetricAlarm"), {"period": 60.0, "threshold": 0.5})
    assert request == {"Period": 60, "Threshold": 0.5}
    assert isinstance(request["Period"], int)


def test_a_number_that_the_provider_takes_as_a_string_is_a_number_again():
    steps = [{"metricIntervalLowerBound": "0", "scalingAdjustment": 1.0}]
    inputs = {"stepScalingPolicyConfiguration": {"stepAdjustments": steps}}
    request, _ = parameters(shape_of("application-autoscaling", "PutScalingPolicy"), inputs)
    (step,) = request["StepScalingPolicyConfiguration"]["StepAdjustments"]
    assert step == {"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}


@pytest.mark.parametrize(
    ("service", "operation", "member", "pair"),
    [
        ("iam", "CreateRole", "Tags", {"Key": "team", "Value": "ml"}),
        ("kms", "CreateKey", "Tags", {"TagKey": "team", "TagValue": "ml"}),
        ("codebuild", "CreateProject", "tags", {"key": "team", "value": "ml"}),
        ("cloudwatch", "PutMetricAlarm", "Dimensions", {"Name": "team", "Value": "ml"}),
    ],
)
def test_a_map_becomes_the_pairs_that_the_api_wants(service, operation, member, pair):
    request, _ = parameters(shape_of(service, operation), {member: {"team": "ml"}})
    assert request == {member: [pair]}


def test_a_map_of_the_api_stays_a_map():
    request, _ = parameters(shape_of("logs", "CreateLogGroup"), {"tags": {"team": "ml"}})
    assert request == {"tags": {"team": "ml"}}


def test_a_block_that_occurs_once_is_taken_out_of_its_list():
    inputs = {"encryptionConfiguration": [{"encryptionType": "KMS"}]}
    request, _ = parameters(shape_of("ecr", "CreateRepository"), inputs)
    assert request == {"encryptionConfiguration": {"encryptionType": "KMS"}}


def test_an_input_without_a_place_is_named_with_its_path():
    inputs = {"encryptionConfiguration": {"kmsKye": "k"}, "colour": "red", "forceDelete": True}
    request, unplaced = parameters(shape_of("ecr", "CreateRepository"), inputs)
    assert request == {"encryptionConfiguration": {}}
    assert unplaced == ["encryptionConfiguration.kmsKye", "colour"]


def test_secrets_are_unwrapped_and_what_is_null_is_left_out():
    wrapped = {SECRET_KEY: "1b47061264138c4ac30d75fd1eb44270", "value": {"a": None, "b": 1}}
    assert plain({"secret": wrapped, "list": [wrapped], "none": None}) == {"secret": {"b": 1}, "list": [{"b": 1}]}
