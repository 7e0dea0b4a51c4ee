"""Which variants Application Auto Scaling takes, and what goes with a registration. moto keeps what is registered."""

from typing import Any

from infra.fleet import DIMENSION, NAMESPACE
from infra.instances import BURSTABLE
from infra.rehearsal.front.call import Call
from infra.rehearsal.front.errors import ApiError
from infra.rehearsal.front.models.state import Clock, Operation, backend

API = "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_"
SOURCES = (
    f"{API}RegisterScalableTarget.html",
    f"{API}DeregisterScalableTarget.html",
    f"{API}PutScalingPolicy.html",
    f"{API}PutScheduledAction.html",
    "https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-prerequisites.html",
    "https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-autoscale.html",
    "https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-delete-with-scaling.html",
)


def register(call: Call, _clock: Clock) -> None:
    """moto registers, once the variant is known to be there and to scale."""
    if not _is_variant(call):
        return
    asked, resource = call.parameters, call.parameters["ResourceId"]
    known = registered(resource, call)
    fewest = asked.get("MinCapacity", known.min_capacity if known else None)
    most = asked.get("MaxCapacity", known.max_capacity if known else None)
    if fewest is None or most is None:
        raise _invalid("MinCapacity and MaxCapacity are required for a new scalable target")
    if fewest > most:
        raise _invalid(f"MinCapacity ({fewest}) is more than MaxCapacity ({most})")
    config, variant = _variant(resource, call)
    instance = variant.get("InstanceType", "")
    if not instance:
        raise _invalid(f"{resource} is serverless: it has no {DIMENSION}")
    if instance.startswith(BURSTABLE):
        raise _invalid(f"{resource} runs on {instance}, a burstable instance, which does not scale")
    if fewest < 1 and not config.async_inference_config:
        raise _invalid(f"MinCapacity is {fewest}: only asynchronous endpoints scale to zero")


def deregister(call: Call, _clock: Clock) -> None:
    """Policies and scheduled actions go with the registration, which moto takes away."""
    if _is_variant(call):
        _required(call)
        _forget_what_scales(call.parameters["ResourceId"], call)


def of_registered(call: Call, _clock: Clock) -> None:
    """What only a registered variant can have."""
    if _is_variant(call):
        _required(call)


def delete_policy(call: Call, _clock: Clock) -> None:
    name, resource = call.parameters["PolicyName"], call.parameters["ResourceId"]
    held = [policy.policy_name for policy in _scaling(call).policies.values() if policy.resource_id == resource]
    if name not in held:
        raise _missing(f"No scaling policy {name} of {resource}")


def delete_scheduled_action(call: Call, _clock: Clock) -> None:
    name, resource = call.parameters["ScheduledActionName"], call.parameters["ResourceId"]
    held = [known for known in _scaling(call).scheduled_actions if known.resource_id == resource]
    if name not in [known.scheduled_action_name for known in held]:
        raise _missing(f"No scheduled action {name} of {resource}")


def registered(resource: str, call: Call) -> Any:
    """moto's record of a variant that is scaled; None for one that is not."""
    return _scaling(call).targets.get(DIMENSION, {}).get(resource)


def forget_endpoint(name: str, call: Call) -> None:
    """The variants of an endpoint that is deleted are deregistered without a word."""
    targets = _scaling(call).targets.get(DIMENSION, {})
    for resource in [known for known in targets if known.startswith(f"endpoint/{name}/")]:
        del targets[resource]
        _forget_what_scales(resource, call)


def _forget_what_scales(resource: str, call: Call) -> None:
    scaling = _scaling(call)
    scaling.policies = {key: held for key, held in scaling.policies.items() if held.resource_id != resource}
    scaling.scheduled_actions = [held for held in scaling.scheduled_actions if held.resource_id != resource]


def _variant(resource: str, call: Call) -> tuple[Any, dict[str, Any]]:
    """The configuration and the variant that a resource's id names."""
    sagemaker = backend("sagemaker", call)
    _endpoint, name, _kind, variant = resource.split("/")
    if name in sagemaker.endpoints:
        config = sagemaker.endpoint_configs[sagemaker.endpoints[name].endpoint_config_name]
        for known in config.production_variants:
            if known["VariantName"] == variant:
                return config, known
    raise _invalid(f"Could not find {resource}")


def _is_variant(call: Call) -> bool:
    asked = call.parameters
    return (asked["ServiceNamespace"], asked["ScalableDimension"]) == (NAMESPACE, DIMENSION)


def _required(call: Call) -> None:
    if registered(call.parameters["ResourceId"], call) is None:
        raise _missing(f"No scalable target {call.parameters['ResourceId']}")


def _scaling(call: Call) -> Any:
    return backend("application-autoscaling", call)


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationException", f"{message}.")


def _missing(message: str) -> ApiError:
    return ApiError("ObjectNotFoundException", f"{message} is registered for {NAMESPACE} and {DIMENSION}.")


OPERATIONS: dict[str, Operation] = {
    "application-autoscaling:RegisterScalableTarget": register,
    "application-autoscaling:DeregisterScalableTarget": deregister,
    "application-autoscaling:PutScalingPolicy": of_registered,
    "application-autoscaling:PutScheduledAction": of_registered,
    "application-autoscaling:DeleteScalingPolicy": delete_policy,
    "application-autoscaling:DeleteScheduledAction": delete_scheduled_action,
}
