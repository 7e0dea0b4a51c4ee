"""What SageMaker refuses of a deployment before it starts one."""

from collections.abc import Mapping
from typing import Any

from infra.fleet import resource_id
from infra.rehearsal.front.call import Call
from infra.rehearsal.front.errors import ApiError
from infra.rehearsal.front.models.scaling import registered
from infra.rehearsal.front.models.state import backend

SOURCES = (
    "https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html",
    "https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html",
    "https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html",
    "https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints-update.html",
    "https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-update.html",
)


def check(asked: Mapping[str, Any], config: Any, call: Call) -> None:
    """Raises ApiError where the deployment configuration of a create or an update does not fit.

    Args:
        asked: the request's DeploymentConfig.
        config: moto's record of the endpoint configuration that is to be deployed.
    """
    if not asked:
        return
    if is_serverless(config):
        raise _refusal("DeploymentConfig is not supported for serverless endpoints")
    if "BlueGreenUpdatePolicy" in asked and "RollingUpdatePolicy" in asked:
        raise _refusal("DeploymentConfig takes one of BlueGreenUpdatePolicy and RollingUpdatePolicy, not both")
    if "RollingUpdatePolicy" in asked and len(config.production_variants) > 1:
        raise _refusal("RollingUpdatePolicy is not supported for endpoints with more than one variant")
    known = backend("cloudwatch", call).alarms
    if unknown := [name for name in alarms(asked) if name not in known]:
        raise _refusal(f"Could not find the alarms of AutoRollbackConfiguration in CloudWatch: {', '.join(unknown)}")


def check_change(asked: Mapping[str, Any], old: Any, new: Any, call: Call) -> None:
    """Raises ApiError where an endpoint cannot go from one configuration to the other."""
    if is_serverless(old) != is_serverless(new):
        raise _refusal(
            "An endpoint cannot be updated from serverless to instances or back: "
            f"{old.endpoint_config_name} to {new.endpoint_config_name}"
        )
    before, after = _types(old), _types(new)
    if asked and before.keys() != after.keys():
        raise _refusal(
            "The new endpoint configuration must have the variant names of the old one: "
            f"{', '.join(before)} expected, {', '.join(after)} given"
        )
    for name in before:
        target = resource_id(call.parameters["EndpointName"], name)
        if before[name] == after.get(name) or registered(target, call) is None:
            continue
        what = f"The instance type of {target} cannot change" if name in after else f"{target} cannot be removed"
        raise _refusal(f"{what} while it is registered as a scalable target")


def alarms(asked: Mapping[str, Any]) -> list[str]:
    """The names of the alarms that roll a deployment back."""
    return [alarm["AlarmName"] for alarm in asked.get("AutoRollbackConfiguration", {}).get("Alarms", [])]


def is_serverless(config: Any) -> bool:
    return any("ServerlessConfig" in variant for variant in config.production_variants)


def _types(config: Any) -> dict[str, str | None]:
    return {variant["VariantName"]: variant.get("InstanceType") for variant in config.production_variants}


def _refusal(message: str) -> ApiError:
    return ApiError("ValidationException", f"{message}.")
