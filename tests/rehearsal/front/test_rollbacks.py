import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.front.hosted import ARN, CANARY, GUARDED


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
