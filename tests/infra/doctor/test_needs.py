"""What a program asks of an account is read from the program itself."""

import json

import pytest

from infra.doctor import needs
from tests.infra.doctor.conftest import program, resource

CONFIG = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"


def amounts(*resources):
    return {need.quota: need.amount for need in needs.of(program(*resources))}


def variant(**inputs):
    return {"variantName": "champion", "instanceType": "ml.m5.large", "initialInstanceCount": 2, **inputs}


def test_an_endpoint_stands_twice_while_it_is_updated():
    assert amounts(resource(CONFIG, productionVariants=[variant()])) == {"ml.m5.large for endpoint usage": 4}


def test_an_endpoint_that_scales_may_grow_to_its_most():
    target = resource("aws:appautoscaling/target:Target", maxCapacity=5)
    assert amounts(resource(CONFIG, productionVariants=[variant()]), target) == {"ml.m5.large for endpoint usage": 10}


def test_shadows_are_instances_too():
    config = resource(CONFIG, productionVariants=[variant()], shadowProductionVariants=[variant(variantName="s")])
    assert amounts(config) == {"ml.m5.large for endpoint usage": 8}


def test_a_serverless_endpoint_takes_of_the_accounts_concurrency():
    config = resource(CONFIG, productionVariants=[{"variantName": "c", "serverlessConfig": {"maxConcurrency": 5}}])
    assert amounts(config) == {needs.SERVERLESS: 5}


@pytest.mark.parametrize(
    ("step", "quota"),
    [
        (
            {"ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.t3.medium", "InstanceCount": 1}}},
            "processing",
        ),
        ({"ResourceConfig": {"InstanceType": "ml.t3.medium", "InstanceCount": 1}}, "training"),
        (
            {
                "ResourceConfig": {"InstanceType": "ml.t3.medium", "InstanceCount": 1},
                "EnableManagedSpotTraining": True,
            },
            "spot training",
        ),
    ],
)
def test_jobs_are_found_in_schedules_and_pipelines(step, quota):
    schedule = resource("aws:scheduler/schedule:Schedule", target={"input": json.dumps(step)})
    pipeline = resource("aws:sagemaker/pipeline:Pipeline", pipelineDefinition=json.dumps({"Steps": [step]}))
    assert amounts(schedule) == {f"ml.t3.medium for {quota} job usage": 1}
    assert amounts(pipeline) == amounts(schedule)


def test_the_steps_of_a_pipeline_run_one_after_another():
    steps = [{"ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": count}} for count in (1, 3, 2)]
    pipeline = resource("aws:sagemaker/pipeline:Pipeline", pipelineDefinition=json.dumps({"Steps": steps}))
    assert amounts(pipeline) == {"ml.m5.large for processing job usage": 3}


def test_a_function_takes_of_the_accounts_executions_and_leaves_some_free():
    function = resource("aws:lambda/function:Function", reservedConcurrentExecutions=5)
    assert amounts(function) == {"Concurrent executions": 105}


def test_a_pipelines_parameters_stand_for_their_defaults():
    definition = {
        "Parameters": [{"Name": "Instance", "Type": "String", "DefaultValue": "ml.c5.large"}],
        "Steps": [{"ResourceConfig": {"InstanceType": {"Get": "Parameters.Instance"}, "InstanceCount": 2}}],
    }
    pipeline = resource("aws:sagemaker/pipeline:Pipeline", pipelineDefinition=json.dumps(definition))
    assert amounts(pipeline) == {"ml.c5.large for training job usage": 2}


def test_the_shipped_environments_ask_for_builds_jobs_and_endpoints(dev, prod):
    of_dev = {need.quota for need in needs.of(dev)}
    of_prod = {need.quota: need.amount for need in needs.of(prod)}
    assert {needs.SERVERLESS, "Concurrently running builds for Linux/Small environment"} <= of_dev
    assert any(quota.endswith("for processing job usage") for quota in of_dev)
    assert of_prod["ml.m5.large for endpoint usage"] == 4


def test_an_update_lasts_as_long_as_its_deployment_may(dev, prod):
    assert needs.update_minutes(dev) == 0
    assert needs.update_minutes(prod) > 60
