"""SageMaker's models, endpoint configurations, pipelines and processing jobs."""

import json

from infra.instances import has_own_disk
from infra.quotas import SERVERLESS_MEMORY_MB
from infra.rehearsal.rules.rule import Ask, AskingRule, Key, Request, Rule, exactly_one, expected, one_of, twice

PIPELINE_VERSION = "2020-12-01"


def a_model_has_one_kind_of_container(request: Request) -> str | None:
    """PrimaryContainer or Containers (docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html)."""
    return exactly_one(request, "CreateModel", "PrimaryContainer", "Containers")


def a_container_has_one_source(request: Request) -> str | None:
    """Image or ModelPackageName, and at most one kind of model data.

    docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html
    """
    for path, container in _containers(request):
        if wrong := exactly_one(container, path, "Image", "ModelPackageName"):
            return wrong
        if container.get("ModelDataUrl") and container.get("ModelDataSource"):
            return expected(path, "ModelDataUrl and ModelDataSource", "one of the two")
    return None


def model_data_is_one_archive(request: Request) -> str | None:
    """ModelDataUrl "must point to a single gzip compressed tar archive (.tar.gz suffix)".

    docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html
    """
    for path, container in _containers(request):
        url = container.get("ModelDataUrl", ".tar.gz")
        if not url.endswith(".tar.gz"):
            return expected(f"{path}.ModelDataUrl", url, "an address that ends in .tar.gz")
    return None


def variants_have_names_of_their_own(request: Request) -> str | None:
    """docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html"""
    names = twice(variant.get("VariantName") for _path, variant in _variants(request))
    return expected("VariantName", names[0], "a name for each variant") if names else None


def a_shadow_stands_beside_one_variant(request: Request) -> str | None:
    """One production and one shadow variant (API_CreateEndpointConfig.html, ShadowProductionVariants).

    docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
    """
    counts = len(request["ProductionVariants"]), len(request.get("ShadowProductionVariants", ()))
    if counts[1] and counts != (1, 1):
        return expected("ShadowProductionVariants", f"{counts[1]} beside {counts[0]} variants", "1 beside 1")
    return None


def an_instance_variant_says_how_many(request: Request) -> str | None:
    """docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html"""
    for path, variant in _variants(request):
        if (
            "InstanceType" in variant
            and "InitialInstanceCount" not in variant
            and "ManagedInstanceScaling" not in variant
        ):
            return expected(f"{path}.InitialInstanceCount", "none", "a count beside InstanceType")
    return None


def serverless_memory_is_whole_gigabytes(request: Request) -> str | None:
    """docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariantServerlessConfig.html"""
    for path, config in _serverless(request):
        if config["MemorySizeInMB"] not in SERVERLESS_MEMORY_MB:
            return expected(f"{path}.MemorySizeInMB", config["MemorySizeInMB"], one_of(SERVERLESS_MEMORY_MB))
    return None


def provisioned_concurrency_is_within_the_maximum(request: Request) -> str | None:
    """docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariantServerlessConfig.html"""
    for path, config in _serverless(request):
        if config.get("ProvisionedConcurrency", 0) > config["MaxConcurrency"]:
            limit = f"at most MaxConcurrency ({config['MaxConcurrency']})"
            return expected(f"{path}.ProvisionedConcurrency", config["ProvisionedConcurrency"], limit)
    return None


def a_serverless_variant_has_no_instances(request: Request) -> str | None:
    """docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints-create-config.html"""
    for path, variant in _variants(request):
        if "ServerlessConfig" in variant and (other := variant.keys() & {"InstanceType", "InitialInstanceCount"}):
            return expected(f"{path}.ServerlessConfig", f"beside {', '.join(sorted(other))}", "one of the two")
    return None


def a_serverless_variant_is_alone(request: Request) -> str | None:
    """Neither several variants nor a shadow ("Feature exclusions").

    docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html
    """
    if _serverless(request) and (count := len(_variants(request))) > 1:
        return expected("ProductionVariants", f"{count} variants, one of them serverless", "a serverless variant alone")
    return None


def a_serverless_endpoint_is_not_captured(request: Request) -> str | None:
    """docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html, "Feature exclusions"."""
    if _serverless(request) and "DataCaptureConfig" in request:
        return expected("DataCaptureConfig", "with a serverless variant", "none: serverless captures nothing")
    return None


def an_asynchronous_endpoint_has_one_variant_on_instances(request: Request) -> str | None:
    """It takes neither shadows nor serverless variants, and its caller cannot choose among several.

    docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html; InvokeEndpointAsync has no TargetVariant:
    docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html
    """
    if "AsyncInferenceConfig" not in request:
        return None
    if _serverless(request):
        return expected("AsyncInferenceConfig", "with a serverless variant", "instances")
    if (count := len(_variants(request))) > 1:
        return expected("AsyncInferenceConfig", f"with {count} variants", "one variant")
    return None


def an_asynchronous_endpoint_is_not_captured(request: Request) -> str | None:
    """Data capture is for real-time endpoints.

    docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture.html
    """
    if "AsyncInferenceConfig" in request and "DataCaptureConfig" in request:
        return expected("DataCaptureConfig", "with AsyncInferenceConfig", "none: only real-time endpoints are captured")
    return None


def a_serverless_model_has_no_network_and_one_archive(request: Request, ask: Ask) -> str | None:
    """No VPC, no network isolation, no pipeline of containers, no ModelDataSource.

    docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html, "Feature exclusions"; API_ContainerDefinition.
    """
    for path, variant in _variants(request):
        model = ask("sagemaker", "DescribeModel", {"ModelName": variant.get("ModelName", "")})
        if "ServerlessConfig" not in variant or model is None:
            continue
        name = variant["ModelName"]
        if model.get("VpcConfig"):
            return expected(f"{path}.ModelName", f"{name} with a VpcConfig", "a model without: serverless has no VPC")
        if model.get("EnableNetworkIsolation"):
            return expected(
                f"{path}.ModelName", f"{name} with EnableNetworkIsolation", "a model without, on serverless"
            )
        containers = _containers(model)
        if len(containers) > 1 or any(container.get("ModelDataSource") for _path, container in containers):
            return expected(f"{path}.ModelName", name, "one container with ModelDataUrl, on serverless")
    return None


def a_key_needs_a_volume(request: Request) -> str | None:
    """ "You can't request a VolumeKmsKeyId when using an instance type with local storage".

    docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingClusterConfig.html
    """
    cluster = request["ProcessingResources"]["ClusterConfig"]
    if "VolumeKmsKeyId" in cluster and has_own_disk(cluster["InstanceType"]):
        instance = f"with {cluster['InstanceType']}, whose disk is part of it"
        return expected("ProcessingResources.ClusterConfig.VolumeKmsKeyId", instance, "none")
    return None


def a_pipeline_has_one_definition(request: Request) -> str | None:
    """docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePipeline.html"""
    return exactly_one(request, "CreatePipeline", "PipelineDefinition", "PipelineDefinitionS3Location")


def a_pipeline_is_json_whose_steps_have_names_of_their_own(request: Request) -> str | None:
    """docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-pipeline.html and its JSON schema."""
    if "PipelineDefinition" not in request:
        return None
    try:
        definition = json.loads(request["PipelineDefinition"])
    except ValueError as error:
        return expected("PipelineDefinition", error, "JSON")
    if definition.get("Version") != PIPELINE_VERSION:
        return expected("PipelineDefinition.Version", definition.get("Version"), PIPELINE_VERSION)
    if names := twice(step.get("Name") for step in definition.get("Steps", ())):
        return expected("PipelineDefinition.Steps", f"{names[0]} twice", "a name for each step")
    return None


def _containers(model: Request) -> list[tuple[str, Request]]:
    primary = [("PrimaryContainer", model["PrimaryContainer"])] if model.get("PrimaryContainer") else []
    return primary + [(f"Containers[{index}]", item) for index, item in enumerate(model.get("Containers") or ())]


def _variants(request: Request) -> list[tuple[str, Request]]:
    return [
        (f"{member}[{index}]", variant)
        for member in ("ProductionVariants", "ShadowProductionVariants")
        for index, variant in enumerate(request.get(member) or ())
    ]


def _serverless(request: Request) -> list[tuple[str, Request]]:
    found = [(path, variant.get("ServerlessConfig")) for path, variant in _variants(request)]
    return [(f"{path}.ServerlessConfig", config) for path, config in found if config]


RULES: dict[Key, list[Rule]] = {
    ("sagemaker", "CreateModel"): [
        a_model_has_one_kind_of_container,
        a_container_has_one_source,
        model_data_is_one_archive,
    ],
    ("sagemaker", "CreateEndpointConfig"): [
        variants_have_names_of_their_own,
        a_shadow_stands_beside_one_variant,
        an_instance_variant_says_how_many,
        serverless_memory_is_whole_gigabytes,
        provisioned_concurrency_is_within_the_maximum,
        a_serverless_variant_has_no_instances,
        a_serverless_variant_is_alone,
        a_serverless_endpoint_is_not_captured,
        an_asynchronous_endpoint_has_one_variant_on_instances,
        an_asynchronous_endpoint_is_not_captured,
    ],
    ("sagemaker", "CreateProcessingJob"): [a_key_needs_a_volume],
    ("sagemaker", "CreatePipeline"): [
        a_pipeline_has_one_definition,
        a_pipeline_is_json_whose_steps_have_names_of_their_own,
    ],
}
ASKING: dict[Key, list[AskingRule]] = {
    ("sagemaker", "CreateEndpointConfig"): [
        a_serverless_model_has_no_network_and_one_archive,
    ],
}
