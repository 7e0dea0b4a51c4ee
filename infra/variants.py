"""What SageMaker is asked for one variant of an endpoint. Pure."""

import pulumi
import pulumi_aws as aws

from infra import instances, names
from infra.place import Place
from infra.settings import Async, Hosted, Release, Serverless
from ml.agreed import MODEL_SHA256
from ml.wiring import variable

REQUESTS, RESULTS, FAILURES = "async/requests/", "async/results/", "async/failures/"
"""Where callers of an asynchronous endpoint put what they ask, and where SageMaker puts what came of it."""


def environment(variant: str, release: Release | None, place: Place, *, lines: bool) -> dict[str, str]:
    """The variables of a model's container; `lines` says whether it writes a log line a prediction."""
    given = {
        "MLOPS_VARIANT": variant,
        "MLOPS_CAPTURE": "stdout" if lines else "off",
        variable("endpoint_name"): place.endpoint_name,
        variable("metrics_namespace"): place.metrics_namespace,
    }
    return given | ({MODEL_SHA256: release.sha256} if release else {})


def container(
    image_uri: pulumi.Input[str], environment: dict[str, str], release: Release | None
) -> aws.sagemaker.ModelPrimaryContainerArgsDict:
    """The container of a model; without a release, it serves the baseline that the image carries."""
    if release is None:
        return {"image": image_uri, "environment": environment}
    return {"image": image_uri, "environment": environment, "model_data_url": release.url}


def production(
    variant: str,
    model_name: pulumi.Input[str],
    serving: Hosted,
    weight: float,
    counts: pulumi.Output[dict[str, int]] | None = None,
) -> aws.sagemaker.EndpointConfigurationProductionVariantArgsDict:
    """A variant. Its name never changes: a blue/green update needs the same names on both sides.

    Args:
        counts: how many instances each variant starts with, where not with as many as the settings say.
    """
    if isinstance(serving, Serverless):
        return {
            "variant_name": variant,
            "model_name": model_name,
            "initial_variant_weight": weight,
            "serverless_config": {"memory_size_in_mb": serving.memory_mb, "max_concurrency": serving.max_concurrency},
        }
    return {
        "variant_name": variant,
        "model_name": model_name,
        "initial_variant_weight": weight,
        "instance_type": serving.instance,
        # Numbers cross Pulumi's protocol as floats.
        "initial_instance_count": counts.apply(lambda known: int(known[variant])) if counts else serving.instances,
        # A broken artifact or image otherwise holds the endpoint in Creating for an hour.
        "container_startup_health_check_timeout_in_seconds": 300,
        "model_data_download_timeout_in_seconds": 300,
    }


def data_capture(
    bucket: pulumi.Input[str], prefix: str, key_arn: pulumi.Input[str], percent: int
) -> aws.sagemaker.EndpointConfigurationDataCaptureConfigArgsDict:
    """SageMaker's own capture of requests and answers. It adds endpoint, variant and hour to the prefix."""
    return {
        "enable_capture": True,
        "initial_sampling_percentage": percent,
        "destination_s3_uri": pulumi.Output.concat("s3://", bucket, "/", prefix.rstrip("/")),
        "kms_key_id": key_arn,
        "capture_options": [{"capture_mode": "Input"}, {"capture_mode": "Output"}],
        "capture_content_type_header": {"json_content_types": ["application/json"], "csv_content_types": ["text/csv"]},
    }


def asynchronous(
    serving: Async, bucket: pulumi.Input[str], key_arn: pulumi.Input[str], topic_arn: pulumi.Input[str]
) -> aws.sagemaker.EndpointConfigurationAsyncInferenceConfigArgsDict:
    """Where results and failures go, and whom to tell of a failure: nobody waits for the answer."""
    return {
        "client_config": {"max_concurrent_invocations_per_instance": serving.concurrency},
        "output_config": {
            "s3_output_path": pulumi.Output.concat("s3://", bucket, "/", RESULTS.rstrip("/")),
            "s3_failure_path": pulumi.Output.concat("s3://", bucket, "/", FAILURES.rstrip("/")),
            "kms_key_id": key_arn,
            "notification_config": {"error_topic": topic_arn},
        },
    }


def config_prefix(prefix: str, content: str, serving: Hosted) -> str:
    """What a configuration's name starts with: the same models served in the same way give the same prefix."""
    return f"{names.config_start(prefix)}{names.content_hash(content, serving.model_dump_json())}-"


def takes_key(serving: Hosted) -> bool:
    """Whether SageMaker encrypts the disks of these instances with a key of ours."""
    return isinstance(serving, Serverless) or not instances.has_own_disk(serving.instance)
