import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.front.hosted import GUARDED, ROLLING


def test_serverless_and_instances_do_not_become_each_other(served):
    served.serverless("small")
    with pytest.raises(ClientError, match="from serverless to instances or back: old to small"):
        served.update("small")
    served.sagemaker.create_endpoint(EndpointName="other", EndpointConfigName="small")
    served.clock.step()
    with pytest.raises(ClientError, match="from serverless to instances or back: small to new"):
        served.sagemaker.update_endpoint(EndpointName="other", EndpointConfigName="new")


def test_guardrails_are_not_for_serverless(account):
    account.serverless("small")
    with pytest.raises(ClientError, match="not supported for serverless"):
        account.create("small", DeploymentConfig=GUARDED)
    account.create("small")


@pytest.mark.parametrize(
    ("variants", "deployment", "message"),
    [
        (["champion"], {**GUARDED, "RollingUpdatePolicy": ROLLING}, "not both"),
        (["champion", "challenger"], {"RollingUpdatePolicy": ROLLING}, "more than one variant"),
        (["other"], GUARDED, "champion expected, other given"),
        (
            ["champion"],
            {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}, {"AlarmName": "no"}]}},
            "in CloudWatch: no",
        ),
    ],
    ids=["two policies", "rolling of two variants", "other names", "no such alarm"],
)
def test_a_deployment_that_does_not_fit_is_refused(served, variants, deployment, message):
    served.config("third", "new", *variants)
    with pytest.raises(ClientError, match=rf"\(ValidationException\).*{message}"):
        served.update("third", DeploymentConfig=deployment)
    assert served.status == "InService"


def test_without_guardrails_variants_may_be_renamed(served):
    served.config("third", "new", "other")
    served.update("third")
    served.clock.step(2)
    assert [variant["VariantName"] for variant in served.describe()["ProductionVariants"]] == ["other"]


def test_the_instance_type_of_an_autoscaled_variant_does_not_change(served):
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "endpoint/e/variant/champion",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    served.scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=3)
    served.config("larger", "new", instance="ml.m5.xlarge")
    with pytest.raises(ClientError, match="registered as a scalable target"):
        served.update("larger")
    served.update("new")
    served.clock.step(2)
    served.scaling.deregister_scalable_target(**target)
    served.update("larger")


def test_an_update_resets_counts_and_weights_unless_told_to_retain_them(served):
    wanted = [{"VariantName": "champion", "DesiredInstanceCount": 5, "DesiredWeight": 3}]
    served.sagemaker.update_endpoint_weights_and_capacities(EndpointName="e", DesiredWeightsAndCapacities=wanted)
    assert served.status == "Updating"
    served.clock.step()
    served.update(
        RetainAllVariantProperties=True,
        ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredWeight"}],
    )
    served.clock.step(2)
    [variant] = served.describe()["ProductionVariants"]
    assert (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"], variant["DesiredWeight"]) == (5, 5, 1)
    served.update("old")
    served.clock.step(2)
    [variant] = served.describe()["ProductionVariants"]
    assert variant["DesiredInstanceCount"] == 2


def test_weights_of_a_variant_that_is_not_there_are_refused(served):
    wanted = [{"VariantName": "other", "DesiredWeight": 3}]
    with pytest.raises(ClientError, match='"other" is/are not present within endpoint configuration "old"'):
        served.sagemaker.update_endpoint_weights_and_capacities(EndpointName="e", DesiredWeightsAndCapacities=wanted)


def test_the_last_deployment_configuration_is_used_again_only_when_asked_for(served):
    served.update(DeploymentConfig=GUARDED)
    served.clock.step(2)
    served.update("old", RetainDeploymentConfig=True)
    served.clock.step(2)
    assert served.describe()["LastDeploymentConfig"] == GUARDED
    served.update("new")
    assert "LastDeploymentConfig" not in served.describe()
