"""SageMaker models and pipelines on moto; endpoints and MLflow apps on our models of their control planes."""

import secrets
from collections.abc import Callable
from typing import Any

from infra.rehearsal.aws import Aws, RefusedError
from infra.rehearsal.credentials import ADMIN
from infra.rehearsal.entry import Entry, How, Inputs, Made
from infra.rehearsal.images import ecr_image
from infra.rehearsal.names import Naming
from infra.rehearsal.services.ecr import put_image
from infra.rehearsal.waiting import wait, wait_gone

NAME = Naming(limit=63)
ENDPOINT_MODELLED = (
    "made, updated, rolled back and deleted by a model of SageMaker's control plane; model-server processes on this "
    "machine answer for it"
)
MLFLOW_MODELLED = (
    "the app is kept by a model of SageMaker's control plane; a real MLflow server on this machine answers for its API"
)
PINNED_NOTE = "the image that the stack pins is not here: an empty manifest stands under its digest"


def create_model(inputs: Inputs, aws: Aws) -> Made:
    container = inputs.get("primaryContainer") or {}
    # What is missing is put in its place by the rehearsal, not by whoever applies the program.
    keeper = aws.acting(ADMIN)
    notes = [_stand_in(container.get("image", ""), keeper), _elsewhere(container.get("modelDataUrl", ""), keeper)]
    answer = aws.send("sagemaker", "CreateModel", inputs, {"name": "ModelName", "tagsAll": "Tags"})
    return Made(id=inputs["name"], outputs={"arn": answer["ModelArn"]}, note="; ".join(filter(None, notes)))


def _elsewhere(url: str, aws: Aws) -> str:
    """A release of the real account is in a bucket that the rehearsal does not have."""
    bucket = url.removeprefix("s3://").partition("/")[0]
    here = {entry["Name"] for entry in aws.call("s3", "ListBuckets")["Buckets"]} if bucket else {bucket}
    return "" if bucket in here else f"the bucket {bucket} of the release is not here: its role is not asked to read it"


def _stand_in(address: str, aws: Aws) -> str:
    """Puts a manifest under the digest of an image that the stack pins: it was pushed to the real account."""
    image = ecr_image(address)
    if image is None or image.digest is None:
        return ""
    known = aws.pages("ecr", "ListImages", "imageIds", repositoryName=image.repository)
    if image.digest in {item["imageDigest"] for item in known}:
        return ""
    put_image(image.repository, f"pinned-{image.digest[-12:]}", aws, digest=image.digest)
    return PINNED_NOTE


def delete_model(name: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("sagemaker", "DeleteModel", ModelName=name)


def create_endpoint_configuration(inputs: Inputs, aws: Aws) -> Made:
    rename = {
        "name": "EndpointConfigName",
        "kmsKeyArn": "KmsKeyId",
        "routingConfigs": "RoutingConfig",
        "coreDumpConfigs": "CoreDumpConfig",
        "tagsAll": "Tags",
    }
    answer = aws.send("sagemaker", "CreateEndpointConfig", inputs, rename)
    return Made(id=inputs["name"], outputs={"arn": answer["EndpointConfigArn"]})


def delete_endpoint_configuration(name: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("sagemaker", "DeleteEndpointConfig", EndpointConfigName=name)


def create_endpoint(inputs: Inputs, aws: Aws) -> Made:
    answer = aws.send("sagemaker", "CreateEndpoint", inputs, {"name": "EndpointName", "tagsAll": "Tags"})
    look = _looking(aws, "DescribeEndpoint", EndpointName=inputs["name"])
    try:
        wait("sagemaker:DescribeEndpoint", look, "EndpointStatus", {"Creating"}, {"InService"})
    except RefusedError:
        # The provider keeps a failed endpoint in the state, where the next destroy finds it.
        delete_endpoint(inputs["name"], inputs, aws)
        raise
    return Made(id=inputs["name"], outputs={"arn": answer["EndpointArn"]})


def delete_endpoint(name: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("sagemaker", "DeleteEndpoint", EndpointName=name)
    wait_gone("sagemaker:DeleteEndpoint", _looking(aws, "DescribeEndpoint", EndpointName=name))


def create_pipeline(inputs: Inputs, aws: Aws) -> Made:
    rename = {"tagsAll": "Tags"}
    request = {"clientRequestToken": secrets.token_hex(16), **inputs}
    answer = aws.send("sagemaker", "CreatePipeline", request, rename)
    return Made(id=inputs["pipelineName"], outputs={"arn": answer["PipelineArn"]})


def delete_pipeline(name: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("sagemaker", "DeletePipeline", PipelineName=name, ClientRequestToken=secrets.token_hex(16))


def create_model_package_group(inputs: Inputs, aws: Aws) -> Made:
    answer = aws.send("sagemaker", "CreateModelPackageGroup", inputs, {"tagsAll": "Tags"})
    return Made(id=inputs["modelPackageGroupName"], outputs={"arn": answer["ModelPackageGroupArn"]})


def delete_model_package_group(name: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("sagemaker", "DeleteModelPackageGroup", ModelPackageGroupName=name)


def create_mlflow_app(inputs: Inputs, aws: Aws) -> Made:
    arn = aws.send("sagemaker", "CreateMlflowApp", inputs, {"tagsAll": "Tags"})["Arn"]
    wait(
        "sagemaker:DescribeMlflowApp", _looking(aws, "DescribeMlflowApp", Arn=arn), "Status", {"Creating"}, {"Created"}
    )
    return Made(id=arn, outputs={"arn": arn})


def delete_mlflow_app(arn: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("sagemaker", "DeleteMlflowApp", Arn=arn)
    wait_gone("sagemaker:DeleteMlflowApp", _looking(aws, "DescribeMlflowApp", Arn=arn))


def create_model_card(inputs: Inputs, aws: Aws) -> Made:
    answer = aws.send("sagemaker", "CreateModelCard", inputs, {"tagsAll": "Tags"})
    return Made(id=inputs["modelCardName"], outputs={"modelCardArn": answer["ModelCardArn"]})


def delete_model_card(name: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("sagemaker", "DeleteModelCard", ModelCardName=name)


def _looking(aws: Aws, operation: str, **request: Any) -> Callable[[], dict[str, Any]]:
    return lambda: aws.call("sagemaker", operation, **request)


def remaining(aws: Aws) -> list[str]:
    listings = {
        "Endpoints": ("ListEndpoints", "EndpointArn"),
        "EndpointConfigs": ("ListEndpointConfigs", "EndpointConfigArn"),
        "Models": ("ListModels", "ModelArn"),
        "PipelineSummaries": ("ListPipelines", "PipelineArn"),
        "ModelPackageGroupSummaryList": ("ListModelPackageGroups", "ModelPackageGroupArn"),
        "ModelCardSummaries": ("ListModelCards", "ModelCardArn"),
        "Summaries": ("ListMlflowApps", "Arn"),
        "MonitoringScheduleSummaries": ("ListMonitoringSchedules", "MonitoringScheduleArn"),
    }
    return [item[arn] for key, (operation, arn) in listings.items() for item in aws.pages("sagemaker", operation, key)]


ENTRIES = {
    "aws:sagemaker/model:Model": Entry(
        create=create_model, delete=delete_model, naming=NAME, note="image and artifact are not fetched"
    ),
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": Entry(
        create=create_endpoint_configuration, delete=delete_endpoint_configuration, naming=NAME
    ),
    "aws:sagemaker/endpoint:Endpoint": Entry(
        create=create_endpoint, delete=delete_endpoint, naming=NAME, how=How.MODEL, note=ENDPOINT_MODELLED
    ),
    "aws:sagemaker/pipeline:Pipeline": Entry(
        create=create_pipeline,
        delete=delete_pipeline,
        naming=Naming(limit=256, field="pipelineName"),
        note="moto does not read the definition; the steps run as processes on this machine",
    ),
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup": Entry(
        create=create_model_package_group,
        delete=delete_model_package_group,
        naming=Naming(limit=63, field="modelPackageGroupName"),
    ),
    "aws:sagemaker/modelCard:ModelCard": Entry(
        create=create_model_card, delete=delete_model_card, naming=Naming(limit=63, field="modelCardName")
    ),
    "aws:sagemaker/mlflowApp:MlflowApp": Entry(
        create=create_mlflow_app,
        delete=delete_mlflow_app,
        naming=Naming(limit=256),
        how=How.MODEL,
        note=MLFLOW_MODELLED,
    ),
}
