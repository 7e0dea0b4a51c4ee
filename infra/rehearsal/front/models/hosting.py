"""What SageMaker looks at before it makes a model or an endpoint configuration, and moto does not; moto makes them."""

import re
from collections.abc import Mapping
from typing import Any

from moto.iam.models import get_account_id_from

from infra.rehearsal.front.call import Call
from infra.rehearsal.front.errors import ApiError
from infra.rehearsal.front.models.state import Clock, Operation, arn, backend
from infra.rehearsal.images import ecr_image

SOURCES = (
    "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html",
    "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html",
)
S3 = re.compile(r"s3://(?P<bucket>[^/]+)/(?P<key>.+)")


def create_model(call: Call, _clock: Clock) -> None:
    name = call.parameters["ModelName"]
    if name in backend("sagemaker", call)._models:
        raise ApiError("ValidationException", f'Cannot create already existing model "{_arn("model", name, call)}".')
    primary = call.parameters.get("PrimaryContainer")
    for container in [*([primary] if primary else []), *call.parameters.get("Containers", [])]:
        if reason := lacking(container, call):
            raise ApiError("ValidationException", reason)


def create_endpoint_config(call: Call, _clock: Clock) -> None:
    sagemaker, name = backend("sagemaker", call), call.parameters["EndpointConfigName"]
    if name in sagemaker.endpoint_configs:
        known = _arn("endpoint-config", name, call)
        raise ApiError("ValidationException", f'Cannot create already existing endpoint configuration "{known}".')
    variants = call.parameters.get("ProductionVariants", []) + call.parameters.get("ShadowProductionVariants", [])
    for model in [variant["ModelName"] for variant in variants if "ModelName" in variant]:
        if model not in sagemaker._models:
            raise ApiError("ValidationException", f'Could not find model "{_arn("model", model, call)}".')


def lacking(container: Mapping[str, Any], call: Call) -> str:
    """What a container needs and does not find, as CreateModel says it; empty where nothing is known to lack.

    Images of other registries, and buckets that the account does not hold, are taken to be there.
    """
    if (image := container.get("Image")) and not _pullable(image, call):
        return f"Requested image {image} not found."
    url = container.get("ModelDataUrl", "")
    if (found := S3.fullmatch(url)) and not _stored(found["bucket"], found["key"], call):
        return f"Could not find model data at {url}."
    return ""


def _pullable(address: str, call: Call) -> bool:
    image = ecr_image(address)
    if image is None or image.account != get_account_id_from(call.access_key):
        return True
    repository = backend("ecr", call).repositories.get(image.repository)
    return repository is not None and any(
        known.get_image_digest() == image.digest if image.digest else (image.tag or "latest") in known.image_tags
        for known in repository.images
    )


def _stored(bucket: str, key: str, call: Call) -> bool:
    s3 = backend("s3", call)
    return bucket not in s3.buckets or s3.get_object(bucket, key) is not None


def _arn(kind: str, name: str, call: Call) -> str:
    return arn("sagemaker", f"{kind}/{name}", call)


OPERATIONS: dict[str, Operation] = {
    "sagemaker:CreateModel": create_model,
    "sagemaker:CreateEndpointConfig": create_endpoint_config,
}
