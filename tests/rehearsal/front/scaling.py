"""The registration of a variant to be scaled, and what goes with it."""

from typing import Any

from tests.rehearsal.front.hosted import Account

WHICH = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/e/variant/champion",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
TRACKING = {
    "PolicyType": "TargetTrackingScaling",
    "TargetTrackingScalingPolicyConfiguration": {
        "TargetValue": 100,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
    },
}


def register(account: Account, fewest: int = 1, most: int = 3, **which: str) -> None:
    account.scaling.register_scalable_target(**{**WHICH, **which}, MinCapacity=fewest, MaxCapacity=most)


def policy(account: Account) -> None:
    account.scaling.put_scaling_policy(**WHICH, PolicyName="load", **TRACKING)


def action(account: Account) -> None:
    account.scaling.put_scheduled_action(**WHICH, ScheduledActionName="down", Schedule="cron(0 20 ? * MON-FRI *)")


def held(account: Account) -> list[int]:
    """How many targets, policies and scheduled actions there are."""
    scaling: Any = account.scaling
    return [
        len(scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]),
        len(scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]),
        len(scaling.describe_scheduled_actions(ServiceNamespace="sagemaker")["ScheduledActions"]),
    ]
