"""SageMaker endpoints: made, updated with guardrails, rolled back without a word, scaled, deleted.

moto keeps the record of each endpoint, so its listings, tags and search stay true. Traffic is not modelled: an alarm
fires when somebody sets its state. Shadow variants are not described.
"""

import copy
from collections.abc import Mapping
from typing import Any

from infra.rehearsal.front.call import Call
from infra.rehearsal.front.errors import ApiError
from infra.rehearsal.front.models import deployments, guardrails
from infra.rehearsal.front.models.deployments import Deployment, Phase, settle
from infra.rehearsal.front.models.state import Clock, Operation, arn, backend

API = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_"
SOURCES = (
    f"{API}CreateEndpoint.html",
    f"{API}UpdateEndpoint.html",
    f"{API}UpdateEndpointWeightsAndCapacities.html",
    f"{API}DescribeEndpoint.html",
    f"{API}DeleteEndpoint.html",
    f"{API}DeleteEndpointConfig.html",
    "https://github.com/hashicorp/terraform-provider-aws/issues/40048",
    "https://github.com/hashicorp/terraform-provider-aws/issues/40080",
    *deployments.SOURCES,
    *guardrails.SOURCES,
)
RETAINED = {"DesiredInstanceCount": "InstanceCount", "DesiredWeight": "Weight"}
"""Properties of a variant that an update may retain, and how DescribeEndpoint calls them behind Current and Desired."""


def create(call: Call, clock: Clock) -> dict[str, Any]:
    settle(call, clock)
    sagemaker, asked = backend("sagemaker", call), call.parameters
    name, config_name = asked["EndpointName"], asked["EndpointConfigName"]
    if name in sagemaker.endpoints:
        raise _refusal(f'Cannot create already existing endpoint "{_arn(name, call)}".')
    how = asked.get("DeploymentConfig", {})
    guardrails.check(how, _config(config_name, call), call)
    endpoint = sagemaker.create_endpoint(name, config_name, asked.get("Tags"))
    _start(endpoint, Phase.CREATING, config_name, endpoint.production_variants, how, call=call, clock=clock)
    return {"EndpointArn": endpoint.arn}


def update(call: Call, clock: Clock) -> dict[str, Any]:
    """Starts an update. It succeeds whether or not the update will: what comes of it is to be looked at."""
    endpoint, asked = _idle(call, clock), call.parameters
    new, old = _config(asked["EndpointConfigName"], call), _config(endpoint.endpoint_config_name, call)
    how = asked.get("DeploymentConfig") or (_last(endpoint, call) if asked.get("RetainDeploymentConfig") else {})
    guardrails.check(how, new, call)
    guardrails.check_change(how, old, new, call)
    variants = endpoint._process_production_variants(new.production_variants)
    if asked.get("RetainAllVariantProperties"):
        excluded = {item["VariantPropertyType"] for item in asked.get("ExcludeRetainedVariantProperties", [])}
        _retain(endpoint.production_variants, variants, [RETAINED[kind] for kind in RETAINED if kind not in excluded])
    _start(endpoint, Phase.PROVISIONING, asked["EndpointConfigName"], variants, how, call=call, clock=clock)
    return {"EndpointArn": endpoint.arn}


def scale(call: Call, clock: Clock) -> dict[str, Any]:
    endpoint = _idle(call, clock)
    variants = copy.deepcopy(endpoint.production_variants)
    by_name = {variant["VariantName"]: variant for variant in variants}
    for wanted in call.parameters["DesiredWeightsAndCapacities"]:
        if wanted["VariantName"] not in by_name:
            raise _refusal(
                f'The variant name(s) "{wanted["VariantName"]}" is/are not present within endpoint configuration '
                f'"{endpoint.endpoint_config_name}".'
            )
        for kind, property_ in RETAINED.items():
            if kind in wanted:
                _set(by_name[wanted["VariantName"]], property_, wanted[kind])
    how = _last(endpoint, call)
    _start(endpoint, Phase.SCALING, endpoint.endpoint_config_name, variants, how, call=call, clock=clock)
    return {"EndpointArn": endpoint.arn}


def delete(call: Call, clock: Clock) -> dict[str, Any]:
    """Starts a deletion; the name stays taken until it is over. Refused while anything else is under way."""
    endpoint = _endpoint(call, clock)
    if deployments.of(call)[endpoint.endpoint_name].phase is not Phase.OVER:
        raise _in_progress(endpoint)
    config, variants, how = endpoint.endpoint_config_name, endpoint.production_variants, _last(endpoint, call)
    _start(endpoint, Phase.DELETING, config, variants, how, call=call, clock=clock)
    return {}


def describe(call: Call, clock: Clock) -> dict[str, Any]:
    endpoint = _endpoint(call, clock)
    deployment = deployments.of(call)[endpoint.endpoint_name]
    pending = deployment.phase in {Phase.CREATING, Phase.PROVISIONING, Phase.BAKING}
    return {
        "EndpointName": endpoint.endpoint_name,
        "EndpointArn": endpoint.arn,
        "EndpointConfigName": endpoint.endpoint_config_name,
        "EndpointStatus": endpoint.endpoint_status,
        "FailureReason": endpoint.failure_reason,
        "CreationTime": endpoint.creation_time,
        "LastModifiedTime": endpoint.last_modified_time,
        "ProductionVariants": None if deployment.phase is Phase.CREATING else endpoint.production_variants,
        "LastDeploymentConfig": deployment.how or None,
        "PendingDeploymentSummary": _pending(deployment) if pending else None,
        "DataCaptureConfig": _capture(endpoint.data_capture_config),
    }


def look(call: Call, clock: Clock) -> None:
    """Every endpoint is where it should be by now, before moto lists them or an alarm changes."""
    settle(call, clock)


def _start(
    endpoint: Any,
    phase: Phase,
    config: str,
    variants: list[dict[str, Any]],
    how: Mapping[str, Any],
    *,
    call: Call,
    clock: Clock,
) -> None:
    deployment = Deployment(phase=phase, since=clock.now(), config=config, variants=variants, how=how)
    deployments.of(call)[endpoint.endpoint_name] = deployment
    deployments.enter(endpoint, deployment, phase, since=clock.now())
    endpoint.failure_reason = None


def _last(endpoint: Any, call: Call) -> Mapping[str, Any]:
    return deployments.of(call)[endpoint.endpoint_name].how


def _endpoint(call: Call, clock: Clock) -> Any:
    settle(call, clock)
    endpoint = backend("sagemaker", call).endpoints.get(call.parameters["EndpointName"])
    if endpoint is None:
        raise _refusal(f'Could not find endpoint "{_arn(call.parameters["EndpointName"], call)}".')
    return endpoint


def _idle(call: Call, clock: Clock) -> Any:
    """The endpoint, in service and with nothing under way."""
    endpoint = _endpoint(call, clock)
    if deployments.of(call)[endpoint.endpoint_name].phase is not Phase.OVER:
        raise _in_progress(endpoint)
    if endpoint.endpoint_status == "Failed":
        raise _refusal(f'Cannot update failed endpoint "{endpoint.arn}": it can only be deleted.')
    return endpoint


def _config(name: str, call: Call) -> Any:
    config = backend("sagemaker", call).endpoint_configs.get(name)
    if config is None:
        known = arn("sagemaker", f"endpoint-config/{name}", call)
        raise _refusal(f'Could not find endpoint configuration "{known}".')
    return config


def _retain(old: list[dict[str, Any]], new: list[dict[str, Any]], properties: list[str]) -> None:
    before = {variant["VariantName"]: variant for variant in old}
    for variant in new:
        for property_ in properties:
            if (value := before.get(variant["VariantName"], {}).get(f"Desired{property_}")) is not None:
                _set(variant, property_, value)


def _set(variant: dict[str, Any], property_: str, value: float) -> None:
    variant[f"Current{property_}"] = variant[f"Desired{property_}"] = value


def _pending(deployment: Deployment) -> dict[str, Any]:
    kind = {Phase.CREATING: "Creating", Phase.BAKING: "Baking"}.get(deployment.phase, "Updating")
    return {
        "EndpointConfigName": deployment.config,
        "StartTime": deployment.started,
        "ProductionVariants": [{**variant, "VariantStatus": [{"Status": kind}]} for variant in deployment.variants],
    }


def _capture(config: dict[str, Any]) -> dict[str, Any] | None:
    if not config:
        return None
    return {
        "EnableCapture": bool(config.get("EnableCapture")),
        "CaptureStatus": "Started" if config.get("EnableCapture") else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }


def _arn(name: str, call: Call) -> str:
    return arn("sagemaker", f"endpoint/{name}", call)


def _in_progress(endpoint: Any) -> ApiError:
    return _refusal(f'Cannot update in-progress endpoint "{endpoint.arn}".')


def _refusal(message: str) -> ApiError:
    return ApiError("ValidationException", message)


OPERATIONS: dict[str, Operation] = {
    "sagemaker:CreateEndpoint": create,
    "sagemaker:UpdateEndpoint": update,
    "sagemaker:UpdateEndpointWeightsAndCapacities": scale,
    "sagemaker:DescribeEndpoint": describe,
    "sagemaker:ListEndpoints": look,
    "sagemaker:DeleteEndpoint": delete,
    "cloudwatch:SetAlarmState": look,
}
