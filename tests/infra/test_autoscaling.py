"""Instances that come and go with the load and by the clock."""

from typing import Any

import pytest
from pulumi.runtime.mocks import MockResourceArgs

from infra import cost, notes, plan, scaling
from infra.offline import Cloud, Program, run
from tests.infra.planned import one, settings_of
from tests.infra.ways import ALARM, BUSY, CONFIG, ENDPOINT, QUEUE, release

TARGET = "aws:appautoscaling/target:Target"
POLICY = "aws:appautoscaling/policy:Policy"
ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction"
FLEET = "pulumi-python:dynamic:Fleet"


@pytest.fixture
def busy(planned) -> Program:
    return planned(**BUSY)


@pytest.fixture
def queue(planned) -> Program:
    return planned(**QUEUE)


def test_without_scaling_nothing_is_registered(prod: Program):
    assert not {TARGET, POLICY, ACTION} & {entry.type for entry in prod.resources}


def test_the_variant_is_registered_between_its_bounds(busy: Program):
    target = one(busy, TARGET).inputs
    assert target["resourceId"] == f"endpoint/{busy.outputs['endpoint_name']}/variant/champion"
    assert target["scalableDimension"] == "sagemaker:variant:DesiredInstanceCount"
    assert (target["minCapacity"], target["maxCapacity"]) == (4, 20)


@pytest.mark.parametrize(
    ("metric", "predefined"),
    [
        ("invocations", "SageMakerVariantInvocationsPerInstance"),
        ("concurrency", "SageMakerVariantConcurrentRequestsPerModelHighResolution"),
    ],
)
def test_a_real_time_endpoint_is_scaled_by_invocations_or_by_concurrency(planned, metric: str, predefined: str):
    policy = one(planned(**{**BUSY, "scaling": {**BUSY["scaling"], "metric": metric}}), POLICY).inputs
    assert policy["policyType"] == "TargetTrackingScaling"
    assert policy["targetTrackingScalingPolicyConfiguration"] == {
        "predefinedMetricSpecification": {"predefinedMetricType": predefined},
        "targetValue": 900,
        "scaleOutCooldown": 60,
        "scaleInCooldown": 300,
    }


def test_an_asynchronous_endpoint_is_scaled_by_the_requests_that_wait(queue: Program):
    asked = one(queue, POLICY, "load").inputs["targetTrackingScalingPolicyConfiguration"]
    assert asked["customizedMetricSpecification"] == {
        "namespace": "AWS/SageMaker",
        "metricName": "ApproximateBacklogSizePerInstance",
        "statistic": "Average",
        "dimensions": [{"name": "EndpointName", "value": queue.outputs["endpoint_name"]}],
    }
    assert asked["targetValue"] == 5


def test_the_first_instance_is_started_by_an_alarm_where_there_may_be_none(queue: Program, busy: Program, planned):
    step, alarm = one(queue, POLICY, "wake"), one(queue, ALARM, "waiting")
    assert step.inputs["stepScalingPolicyConfiguration"]["stepAdjustments"] == [
        {"metricIntervalLowerBound": "0", "scalingAdjustment": 1}
    ]
    assert alarm.inputs["metricName"] == "HasBacklogWithoutCapacity"
    assert alarm.inputs["dimensions"] == {"EndpointName": queue.outputs["endpoint_name"]}
    assert step.urn in alarm.uses["alarmActions"]
    kept = planned(**{**QUEUE, "scaling": {**QUEUE["scaling"], "minInstances": 1}})
    for program in (busy, kept):
        assert [entry.name for entry in program.of_type(POLICY) if entry.name.endswith("wake")] == []


def test_off_hours_bring_the_bounds_down_and_up_again_by_the_clock_of_their_time_zone(busy: Program):
    down, up = (one(busy, ACTION, ending).inputs for ending in ("down", "up"))
    assert (down["schedule"], up["schedule"]) == ("cron(0 20 ? * MON-FRI *)", "cron(30 7 ? * MON-FRI *)")
    assert down["timezone"] == up["timezone"] == "Europe/Amsterdam"
    assert down["scalableTargetAction"] == {"minCapacity": 1, "maxCapacity": 2}
    assert up["scalableTargetAction"] == {"minCapacity": 4, "maxCapacity": 20}
    assert scaling.cron("00:05", "daily") == "cron(5 0 ? * * *)"


def test_the_fleet_is_looked_at_before_the_configuration_and_registered_after_the_endpoint(busy: Program):
    fleet, config, endpoint = one(busy, FLEET), one(busy, CONFIG), one(busy, ENDPOINT)
    assert fleet.urn in config.uses["productionVariants"]
    assert config.urn in endpoint.uses["endpointConfigName"]
    target = one(busy, TARGET)
    assert endpoint.urn in target.uses["resourceId"]
    order = [entry.urn for entry in busy.resources]
    assert order.index(fleet.urn) < order.index(config.urn) < order.index(endpoint.urn) < order.index(target.urn)


class Looked(Cloud):
    """AWS after an `up`, in which the fleet's provider has looked; in a preview the engine gives back its inputs."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        id_, outputs = super().new_resource(args)
        return id_, {**outputs, "registration": "r"} if args.typ == FLEET else outputs


def triggers(program: Program) -> list[str | None]:
    """What replaces each resource that scales; None where nothing does."""
    found = [entry.request for kind in (TARGET, POLICY, ACTION) for entry in program.of_type(kind)]
    assert all(request.deleteBeforeReplace for request in found)
    return [
        request.replacement_trigger.string_value
        if request.replacement_trigger.WhichOneof("kind") == "string_value"
        else None
        for request in found
    ]


@pytest.mark.parametrize("config", [BUSY, QUEUE])
def test_a_new_registration_replaces_what_scales_and_the_old_goes_first(project, config: dict[str, Any]):
    found = triggers(run(project(config), "try", Looked()))
    assert found == ["r"] * len(found)
    assert len(found) > 2


@pytest.mark.parametrize("config", [BUSY, QUEUE])
def test_the_preview_of_a_release_replaces_nothing_that_scales(project, config: dict[str, Any]):
    """To the engine null is no trigger, "" and what is unknown another one: `shouldTriggerReplace` of pulumi/pulumi."""
    found = triggers(run(project(config), "try", preview=True))
    assert found == [None] * len(found)
    assert len(found) > 2


@pytest.mark.slow
def test_the_fleet_is_told_of_everything_that_gives_another_configuration(planned):
    def told(**changes: Any) -> Any:
        fleet = one(planned(**{**BUSY, **changes}), FLEET).inputs
        return fleet["content"], fleet["variants"]

    assert told(owner="another") == told()
    assert told(model=release("b")) != told()
    assert told(serving={"mode": "real-time", "instances": 10, "instance": "ml.m5.xlarge"}) != told()
    tested = {"challenger": release("c"), "rollout": {"strategy": "a-b", "percent": 10}}
    weighted = told(**{**tested, "rollout": {"strategy": "a-b", "percent": 20}})
    assert told(**tested) != weighted
    # A model that is made anew for another reason, such as its role, has other digits at its end.
    made = planned(**BUSY, **tested).of_type("aws:sagemaker/model:Model")
    assert len([model for model in made if f"{model.name}-0000000" in told(**tested)[0]]) == 2


def test_both_variants_of_an_ab_test_are_scaled(planned):
    program = planned(**BUSY, challenger=release("c"), rollout={"strategy": "a-b"})
    ids = {entry.inputs["resourceId"].rpartition("/")[2] for entry in program.of_type(TARGET)}
    assert ids == {"champion", "challenger"}


def test_an_idle_month_costs_the_fewest_instances(busy: Program, queue: Program):
    def instances(program: Program) -> float:
        lines = plan.document(program, [])["cost"]["lines"]
        return sum(line["usd"] for line in lines if line["type"] == cost.ENDPOINT_CONFIG)

    assert instances(busy) == pytest.approx(4 * 730 * 0.115)
    assert instances(queue) == 0
    assert any("scaling between 4 and 20" in remark for remark in notes.of(settings_of(**BUSY)))
