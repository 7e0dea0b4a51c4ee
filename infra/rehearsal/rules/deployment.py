"""How SageMaker goes from one endpoint configuration to the next: DeploymentConfig.

What needs the state of endpoints and alarms is with the model of their control plane.

docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeploymentConfig.html and the types that it names.
"""

import math

from infra.quotas import CANARY_PERCENT_LIMIT, LINEAR_PERCENTS, ROLLING_PERCENTS, real_share
from infra.rehearsal.rules.rule import Ask, AskingRule, Key, Request, Rule, expected

SIZES = {"ALL_AT_ONCE": None, "CANARY": "CanarySize", "LINEAR": "LinearStepSize"}
"""The member that says how much a step shifts, by the type of routing."""
ROUTING = "DeploymentConfig.BlueGreenUpdatePolicy.TrafficRoutingConfiguration"


def traffic_routing_says_how_much_it_shifts(request: Request) -> str | None:
    """docs.aws.amazon.com/sagemaker/latest/APIReference/API_TrafficRoutingConfig.html"""
    routing = _routing(request)
    have = [size for size in SIZES.values() if size and size in routing]
    wanted = SIZES.get(routing.get("Type", ""))
    if routing and have != ([wanted] if wanted else []):
        return expected(ROUTING, f"{routing['Type']} with {', '.join(have) or 'no size'}", wanted or "no size")
    return None


def a_canary_takes_at_most_half(request: Request) -> str | None:
    """ "Less than or equal to 50% of the variant's total instance count".

    docs.aws.amazon.com/sagemaker/latest/APIReference/API_TrafficRoutingConfig.html
    """
    size = _percent(_routing(request).get("CanarySize"))
    if size is not None and size > CANARY_PERCENT_LIMIT:
        return expected(f"{ROUTING}.CanarySize", f"{size} %", f"at most {CANARY_PERCENT_LIMIT} %")
    return None


def a_linear_step_is_10_to_50_percent(request: Request) -> str | None:
    """docs.aws.amazon.com/sagemaker/latest/APIReference/API_TrafficRoutingConfig.html"""
    return _within(f"{ROUTING}.LinearStepSize", _percent(_routing(request).get("LinearStepSize")), LINEAR_PERCENTS)


def a_rolling_batch_is_5_to_50_percent(request: Request) -> str | None:
    """docs.aws.amazon.com/sagemaker/latest/APIReference/API_RollingUpdatePolicy.html"""
    policy = request.get("DeploymentConfig", {}).get("RollingUpdatePolicy", {})
    size = _percent(policy.get("MaximumBatchSize"))
    return _within("DeploymentConfig.RollingUpdatePolicy.MaximumBatchSize", size, ROLLING_PERCENTS)


def an_update_may_take_longer_than_its_waits(request: Request) -> str | None:
    """ "The timeout value should be larger than the total waiting time", which the model holds to 28,800 s.

    docs.aws.amazon.com/sagemaker/latest/APIReference/API_BlueGreenUpdatePolicy.html
    """
    policy = request.get("DeploymentConfig", {}).get("BlueGreenUpdatePolicy", {})
    timeout = policy.get("MaximumExecutionTimeoutInSeconds")
    if timeout is None:
        return None
    routing = _routing(request)
    step = _percent(routing.get("LinearStepSize")) or 100
    shifts = {"CANARY": 2, "LINEAR": math.ceil(100 / step)}.get(routing["Type"], 1)
    waits = shifts * routing.get("WaitIntervalInSeconds", 0) + policy.get("TerminationWaitInSeconds", 0)
    if timeout <= waits:
        member = "DeploymentConfig.BlueGreenUpdatePolicy.MaximumExecutionTimeoutInSeconds"
        return expected(member, timeout, f"more than the {waits} s that it waits in all")
    return None


def a_step_is_no_more_than_half_of_the_instances(request: Request, ask: Ask) -> str | None:
    """A share of the capacity is whole instances, at least one: of one instance, all.

    docs.aws.amazon.com/sagemaker/latest/APIReference/API_TrafficRoutingConfig.html
    """
    config = ask("sagemaker", "DescribeEndpointConfig", {"EndpointConfigName": request["EndpointConfigName"]}) or {}
    counts = [variant["InitialInstanceCount"] for variant in config.get("ProductionVariants", ()) if _real(variant)]
    for member, size in _routing(request).items():
        for count in counts if member in SIZES.values() else ():
            in_instances = size["Type"] == "INSTANCE_COUNT"
            real = 100 * size["Value"] / count if in_instances else real_share(size["Value"], count)
            if real > CANARY_PERCENT_LIMIT:
                share = f"{size['Value']} {'instances' if in_instances else '%'} of {count} instances is {real:.0f} %"
                return expected(f"{ROUTING}.{member}", share, f"at most {CANARY_PERCENT_LIMIT} %")
    return None


def _routing(request: Request) -> Request:
    policy = request.get("DeploymentConfig", {}).get("BlueGreenUpdatePolicy", {})
    return policy.get("TrafficRoutingConfiguration", {})


def _percent(size: Request | None) -> int | None:
    return size["Value"] if size and size["Type"] == "CAPACITY_PERCENT" else None


def _within(member: str, percent: int | None, percents: range) -> str | None:
    if percent is None or percent in percents:
        return None
    return expected(member, f"{percent} %", f"{percents[0]} to {percents[-1]} %")


def _real(variant: Request) -> bool:
    """Whether a variant runs on instances that are counted."""
    return bool(variant.get("InitialInstanceCount")) and not variant.get("ServerlessConfig")


_RULES: list[Rule] = [
    traffic_routing_says_how_much_it_shifts,
    a_canary_takes_at_most_half,
    a_linear_step_is_10_to_50_percent,
    a_rolling_batch_is_5_to_50_percent,
    an_update_may_take_longer_than_its_waits,
]
OPERATIONS: list[Key] = [("sagemaker", "CreateEndpoint"), ("sagemaker", "UpdateEndpoint")]
RULES: dict[Key, list[Rule]] = dict.fromkeys(OPERATIONS, _RULES)
ASKING: dict[Key, list[AskingRule]] = {key: [a_step_is_no_more_than_half_of_the_instances] for key in OPERATIONS}
