import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/serving"
REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
ARN = "arn:aws:sagemaker:eu-west-1:123456789012"
IN_PROGRESS = rf'\(ValidationException\).*: Cannot update in-progress endpoint "{ARN}:endpoint/e"\.'
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://data/platform",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}


class Account:
    """An account with an image, an artifact, an alarm, and two configurations, `old` and `new`, of two models."""

    def __init__(self, modelled: Any, clock: Any) -> None:
        self.clock = clock
        self.sagemaker, self.cloudwatch = modelled("sagemaker"), modelled("cloudwatch")
        self.ecr, self.s3 = modelled("ecr"), modelled("s3")
        self.scaling = modelled("application-autoscaling")
        self.ecr.create_repository(repositoryName="app")
        manifest = json.dumps({"schemaVersion": 2, "mediaType": "m", "layers": []})
        image = self.ecr.put_image(repositoryName="app", imageTag="v1", imageManifest=manifest)["image"]
        self.image = f"{REGISTRY}/app@{image['imageId']['imageDigest']}"
        self.s3.create_bucket(Bucket="data", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        for name in ("old", "new"):
            self.s3.put_object(Bucket="data", Key=f"{name}/model.tar.gz", Body=b"1")
            self.model(name)
            self.config(name, name)
        self.cloudwatch.put_metric_alarm(
            AlarmName="errors", EvaluationPeriods=1, ComparisonOperator="GreaterThanThreshold", Threshold=0
        )
        self.clock.step(10)

    def model(self, name: str, **container: Any) -> None:
        container = {"Image": self.image, "ModelDataUrl": f"s3://data/{name}/model.tar.gz", **container}
        self.sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container)

    def config(self, name: str, model: str, *names: str, instance: str = "ml.m5.large", count: int = 2) -> None:
        variants = [
            {
                "VariantName": variant,
                "ModelName": model,
                "InstanceType": instance,
                "InitialInstanceCount": count,
                "InitialVariantWeight": 1,
            }
            for variant in names or ("champion",)
        ]
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=variants, DataCaptureConfig=CAPTURE
        )

    def serverless(self, name: str) -> None:
        variant = {
            "VariantName": "champion",
            "ModelName": "old",
            "ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1},
        }
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])

    def create(self, config: str = "old", **request: Any) -> None:
        self.sagemaker.create_endpoint(EndpointName="e", EndpointConfigName=config, **request)

    def update(self, config: str = "new", **request: Any) -> dict[str, Any]:
        return self.sagemaker.update_endpoint(EndpointName="e", EndpointConfigName=config, **request)

    def describe(self) -> dict[str, Any]:
        return self.sagemaker.describe_endpoint(EndpointName="e")

    def alarm(self, state: str) -> None:
        self.cloudwatch.set_alarm_state(AlarmName="errors", StateValue=state, StateReason="a test")

    @property
    def status(self) -> str:
        return self.describe()["EndpointStatus"]


@pytest.fixture
def account(modelled, clock) -> Account:
    return Account(modelled, clock)


@pytest.fixture
def served(account) -> Account:
    """The account with the endpoint `e` in service on `old`."""
    account.create()
    account.clock.step()
    assert account.status == "InService"
    return account


CANARY = {
    "TrafficRoutingConfiguration": {
        "Type": "CANARY",
        "WaitIntervalInSeconds": 60,
        "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 50},
    }
}
ROLLING = {"MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50}, "WaitIntervalInSeconds": 60}
GUARDED = {
    "BlueGreenUpdatePolicy": CANARY,
    "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]},
}


def test_an_endpoint_is_creating_and_then_in_service(account):
    account.create(Tags=[{"Key": "team", "Value": "ml"}])
    creating = account.describe()
    assert (creating["EndpointStatus"], creating["EndpointConfigName"]) == ("Creating", "old")
    assert creating["PendingDeploymentSummary"]["EndpointConfigName"] == "old"
    assert "ProductionVariants" not in creating
    account.clock.step()
    made = account.describe()
    assert made["EndpointStatus"] == "InService"
    assert made["ProductionVariants"] == [
        {
            "VariantName": "champion",
            "CurrentWeight": 1.0,
            "DesiredWeight": 1.0,
            "CurrentInstanceCount": 2,
            "DesiredInstanceCount": 2,
        }
    ]
    assert made["DataCaptureConfig"]["CaptureStatus"] == "Started"
    assert not {"FailureReason", "PendingDeploymentSummary", "LastDeploymentConfig"} & made.keys()
    tags = account.sagemaker.list_tags(ResourceArn=made["EndpointArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "ml"}]


def test_an_update_ends_in_service_on_the_new_configuration(served):
    served.update(DeploymentConfig=GUARDED)
    provisioning = served.describe()
    assert (provisioning["EndpointStatus"], provisioning["EndpointConfigName"]) == ("Updating", "old")
    assert provisioning["PendingDeploymentSummary"]["EndpointConfigName"] == "new"
    served.clock.step()
    [variant] = served.describe()["PendingDeploymentSummary"]["ProductionVariants"]
    assert variant["VariantStatus"] == [{"Status": "Baking"}]
    served.clock.step()
    updated = served.describe()
    assert (updated["EndpointStatus"], updated["EndpointConfigName"]) == ("InService", "new")
    assert updated["LastDeploymentConfig"] == GUARDED


def test_f_10_an_update_whose_alarm_fires_rolls_back_without_a_word(served):
    """What tells is the configuration's name alone: the call has succeeded, and the endpoint is in service."""
    assert served.update(DeploymentConfig=GUARDED)["EndpointArn"] == f"{ARN}:endpoint/e"
    served.clock.step()
    served.alarm("ALARM")
    rolling_back = served.describe()
    assert rolling_back["EndpointStatus"] == "RollingBack"
    assert "errors" in rolling_back["FailureReason"]
    served.clock.step()
    ended = served.describe()
    assert (ended["EndpointStatus"], ended["EndpointConfigName"]) == ("InService", "old")
    assert "FailureReason" not in ended
    # What a check needs to name the alarm.
    [alarm] = ended["LastDeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]
    [known] = served.cloudwatch.describe_alarms(AlarmNames=[alarm["AlarmName"]])["MetricAlarms"]
    assert known["StateValue"] == "ALARM"


def test_after_a_silent_rollback_deleting_the_old_configuration_breaks_every_later_update(served):
    """terraform-provider-aws#46663: create before delete takes the configuration that is still in use."""
    served.update(DeploymentConfig=GUARDED)
    served.alarm("ALARM")
    served.clock.step(3)
    assert served.describe()["EndpointConfigName"] == "old"
    served.clock.step()
    assert served.status == "InService"
    served.sagemaker.delete_endpoint_config(EndpointConfigName="old")
    message = rf'\(ValidationException\).*Could not find endpoint configuration "{ARN}:endpoint-config/old"\.'
    with pytest.raises(ClientError, match=message):
        served.update()
    assert served.status == "InService"


def test_an_alarm_that_fires_and_recovers_between_two_looks_rolls_back_all_the_same(served):
    served.update(DeploymentConfig=GUARDED)
    served.clock.step()
    served.alarm("ALARM")
    served.alarm("OK")
    assert served.status == "RollingBack"


def test_an_alarm_before_or_after_the_bake_does_not_count(served):
    served.update(DeploymentConfig=GUARDED)
    served.alarm("ALARM")
    served.alarm("OK")
    served.clock.step(2)
    served.alarm("ALARM")
    assert served.describe()["EndpointConfigName"] == "new"


def test_without_alarms_nothing_rolls_back(served):
    served.alarm("ALARM")
    served.update(DeploymentConfig={"BlueGreenUpdatePolicy": CANARY})
    served.clock.step(2)
    assert served.describe()["EndpointConfigName"] == "new"


@pytest.mark.parametrize("lost", ["artifact", "image", "model", "configuration"])
def test_a_container_that_cannot_start_fails_a_create_and_rolls_an_update_back(account, lost):
    lose = {
        "artifact": lambda: account.s3.delete_object(Bucket="data", Key="new/model.tar.gz"),
        "image": lambda: account.ecr.batch_delete_image(
            repositoryName="app", imageIds=[{"imageDigest": account.image.partition("@")[2]}]
        ),
        "model": lambda: account.sagemaker.delete_model(ModelName="new"),
        "configuration": lambda: account.sagemaker.delete_endpoint_config(EndpointConfigName="new"),
    }[lost]
    account.create()
    account.clock.step()
    account.update()
    account.sagemaker.create_endpoint(EndpointName="second", EndpointConfigName="new")
    lose()
    account.clock.step()
    assert account.status == "RollingBack"
    assert account.describe()["FailureReason"]
    account.clock.step()
    assert (account.status, account.describe()["EndpointConfigName"]) == ("InService", "old")
    failed = account.sagemaker.describe_endpoint(EndpointName="second")
    assert failed["EndpointStatus"] == "Failed"
    assert failed["FailureReason"]


def test_only_deletion_helps_a_failed_endpoint(account):
    account.create()
    account.s3.delete_object(Bucket="data", Key="old/model.tar.gz")
    account.clock.step()
    reason = account.describe()["FailureReason"]
    assert "variant champion did not pass the ping health check" in reason
    assert "Could not find model data at s3://data/old/model.tar.gz." in reason
    with pytest.raises(ClientError, match="it can only be deleted"):
        account.update()
    account.sagemaker.delete_endpoint(EndpointName="e")


@pytest.mark.parametrize("under_way", ["creating", "updating", "baking", "rolling back", "scaling", "deleting"])
def test_nothing_else_starts_while_something_is_under_way(account, under_way):
    account.create()
    if under_way != "creating":
        account.clock.step()
    if under_way in {"updating", "baking", "rolling back"}:
        account.update(DeploymentConfig=GUARDED)
    if under_way in {"baking", "rolling back"}:
        account.clock.step()
    if under_way == "rolling back":
        account.alarm("ALARM")
    weights = {"EndpointName": "e", "DesiredWeightsAndCapacities": [{"VariantName": "champion", "DesiredWeight": 2}]}
    if under_way == "scaling":
        account.sagemaker.update_endpoint_weights_and_capacities(**weights)
    if under_way == "deleting":
        account.sagemaker.delete_endpoint(EndpointName="e")
    for call in (
        account.update,
        lambda: account.sagemaker.update_endpoint_weights_and_capacities(**weights),
        lambda: account.sagemaker.delete_endpoint(EndpointName="e"),
    ):
        with pytest.raises(ClientError, match=IN_PROGRESS):
            call()
    with pytest.raises(ClientError, match=rf'Cannot create already existing endpoint "{ARN}:endpoint/e"\.'):
        account.create()


def test_a_deleted_endpoint_is_deleting_and_then_gone_and_its_name_is_free(served):
    served.sagemaker.delete_endpoint(EndpointName="e")
    assert served.status == "Deleting"
    served.clock.step()
    with pytest.raises(ClientError, match=rf'\(ValidationException\).*Could not find endpoint "{ARN}:endpoint/e"\.'):
        served.describe()
    assert served.sagemaker.list_endpoints()["Endpoints"] == []
    served.create()


def test_listings_follow(account):
    account.create()
    [listed] = account.sagemaker.list_endpoints()["Endpoints"]
    assert listed["EndpointStatus"] == "Creating"
    account.clock.step()
    assert [item["EndpointName"] for item in account.sagemaker.list_endpoints(StatusEquals="InService")["Endpoints"]]


@pytest.mark.parametrize("call", ["create_endpoint", "update_endpoint"])
def test_a_configuration_that_is_not_there_is_refused(served, call):
    name = "other" if call == "create_endpoint" else "e"
    with pytest.raises(ClientError, match=rf'Could not find endpoint configuration "{ARN}:endpoint-config/no"\.'):
        getattr(served.sagemaker, call)(EndpointName=name, EndpointConfigName="no")


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
