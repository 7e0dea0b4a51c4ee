"""EKS add-ons: installed, updated and removed as resources. Nothing is installed anywhere.

Which versions there are is not known here: any of the form that EKS gives is taken.
"""

import re
import uuid
from typing import Any

from moto.core.utils import utcnow

from infra.rehearsal.front.call import Call
from infra.rehearsal.front.errors import ApiError
from infra.rehearsal.front.models import eks_clusters, eks_identity
from infra.rehearsal.front.models.eks_clusters import asked, cluster, invalid, missing, page
from infra.rehearsal.front.models.state import Clock, Operation, arn, shelf

API = "https://docs.aws.amazon.com/eks/latest/APIReference/API_"
SOURCES = (
    f"{API}CreateAddon.html",
    f"{API}DescribeAddon.html",
    f"{API}ListAddons.html",
    f"{API}UpdateAddon.html",
    f"{API}DeleteAddon.html",
    f"{API}AddonIssue.html",
    "https://docs.aws.amazon.com/eks/latest/userguide/workloads-add-ons-available-eks.html",
)
ON_EVERY_NODE = {"eks-node-monitoring-agent", "eks-pod-identity-agent", "kube-proxy", "vpc-cni"}
DEPLOYED = {
    "adot", "amazon-cloudwatch-observability", "aws-ebs-csi-driver", "aws-efs-csi-driver", "aws-fsx-csi-driver",
    "aws-guardduty-agent", "aws-mountpoint-s3-csi-driver", "cert-manager", "coredns", "external-dns",
    "kube-state-metrics", "metrics-server", "prometheus-node-exporter", "snapshot-controller",
}  # fmt: skip
"""Add-ons of pods that wait for a node."""
VERSION = re.compile(r"v\d+\.\d+\.\d+-eksbuild\.\d+")
DEFAULT_VERSION = "v1.0.0-eksbuild.1"
NO_NODES = {
    "code": "InsufficientNumberOfReplicas",
    "message": "The add-on is unhealthy because it doesn't have the desired number of replicas.",
    "resourceIds": [],
}
CHANGED = {
    "addonVersion": "AddonVersion",
    "configurationValues": "ConfigurationValues",
    "serviceAccountRoleArn": "ServiceAccountRoleArn",
}
"""What an update changes, and what its record calls it."""


def create(call: Call, clock: Clock) -> dict[str, Any]:
    owner, given = cluster(call, clock), call.parameters
    name, addons = given["addonName"], _addons(call, clock)
    if not owner.is_active:
        raise ApiError("InvalidRequestException", f"Cluster '{owner.name}' is not in ACTIVE status")
    if name in addons:
        raise ApiError("ResourceInUseException", "Addon already exists.", 409)
    if name not in ON_EVERY_NODE | DEPLOYED:
        raise invalid(f"Addon {name} specified is not supported in {owner.version} kubernetes version")
    _check_version(given)
    kept = {key: given[key] for key in (*CHANGED, "namespaceConfig", "tags") if key in given}
    addons[name] = {
        "addonVersion": DEFAULT_VERSION,
        **kept,
        "addonName": name,
        "clusterName": owner.name,
        "addonArn": arn("eks", f"addon/{owner.name}/{name}/{uuid.uuid4()}", call),
        "status": "CREATING",
        "health": {"issues": []},
        "createdAt": utcnow(),
        "modifiedAt": utcnow(),
        "podIdentityAssociations": [
            eks_identity.associate({"namespace": "kube-system", **wanted}, call, clock)["associationArn"]
            for wanted in given.get("podIdentityAssociations", [])
        ],
        "since": clock.now(),
    }
    return {"addon": addons[name]}


def update(call: Call, clock: Clock) -> dict[str, Any]:
    owner, addon = cluster(call, clock), _addon(call, clock)
    if addon["status"] in {"CREATING", "UPDATING", "DELETING"}:
        raise ApiError("ResourceInUseException", f"Addon {addon['addonName']} is in {addon['status']} status", 409)
    _check_version(call.parameters)
    changed = {key: call.parameters[key] for key in CHANGED if key in call.parameters}
    addon |= {"status": "UPDATING", "since": clock.now()}
    parameters = {CHANGED[key]: value for key, value in changed.items()}
    return {
        "update": eks_clusters.start(
            owner, "AddonUpdate", parameters, clock, lambda: addon.update(changed), addon["addonName"]
        )
    }


def delete(call: Call, clock: Clock) -> dict[str, Any]:
    addon = _addon(call, clock)
    addon |= {"status": "DELETING", "since": clock.now()}
    return {"addon": addon}


def describe(call: Call, clock: Clock) -> dict[str, Any]:
    return {"addon": _addon(call, clock)}


def list_(call: Call, clock: Clock) -> dict[str, Any]:
    return page("addons", list(_addons(call, clock)), call)


def _addons(call: Call, clock: Clock) -> dict[str, dict[str, Any]]:
    """The add-ons of a cluster as they are by now: those of pods wait for nodes."""
    owner = cluster(call, clock)
    addons = shelf("addons", owner)
    nodes = owner.nodegroups or owner.fargate_profiles or asked(owner, call, "computeConfig").get("enabled")
    for name, addon in list(addons.items()):
        if addon["status"] == "DELETING" and clock.over(addon["since"]):
            del addons[name]
        elif addon["status"] in {"ACTIVE", "DEGRADED"} or clock.over(addon["since"]):
            waits = name in DEPLOYED and not nodes
            addon |= {"status": "DEGRADED" if waits else "ACTIVE", "health": {"issues": [NO_NODES] if waits else []}}
    return addons


def _addon(call: Call, clock: Clock) -> dict[str, Any]:
    name = call.parameters["addonName"]
    addon = _addons(call, clock).get(name)
    if addon is None:
        raise missing(f"No addon: {name} found in cluster: {call.parameters['clusterName']}")
    return addon


def _check_version(given: dict[str, Any]) -> None:
    if "addonVersion" in given and VERSION.fullmatch(given["addonVersion"]) is None:
        raise invalid("Addon version specified is not supported")


OPERATIONS: dict[str, Operation] = {
    "eks:CreateAddon": create,
    "eks:DescribeAddon": describe,
    "eks:ListAddons": list_,
    "eks:UpdateAddon": update,
    "eks:DeleteAddon": delete,
}
