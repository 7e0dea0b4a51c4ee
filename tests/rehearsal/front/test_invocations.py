import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.front.hosted import Account

VARIANT = {
    "VariantName": "champion",
    "ModelName": "old",
    "InstanceType": "ml.m5.large",
    "InitialInstanceCount": 1,
}


@pytest.fixture
def runtime(account: Account, modelled):
    """A client, and the endpoint `e` in service on an asynchronous configuration."""
    output = {"S3OutputPath": "s3://data/results", "S3FailurePath": "s3://data/failures"}
    account.sagemaker.create_endpoint_config(
        EndpointConfigName="async", ProductionVariants=[VARIANT], AsyncInferenceConfig={"OutputConfig": output}
    )
    account.create("async")
    account.clock.step()
    return modelled("sagemaker-runtime")


def test_what_is_asked_of_an_asynchronous_endpoint_is_answered_by_the_place_of_the_answer(account: Account, runtime):
    answer = runtime.invoke_endpoint_async(EndpointName="e", InputLocation="s3://data/requests/1", InferenceId="one")
    assert answer["OutputLocation"] == "s3://data/results/one.out"
    assert answer["FailureLocation"] == "s3://data/failures/one.out"


def test_an_asynchronous_endpoint_takes_no_other_request_and_no_other_endpoint_takes_an_asynchronous_one(
    account: Account, runtime
):
    with pytest.raises(ClientError, match="takes only InvokeEndpointAsync"):
        runtime.invoke_endpoint(EndpointName="e", Body=b"{}")
    with pytest.raises(ClientError, match="Exactly one of Body and InputLocation"):
        runtime.invoke_endpoint_async(EndpointName="e")
    account.sagemaker.create_endpoint(EndpointName="f", EndpointConfigName="old")
    with pytest.raises(ClientError, match="f is not an asynchronous endpoint"):
        runtime.invoke_endpoint_async(EndpointName="f", InputLocation="s3://data/requests/1")
    with pytest.raises(ClientError, match="nobody of account not found"):
        runtime.invoke_endpoint_async(EndpointName="nobody", InputLocation="s3://data/requests/1")
