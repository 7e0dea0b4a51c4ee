"""The states that an endpoint passes through while it is made, updated, scaled, rolled back and deleted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Any

from moto.core.utils import utcnow

from infra.rehearsal.front.call import Call
from infra.rehearsal.front.models import guardrails, scaling
from infra.rehearsal.front.models.hosting import lacking
from infra.rehearsal.front.models.state import Clock, backend, shelf

SOURCES = (
    "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html",
    "https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green.html",
    "https://github.com/hashicorp/terraform-provider-aws/issues/46663",
    "https://github.com/hashicorp/terraform-provider-aws/pull/49020",
)


class Phase(Enum):
    """Where a deployment is."""

    CREATING = auto()
    PROVISIONING = auto()
    BAKING = auto()
    SCALING = auto()
    ROLLING_BACK = auto()
    DELETING = auto()
    OVER = auto()


STATUS = {
    Phase.CREATING: "Creating",
    Phase.PROVISIONING: "Updating",
    Phase.BAKING: "Updating",
    Phase.SCALING: "Updating",
    Phase.ROLLING_BACK: "RollingBack",
    Phase.DELETING: "Deleting",
}
"""The endpoint's status in each phase. Once it is over: InService or Failed."""


@dataclass(kw_only=True)
class Deployment:
    """What is under way with one endpoint, or was last."""

    phase: Phase
    since: float
    """When the phase began, on the models' clock."""
    config: str
    """The endpoint configuration asked for."""
    variants: list[dict[str, Any]]
    """The production variants asked for, as DescribeEndpoint has them."""
    how: Mapping[str, Any]
    """The request's DeploymentConfig."""
    started: datetime = field(default_factory=utcnow)


def of(call: Call) -> dict[str, Deployment]:
    """The deployments of the caller's account and region, by the endpoint's name."""
    return shelf("deployments", backend("sagemaker", call))


def settle(call: Call, clock: Clock) -> None:
    """Moves every endpoint on to where it is by now."""
    endpoints = backend("sagemaker", call).endpoints
    for name, deployment in list(of(call).items()):
        while deployment.phase is not Phase.OVER:
            if deployment.phase is Phase.BAKING and (alarm := _in_alarm(deployment, call)):
                enter(endpoints[name], deployment, Phase.ROLLING_BACK, since=clock.now())
                endpoints[name].failure_reason = f"The alarm {alarm} went into ALARM during the deployment."
            elif not clock.over(deployment.since):
                break
            elif deployment.phase is Phase.DELETING:
                del endpoints[name], of(call)[name]
                scaling.forget_endpoint(name, call)
                break
            else:
                _move_on(endpoints[name], deployment, since=deployment.since + clock.lasting, call=call)


def _move_on(endpoint: Any, deployment: Deployment, *, since: float, call: Call) -> None:
    """What comes after a phase that has passed."""
    match deployment.phase:
        case Phase.CREATING if reason := _unhealthy(deployment, call):
            _end(endpoint, deployment, "Failed", reason)
        case Phase.PROVISIONING if reason := _unhealthy(deployment, call):
            enter(endpoint, deployment, Phase.ROLLING_BACK, since=since)
            endpoint.failure_reason = reason
        case Phase.PROVISIONING:
            enter(endpoint, deployment, Phase.BAKING, since=since)
        case Phase.ROLLING_BACK:
            # In service on what ran before, and the reason is gone: only the configuration's name tells.
            _end(endpoint, deployment, "InService")
        case _:
            endpoint.endpoint_config_name = deployment.config
            endpoint.production_variants = deployment.variants
            if config := backend("sagemaker", call).endpoint_configs.get(deployment.config):
                endpoint.data_capture_config = config.data_capture_config
            _end(endpoint, deployment, "InService")


def enter(endpoint: Any, deployment: Deployment, phase: Phase, *, since: float) -> None:
    """Begins a phase, and says so in the endpoint's status."""
    deployment.phase, deployment.since = phase, since
    endpoint.endpoint_status, endpoint.last_modified_time = STATUS[phase], utcnow()


def _end(endpoint: Any, deployment: Deployment, status: str, reason: str | None = None) -> None:
    deployment.phase = Phase.OVER
    endpoint.endpoint_status, endpoint.failure_reason, endpoint.last_modified_time = status, reason, utcnow()


def _in_alarm(deployment: Deployment, call: Call) -> str:
    known = backend("cloudwatch", call).alarms
    names = guardrails.alarms(deployment.how)
    return next((name for name in names if name in known and known[name].state_value == "ALARM"), "")


def _unhealthy(deployment: Deployment, call: Call) -> str:
    """Why a container does not answer `/ping`; empty where nothing is known to stop it."""
    sagemaker = backend("sagemaker", call)
    config = sagemaker.endpoint_configs.get(deployment.config)
    if config is None:
        return f"The endpoint configuration {deployment.config} is not there."
    for variant in config.production_variants:
        model = sagemaker._models.get(variant.get("ModelName"))
        containers = [model.primary_container, *model.containers] if model else []
        reason = next(filter(None, (lacking(container, call) for container in containers)), "")
        if not model and "ModelName" in variant:
            reason = f"The model {variant['ModelName']} is not there."
        if reason:
            failed = f"The primary container for production variant {variant['VariantName']}"
            return f"{failed} did not pass the ping health check. {reason}"
    return ""
