"""What breaks the rules on models, endpoints and updates."""

from typing import Any

from infra.rehearsal.rules import deployment, sagemaker
from tests.rehearsal.broken.case import GONE, Case

MODEL, CONFIG = ("sagemaker", "CreateModel"), ("sagemaker", "CreateEndpointConfig")
UPDATE, PIPELINE = ("sagemaker", "UpdateEndpoint"), ("sagemaker", "CreatePipeline")
JOB = ("sagemaker", "CreateProcessingJob")
VARIANT = {"VariantName": "challenger", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
CONTAINER = {"Image": "i"}
CAPTURE = {
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://b/c",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}
ASYNC = {"OutputConfig": {"S3OutputPath": "s3://b/r"}}
S3_DATA = {"S3DataSource": {"S3Uri": "s3://b/p/", "S3DataType": "S3Prefix", "CompressionType": "None"}}
BLUE_GREEN = "DeploymentConfig.BlueGreenUpdatePolicy"
ROUTING = f"{BLUE_GREEN}.TrafficRoutingConfiguration"
ROLLING = {"MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50}, "WaitIntervalInSeconds": 60}


def percent(value: int) -> dict[str, Any]:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


def variants(**variant: Any) -> dict[str, Any]:
    return {"DescribeEndpointConfig": {"ProductionVariants": [variant]}}


SERVERLESS = sagemaker.a_serverless_model_has_no_network_and_one_archive
HALF = deployment.a_step_is_no_more_than_half_of_the_instances
BY_INSTANCES = {f"{ROUTING}.CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1}}

CASES: list[Case] = [
    Case(
        MODEL, sagemaker.a_model_has_one_kind_of_container, {"PrimaryContainer": GONE}, "none, expected exactly one of"
    ),
    Case(
        MODEL,
        sagemaker.a_model_has_one_kind_of_container,
        {"Containers": [CONTAINER]},
        "PrimaryContainer and Containers",
    ),
    Case(
        MODEL, sagemaker.a_container_has_one_source, {"PrimaryContainer.Image": GONE}, "one of Image, ModelPackageName"
    ),
    Case(MODEL, sagemaker.a_container_has_one_source, {"PrimaryContainer.ModelDataSource": S3_DATA}, "ModelDataSource"),
    Case(MODEL, sagemaker.model_data_is_one_archive, {"PrimaryContainer.ModelDataUrl": "s3://b/m.zip"}, ".tar.gz"),
    Case(
        CONFIG,
        sagemaker.variants_have_names_of_their_own,
        {"ProductionVariants": [VARIANT, VARIANT]},
        "challenger, expected a name for each",
    ),
    Case(
        CONFIG,
        sagemaker.a_shadow_stands_beside_one_variant,
        {
            "ProductionVariants": [VARIANT],
            "ShadowProductionVariants": [{**VARIANT, "VariantName": "a"}, {**VARIANT, "VariantName": "b"}],
        },
        "2 beside 1 variants",
    ),
    Case(
        CONFIG,
        sagemaker.an_instance_variant_says_how_many,
        {"ProductionVariants.0": {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large"}},
        "ProductionVariants[0].InitialInstanceCount: none",
    ),
    Case(
        CONFIG,
        sagemaker.serverless_memory_is_whole_gigabytes,
        {"ProductionVariants.0.ServerlessConfig.MemorySizeInMB": 1500},
        "1500, expected one of 1024, 2048, 3072, 4096, 5120, 6144",
    ),
    Case(
        CONFIG,
        sagemaker.provisioned_concurrency_is_within_the_maximum,
        {"ProductionVariants.0.ServerlessConfig.ProvisionedConcurrency": 6},
        "6, expected at most MaxConcurrency (5)",
    ),
    Case(
        CONFIG,
        sagemaker.a_serverless_variant_has_no_instances,
        {"ProductionVariants.0.InstanceType": "ml.m5.large", "ProductionVariants.0.InitialInstanceCount": 1},
        "beside InitialInstanceCount, InstanceType",
    ),
    Case(CONFIG, sagemaker.a_serverless_variant_is_alone, {"ShadowProductionVariants": [VARIANT]}, "2 variants"),
    Case(
        CONFIG,
        sagemaker.a_serverless_endpoint_is_not_captured,
        {"DataCaptureConfig": CAPTURE},
        "serverless captures nothing",
    ),
    Case(
        CONFIG,
        sagemaker.an_asynchronous_endpoint_has_one_variant_on_instances,
        {"AsyncInferenceConfig": ASYNC},
        "with a serverless variant, expected instances",
    ),
    Case(
        CONFIG,
        sagemaker.an_asynchronous_endpoint_has_one_variant_on_instances,
        {"AsyncInferenceConfig": ASYNC, "ProductionVariants": [VARIANT, {**VARIANT, "VariantName": "b"}]},
        "with 2 variants, expected one variant",
    ),
    Case(
        CONFIG,
        sagemaker.an_asynchronous_endpoint_is_not_captured,
        {"AsyncInferenceConfig": ASYNC, "ProductionVariants": [VARIANT], "DataCaptureConfig": CAPTURE},
        "only real-time endpoints are captured",
    ),
    Case(
        ("sagemaker", "CreateProcessingJob"),
        sagemaker.a_key_needs_a_volume,
        {"ProcessingResources.ClusterConfig.InstanceType": "ml.g5.xlarge"},
        "with ml.g5.xlarge, whose disk is part of it, expected none",
    ),
    Case(
        PIPELINE, sagemaker.a_pipeline_has_one_definition, {"PipelineDefinition": GONE}, "none, expected exactly one of"
    ),
    Case(
        PIPELINE,
        sagemaker.a_pipeline_is_json_whose_steps_have_names_of_their_own,
        {"PipelineDefinition": '{"Version": "2020-12-01", "Steps": [{"Name": "a"}, {"Name": "a"}]}'},
        "a twice",
    ),
    Case(
        PIPELINE,
        sagemaker.a_pipeline_is_json_whose_steps_have_names_of_their_own,
        {"PipelineDefinition": '{"Version": "1"}'},
        "2020-12-01",
    ),
    Case(
        UPDATE,
        deployment.traffic_routing_says_how_much_it_shifts,
        {f"{ROUTING}.Type": "LINEAR"},
        "LINEAR with CanarySize, expected LinearStepSize",
    ),
    Case(
        UPDATE,
        deployment.traffic_routing_says_how_much_it_shifts,
        {f"{ROUTING}.CanarySize": GONE},
        "CANARY with no size, expected CanarySize",
    ),
    Case(
        UPDATE,
        deployment.a_canary_takes_at_most_half,
        {f"{ROUTING}.CanarySize": percent(51)},
        "51 %, expected at most 50",
    ),
    Case(
        UPDATE,
        deployment.a_linear_step_is_10_to_50_percent,
        {f"{ROUTING}.Type": "LINEAR", f"{ROUTING}.CanarySize": GONE, f"{ROUTING}.LinearStepSize": percent(9)},
        "9 %, expected 10 to 50 %",
    ),
    Case(
        UPDATE,
        deployment.a_rolling_batch_is_5_to_50_percent,
        {
            BLUE_GREEN: GONE,
            "DeploymentConfig.RollingUpdatePolicy": {**ROLLING, "MaximumBatchSize": percent(4)},
        },
        "4 %, expected 5 to 50 %",
    ),
    Case(
        UPDATE,
        deployment.an_update_may_take_longer_than_its_waits,
        {f"{BLUE_GREEN}.MaximumExecutionTimeoutInSeconds": 1800},
        "1800, expected more than the 1800 s that it waits in all",
    ),
    Case(CONFIG, SERVERLESS, {}, "m with a VpcConfig", {"DescribeModel": {"VpcConfig": {"Subnets": ["s"]}}}),
    Case(CONFIG, SERVERLESS, {}, "m with EnableNetworkIsolation", {"DescribeModel": {"EnableNetworkIsolation": True}}),
    Case(CONFIG, SERVERLESS, {}, "one container", {"DescribeModel": {"Containers": [CONTAINER, CONTAINER]}}),
    Case(
        CONFIG,
        SERVERLESS,
        {},
        "one container with ModelDataUrl",
        {"DescribeModel": {"PrimaryContainer": {"Image": "i", "ModelDataSource": S3_DATA}}},
    ),
    Case(UPDATE, HALF, {}, "50 % of 1 instances is 100 %", variants(InitialInstanceCount=1)),
    Case(UPDATE, HALF, BY_INSTANCES, "1 instances of 1 instances is 100 %", variants(InitialInstanceCount=1)),
]
