import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.front.hosted import ARN, REGISTRY


@pytest.mark.parametrize(
    ("container", "message"),
    [
        ({"Image": f"{REGISTRY}/app:v2"}, f"Requested image {REGISTRY}/app:v2 not found."),
        ({"Image": f"{REGISTRY}/app"}, f"Requested image {REGISTRY}/app not found."),
        ({"Image": f"{REGISTRY}/other:v1"}, f"Requested image {REGISTRY}/other:v1 not found."),
        ({"ModelDataUrl": "s3://data/no"}, "Could not find model data at s3://data/no."),
    ],
    ids=["tag", "latest", "repository", "artifact"],
)
def test_a_model_of_what_is_not_there_is_refused(account, container, message):
    with pytest.raises(ClientError) as refused:
        account.model("third", **{"ModelDataUrl": "s3://data/old/model.tar.gz", **container})
    assert refused.value.response["Error"] == {"Code": "ValidationException", "Message": message}
    assert "third" not in [model["ModelName"] for model in account.sagemaker.list_models()["Models"]]


@pytest.mark.parametrize(
    "container",
    [
        {"Image": f"{REGISTRY}/app:v1"},
        {"Image": "763104351884.dkr.ecr.eu-west-1.amazonaws.com/xgboost:1"},
        {"ModelDataUrl": "s3://of-another-account/model.tar.gz"},
    ],
    ids=["tag", "another registry", "another's bucket"],
)
def test_what_may_be_there_is_taken_to_be(account, container):
    account.model("third", **{"ModelDataUrl": "s3://data/old/model.tar.gz", **container})


def test_names_are_not_used_twice_and_a_configuration_needs_its_models(account):
    with pytest.raises(ClientError, match=rf'already existing model "{ARN}:model/old"\.'):
        account.model("old")
    with pytest.raises(ClientError, match=rf'already existing endpoint configuration "{ARN}:endpoint-config/old"\.'):
        account.config("old", "new")
    with pytest.raises(ClientError, match=rf'Could not find model "{ARN}:model/no"\.'):
        account.config("third", "no")
