"""One rollout policy in the terms of SageMaker and of the local endpoint. Pure."""

import json
import math
from collections.abc import Sequence

import pulumi
from pulumi_aws.sagemaker import (
    EndpointDeploymentConfigArgsDict as DeploymentConfig,
)
from pulumi_aws.sagemaker import (
    EndpointDeploymentConfigBlueGreenUpdatePolicyArgsDict as UpdatePolicy,
)
from pulumi_aws.sagemaker import (
    EndpointDeploymentConfigBlueGreenUpdatePolicyTrafficRoutingConfigurationArgsDict as TrafficRouting,
)
from pulumi_aws.sagemaker import (
    EndpointDeploymentConfigRollingUpdatePolicyArgsDict as RollingPolicy,
)

from infra.settings import Hosted, Rollout, Serverless, Settings

PROVISIONING_SECONDS = 3600
"""What an update may take beside its bakes."""
CHAMPION, CHALLENGER = "champion", "challenger"


def steps(rollout: Rollout) -> list[int]:
    """The shares of traffic, in percent, that a new release gets before it gets all."""
    if rollout.strategy in ("canary", "a-b"):
        return [rollout.share]
    if rollout.strategy in ("linear", "rolling"):
        return list(range(rollout.share, 100, rollout.share))
    return []


def bakes(rollout: Rollout) -> int:
    """How many times SageMaker waits for the bake in one update: after each shift, and before the old fleet goes.

    A rolling update has no old fleet at its end: it takes away as much of it in each batch as it adds.
    """
    batches = math.ceil(100 / rollout.share)
    shifts = {"all-at-once": -1, "canary": 2, "linear": batches, "rolling": batches - 1}
    return shifts.get(rollout.strategy, 1) + 1


def sagemaker(rollout: Rollout, serving: Hosted, alarms: Sequence[pulumi.Input[str]]) -> DeploymentConfig | None:
    """The endpoint's `deployment_config`; None where SageMaker has none.

    Guardrails are for real-time and asynchronous endpoints: a serverless one shifts all traffic at once, without a
    bake (docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html).
    """
    if isinstance(serving, Serverless):
        return None
    config: DeploymentConfig
    if rollout.strategy == "rolling":
        config = {"rolling_update_policy": _rolling(rollout)}
    else:
        config = {"blue_green_update_policy": _blue_green(rollout)}
    if alarms:
        config["auto_rollback_configuration"] = {"alarms": [{"alarm_name": name} for name in alarms]}
    return config


def _blue_green(rollout: Rollout) -> UpdatePolicy:
    # The old fleet stays for one more bake, except where the policy is to be quick.
    wait = 0 if rollout.strategy == "all-at-once" else rollout.bake_minutes * 60
    routing: TrafficRouting = {"type": "ALL_AT_ONCE", "wait_interval_in_seconds": wait}
    if rollout.strategy == "canary":
        routing["type"] = "CANARY"
        routing["canary_size"] = {"type": "CAPACITY_PERCENT", "value": rollout.share}
    elif rollout.strategy == "linear":
        routing["type"] = "LINEAR"
        routing["linear_step_size"] = {"type": "CAPACITY_PERCENT", "value": rollout.share}
    return {
        "traffic_routing_configuration": routing,
        "termination_wait_in_seconds": wait,
        "maximum_execution_timeout_in_seconds": bakes(rollout) * wait + PROVISIONING_SECONDS,
    }


def _rolling(rollout: Rollout) -> RollingPolicy:
    wait = rollout.bake_minutes * 60
    return {
        "maximum_batch_size": {"type": "CAPACITY_PERCENT", "value": rollout.share},
        "wait_interval_in_seconds": wait,
        "maximum_execution_timeout_in_seconds": bakes(rollout) * wait + PROVISIONING_SECONDS,
    }


def weights(rollout: Rollout) -> tuple[float, float | None]:
    """The weights of champion and challenger variant in an A/B test; a shadow gets a copy of every request."""
    if rollout.strategy == "a-b":
        return 100 - rollout.share, rollout.share
    return 1, None


def production(settings: Settings) -> list[str]:
    """The names of the variants that share out the requests."""
    tested = settings.rollout.strategy == "a-b" and settings.challenger is not None
    return [CHAMPION, CHALLENGER] if tested else [CHAMPION]


def fixed(settings: Settings) -> str:
    """What an endpoint keeps as long as it lives: another mode, or another set of variants, is another endpoint.

    "Your new endpoint configuration must have the same variant name as the old endpoint configuration"
    (docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html).
    """
    return " ".join([settings.serving.mode, *production(settings)[1:]])


def local(rollout: Rollout) -> str:
    """The policy for the local endpoint, `Wiring.rollout`: JSON."""
    return json.dumps(
        {
            "strategy": rollout.strategy,
            "percent": steps(rollout),
            "shadow": rollout.strategy == "shadow",
            "sticky": rollout.sticky,
            "bake_days": rollout.bake_days,
        },
        separators=(",", ":"),
    )
