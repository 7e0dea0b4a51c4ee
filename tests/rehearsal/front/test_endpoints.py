import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.front.hosted import ARN, GUARDED, IN_PROGRESS


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
