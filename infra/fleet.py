"""A dynamic resource that looks at an endpoint's instances before the endpoint is updated.

An update takes its counts from the configuration, and so would scale a busy endpoint back
(github.com/hashicorp/terraform-provider-aws/issues/48990). It also fails where it changes the instance type of a
variant that is scaled, or takes the variant away
(docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-update.html).
"""

import secrets
from collections.abc import Mapping
from typing import Any, TypedDict

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

from infra import served
from infra.session import client, given

INPUTS = ("endpoint", "content", "variants", "connection")
NAMESPACE, DIMENSION = "sagemaker", "sagemaker:variant:DesiredInstanceCount"
"""What Application Auto Scaling calls the instances of a variant."""


class Variant(TypedDict):
    """What a variant is asked to be."""

    instance: str
    count: int
    weight: float


def resource_id(endpoint: str, variant: str) -> str:
    """What Application Auto Scaling calls a variant."""
    return f"endpoint/{endpoint}/variant/{variant}"


class FleetProvider(ResourceProvider):
    """Makes nothing. Before the endpoint is made or updated, it counts, and ends the scaling that is in the way.

    Where it raises, nothing was touched and Pulumi's state stays as it was.
    """

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        return given(news, INPUTS)

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult(props["endpoint"], _prepared(props, registration=""))

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=any(_olds.get(name) != _news.get(name) for name in INPUTS))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(_prepared(_news, registration=_olds.get("registration", "")))


def _prepared(props: dict[str, Any], *, registration: str) -> dict[str, Any]:
    """The inputs, the counts to start with, and the registration by which variants are scaled from now on."""
    endpoint, asked = props["endpoint"], props["variants"]
    scaling = client("application-autoscaling", props["connection"])
    live = _live(client("sagemaker", props["connection"]), endpoint)
    scaled = _scaled(scaling, endpoint, {*asked, *live})
    changed = {name for name in scaled if name not in asked or (name in live and _type_changes(live, asked, name))}
    for name in sorted(changed):
        # Takes the variant's policies and scheduled actions away, too: Pulumi makes them anew.
        scaling.deregister_scalable_target(
            ServiceNamespace=NAMESPACE, ScalableDimension=DIMENSION, ResourceId=resource_id(endpoint, name)
        )
    # Without scaling, the settings alone say how many there are.
    busy = {name: count for name, (_instance, count) in live.items() if name in scaled}
    return {
        **props,
        "counts": {name: max(int(variant["count"]), busy.get(name, 0)) for name, variant in asked.items()},
        "registration": registration if registration and {*asked} <= scaled - changed else secrets.token_hex(8),
    }


def _type_changes(live: Mapping[str, tuple[str, int]], asked: Mapping[str, Variant], name: str) -> bool:
    return live[name][0] != asked[name]["instance"]


def _live(sagemaker: Any, endpoint: str) -> dict[str, tuple[str, int]]:
    """The instance type and count of each variant now; nothing where there is no endpoint. Raises UnsettledError."""
    if served.settled(sagemaker, endpoint) is None:
        return {}
    seen = sagemaker.describe_endpoint(EndpointName=endpoint)
    counts = {
        known["VariantName"]: known.get("DesiredInstanceCount", 0) for known in seen.get("ProductionVariants", ())
    }
    config = sagemaker.describe_endpoint_config(EndpointConfigName=seen["EndpointConfigName"])
    return {
        known["VariantName"]: (known.get("InstanceType", ""), counts.get(known["VariantName"], 0))
        for known in config["ProductionVariants"]
    }


def _scaled(scaling: Any, endpoint: str, variants: set[str]) -> set[str]:
    """Those of the variants that Application Auto Scaling scales."""
    ids = {resource_id(endpoint, name): name for name in sorted(variants)}
    found = scaling.describe_scalable_targets(
        ServiceNamespace=NAMESPACE, ScalableDimension=DIMENSION, ResourceIds=list(ids)
    )
    return {ids[target["ResourceId"]] for target in found["ScalableTargets"]}


class Fleet(Resource, name="Fleet"):
    """The instances that an endpoint's variants start with."""

    counts: pulumi.Output[dict[str, int]]
    """By variant: what was asked for, or what a scaled variant has, where that is more."""
    registration: pulumi.Output[str]
    """Changes whenever variants must be registered for scaling anew."""

    def __init__(
        self,
        name: str,
        *,
        endpoint: str,
        content: pulumi.Input[str],
        variants: Mapping[str, Variant],
        connection: Mapping[str, Any],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """
        Args:
            content: changes with everything that gives the endpoint another configuration.
        """
        props = {
            "endpoint": endpoint,
            "content": content,
            "variants": variants,
            "connection": connection,
            # What holds where nobody was asked, as in a plan.
            "counts": {name: variant["count"] for name, variant in variants.items()},
            "registration": "",
        }
        super().__init__(FleetProvider(), name, props, opts)
