import json
import re

import pytest
from botocore.exceptions import ClientError

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
MISSING = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-app/app-NOTTHERE0000"


class Apps:
    """Apps whose role is there."""

    def __init__(self, modelled, clock) -> None:
        self.sagemaker, self.clock = modelled("sagemaker"), clock
        role = modelled("iam").create_role(RoleName="mlflow", AssumeRolePolicyDocument=json.dumps(TRUST))
        self.role = role["Role"]["Arn"]

    def create(self, name: str = "app", **request) -> str:
        answer = self.sagemaker.create_mlflow_app(
            Name=name, ArtifactStoreUri="s3://models/mlflow", RoleArn=self.role, **request
        )
        return answer["Arn"]

    def describe(self, arn: str) -> dict:
        return self.sagemaker.describe_mlflow_app(Arn=arn)

    def names(self, **request) -> list[str]:
        return [app["Name"] for app in self.sagemaker.list_mlflow_apps(**request)["Summaries"]]


@pytest.fixture
def apps(modelled, clock) -> Apps:
    return Apps(modelled, clock)


def test_an_app_is_creating_and_then_created(apps):
    arn = apps.create(AccountDefaultStatus="ENABLED")
    assert re.fullmatch(r"arn:aws:sagemaker:eu-west-1:123456789012:mlflow-app/app-[A-Z0-9]{12}", arn)
    assert apps.describe(arn)["Status"] == "Creating"
    apps.clock.step()
    app = apps.describe(arn)
    assert app["Status"] == "Created"
    assert (app["Name"], app["RoleArn"], app["ArtifactStoreUri"]) == ("app", apps.role, "s3://models/mlflow")
    assert (app["AccountDefaultStatus"], app["ModelRegistrationMode"]) == ("ENABLED", "AutoModelRegistrationDisabled")


def test_a_role_that_is_not_there_cannot_be_assumed(apps):
    with pytest.raises(
        ClientError, match=r"\(ValidationException\).*SageMaker is unable to perform: sts:AssumeRole.*/no"
    ):
        apps.sagemaker.create_mlflow_app(
            Name="app", ArtifactStoreUri="s3://models/mlflow", RoleArn="arn:aws:iam::123456789012:role/no"
        )
    assert apps.names() == []


def test_an_update_is_refused_until_the_last_one_is_over(apps):
    arn = apps.create()
    with pytest.raises(ClientError, match=r"\(ConflictException\).*is Creating"):
        apps.sagemaker.update_mlflow_app(Arn=arn, Name="other")
    apps.clock.step()
    apps.sagemaker.update_mlflow_app(Arn=arn, Name="other", WeeklyMaintenanceWindowStart="Mon:04:00")
    assert apps.describe(arn)["Status"] == "Updating"
    with pytest.raises(ClientError, match=r"\(ConflictException\).*is Updating"):
        apps.sagemaker.update_mlflow_app(Arn=arn, Name="third")
    apps.clock.step()
    app = apps.describe(arn)
    assert (app["Status"], app["Name"], app["WeeklyMaintenanceWindowStart"]) == ("Updated", "other", "Mon:04:00")
    apps.sagemaker.update_mlflow_app(Arn=arn, Name="third")


def test_a_deleted_app_is_deleting_and_then_gone(apps):
    arn = apps.create()
    assert apps.sagemaker.delete_mlflow_app(Arn=arn)["Arn"] == arn
    assert apps.describe(arn)["Status"] == "Deleting"
    apps.clock.step()
    with pytest.raises(ClientError, match=rf"\(ResourceNotFound\).*{arn}"):
        apps.describe(arn)
    assert apps.names() == []


@pytest.mark.parametrize("call", ["describe", "update", "delete", "create_presigned"])
def test_what_is_not_there_is_not_found(apps, call):
    method = "create_presigned_mlflow_app_url" if call == "create_presigned" else f"{call}_mlflow_app"
    with pytest.raises(ClientError, match=rf"\(ResourceNotFound\).*{MISSING}"):
        getattr(apps.sagemaker, method)(Arn=MISSING)


def test_apps_are_listed_newest_first_filtered_and_in_pages(apps):
    first = apps.create("first")
    apps.clock.step()
    for name in ("second", "third"):
        apps.create(name, AccountDefaultStatus="ENABLED")
    assert apps.names() == ["third", "second", "first"]
    assert apps.names(SortBy="Name", SortOrder="Ascending") == ["first", "second", "third"]
    assert apps.names(Status="Created") == ["first"]
    assert apps.names(AccountDefaultStatus="ENABLED") == ["third", "second"]
    created = apps.describe(first)["CreationTime"]
    assert apps.names(CreatedBefore=created) == []
    assert len(apps.names(CreatedAfter=created)) == 3
    pages = list(apps.sagemaker.get_paginator("list_mlflow_apps").paginate(PaginationConfig={"PageSize": 2}))
    assert [[app["Name"] for app in page["Summaries"]] for page in pages] == [["third", "second"], ["first"]]


def test_a_presigned_address_carries_a_token_of_its_own(apps):
    arn = apps.create()
    first, second = (apps.sagemaker.create_presigned_mlflow_app_url(Arn=arn)["AuthorizedUrl"] for _ in range(2))
    assert first.startswith("https://app-")
    assert first != second


def test_tags_are_kept(apps):
    arn = apps.create(Tags=[{"Key": "team", "Value": "ml"}])
    apps.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "data"}, {"Key": "env", "Value": "dev"}])
    tags = apps.sagemaker.list_tags(ResourceArn=arn)["Tags"]
    assert tags == [{"Key": "team", "Value": "data"}, {"Key": "env", "Value": "dev"}]
    apps.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["team"])
    assert apps.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "env", "Value": "dev"}]
