"""SageMaker models, endpoints and pipelines on moto; the managed MLflow app, which moto lacks."""

import secrets

from infra.rehearsal.aws import Aws
from infra.rehearsal.entry import Entry, How, Inputs, Made
from infra.rehearsal.names import Naming

NAME = Naming(limit=63)
ENDPOINT_REPLACED = "moto keeps the endpoint as a record; model-server processes on this machine answer for it"
MLFLOW_REPLACED = "a real MLflow server on this machine: moto has no MLflow app; the ARN is made up"


def create_model(inputs: Inputs, aws: Aws) -> Made:
    answer = aws.send("sagemaker", "CreateModel", inputs, {"name": "ModelName", "tagsAll": "Tags"})
    return Made(id=inputs["name"], outputs={"arn": answer["ModelArn"]})


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
    return Made(id=inputs["name"], outputs={"arn": answer["EndpointArn"]})


def delete_endpoint(name: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("sagemaker", "DeleteEndpoint", EndpointName=name)


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
    aws.check("sagemaker", "CreateMlflowApp", inputs, {"tagsAll": "Tags"})
    arn = aws.arn("sagemaker", f"mlflow-app/app-{secrets.token_hex(6).upper()}")
    return Made(id=arn, outputs={"arn": arn})


def remaining(aws: Aws) -> list[str]:
    listings = {
        "Endpoints": ("ListEndpoints", "EndpointArn"),
        "EndpointConfigs": ("ListEndpointConfigs", "EndpointConfigArn"),
        "Models": ("ListModels", "ModelArn"),
        "PipelineSummaries": ("ListPipelines", "PipelineArn"),
        "ModelPackageGroupSummaryList": ("ListModelPackageGroups", "ModelPackageGroupArn"),
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
        create=create_endpoint, delete=delete_endpoint, naming=NAME, how=How.REPLACED, note=ENDPOINT_REPLACED
    ),
    "aws:sagemaker/pipeline:Pipeline": Entry(
        create=create_pipeline,
        delete=delete_pipeline,
        naming=Naming(limit=256, field="pipelineName"),
        note="moto does not read the definition; the steps run as processes on this machine",
    ),
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup": Entry(
        create=create_model_package_group, delete=delete_model_package_group
    ),
    "aws:sagemaker/mlflowApp:MlflowApp": Entry(
        create=create_mlflow_app, naming=Naming(limit=256), how=How.REPLACED, note=MLFLOW_REPLACED
    ),
}
