"""EKS access entries and the access policies associated with them: who may do what in a cluster."""

import uuid
from typing import Any

from moto.core.utils import utcnow

from infra.rehearsal.front.call import Call
from infra.rehearsal.front.errors import ApiError
from infra.rehearsal.front.models.eks_clusters import cluster, invalid, missing, mode, page
from infra.rehearsal.front.models.state import Clock, Operation, arn, backend, shelf

API = "https://docs.aws.amazon.com/eks/latest/APIReference/API_"
SOURCES = (
    f"{API}CreateAccessEntry.html",
    f"{API}DescribeAccessEntry.html",
    f"{API}ListAccessEntries.html",
    f"{API}UpdateAccessEntry.html",
    f"{API}DeleteAccessEntry.html",
    f"{API}AssociateAccessPolicy.html",
    f"{API}DisassociateAccessPolicy.html",
    f"{API}ListAssociatedAccessPolicies.html",
    f"{API}ListAccessPolicies.html",
    "https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html",
    "https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html",
)
STANDARD = "STANDARD"
OF_NODES = {"EC2", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX", "HYPERPOD_LINUX"}
WITH_POLICIES = {STANDARD, "EC2"}
"""Types of entries that access policies can be associated with."""
POLICY_PREFIX = "arn:aws:eks::aws:cluster-access-policy/"
POLICIES = (
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSAutoNodePolicy",
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSSecretReaderPolicy",
    "AmazonEKSViewPolicy",
)


def create(call: Call, clock: Clock) -> dict[str, Any]:
    given, entries = call.parameters, _entries(call, clock)
    principal, kind = given["principalArn"], given.get("type", STANDARD)
    if principal in entries:
        message = "The specified access entry resource is already in use on this cluster."
        raise ApiError("ResourceInUseException", message, 409)
    if kind not in OF_NODES | {STANDARD}:
        raise invalid(f"The specified type is invalid: {kind}")
    if kind != STANDARD and ("kubernetesGroups" in given or "username" in given):
        raise invalid(f"kubernetesGroups and username cannot be given for an access entry of type {kind}")
    iam = backend("iam", call)
    if principal not in {known.arn for known in (*iam.roles.values(), *iam.users.values())}:
        raise invalid("The specified principalArn is invalid: invalid principal.")
    owner = cluster(call, clock)
    *_, account, of = principal.split(":", 5)
    name = of.replace("/", f"/{account}/", 1)
    entries[principal] = {
        "clusterName": owner.name,
        "principalArn": principal,
        "kubernetesGroups": given.get("kubernetesGroups", [] if kind == STANDARD else ["system:nodes"]),
        "accessEntryArn": arn("eks", f"access-entry/{owner.name}/{name}/{uuid.uuid4()}", call),
        "createdAt": utcnow(),
        "modifiedAt": utcnow(),
        "tags": given.get("tags", {}),
        "username": given.get("username") or _username(principal, kind),
        "type": kind,
        "policies": {},
    }
    return {"accessEntry": entries[principal]}


def update(call: Call, clock: Clock) -> dict[str, Any]:
    entry = _entry(call, clock)
    if entry["type"] != STANDARD:
        raise invalid(f"An access entry of type {entry['type']} cannot be updated")
    changed = {key: call.parameters[key] for key in ("kubernetesGroups", "username") if key in call.parameters}
    entry |= {**changed, "modifiedAt": utcnow()}
    return {"accessEntry": entry}


def delete(call: Call, clock: Clock) -> dict[str, Any]:
    del _entries(call, clock)[_entry(call, clock)["principalArn"]]
    return {}


def describe(call: Call, clock: Clock) -> dict[str, Any]:
    return {"accessEntry": _entry(call, clock)}


def list_(call: Call, clock: Clock) -> dict[str, Any]:
    wanted = call.parameters.get("associatedPolicyArn")
    entries = _entries(call, clock).items()
    found = [principal for principal, entry in entries if wanted is None or wanted in entry["policies"]]
    return page("accessEntries", found, call)


def associate(call: Call, clock: Clock) -> dict[str, Any]:
    """Associates a policy, or changes the scope of one that is."""
    entry, policy, scope = _entry(call, clock), call.parameters["policyArn"], call.parameters["accessScope"]
    if entry["type"] not in WITH_POLICIES:
        raise invalid(f"Access policies cannot be associated with an access entry of type {entry['type']}")
    if policy not in {f"{POLICY_PREFIX}{name}" for name in POLICIES}:
        raise invalid(f"The specified policyArn is invalid: {policy}: see list-access-policies")
    if (scope.get("type") == "namespace") != bool(scope.get("namespaces")):
        raise invalid("An access scope of type namespace names its namespaces, one of type cluster names none")
    known = entry["policies"].get(policy, {"associatedAt": utcnow()})
    entry["policies"][policy] = {**known, "policyArn": policy, "accessScope": scope, "modifiedAt": utcnow()}
    return {
        "clusterName": entry["clusterName"],
        "principalArn": entry["principalArn"],
        "associatedAccessPolicy": entry["policies"][policy],
    }


def disassociate(call: Call, clock: Clock) -> dict[str, Any]:
    if _entry(call, clock)["policies"].pop(call.parameters["policyArn"], None) is None:
        raise missing("The specified policyArn is not associated with the access entry.")
    return {}


def list_associated(call: Call, clock: Clock) -> dict[str, Any]:
    entry = _entry(call, clock)
    names = {"clusterName": entry["clusterName"], "principalArn": entry["principalArn"]}
    return {**names, **page("associatedAccessPolicies", list(entry["policies"].values()), call)}


def list_policies(call: Call, _clock: Clock) -> dict[str, Any]:
    return page("accessPolicies", [{"name": name, "arn": f"{POLICY_PREFIX}{name}"} for name in POLICIES], call)


def _entries(call: Call, clock: Clock) -> dict[str, dict[str, Any]]:
    owner = cluster(call, clock)
    if mode(owner, call) == "CONFIG_MAP":
        allowed = "one of [API, API_AND_CONFIG_MAP] to perform this operation."
        raise ApiError("InvalidRequestException", f"The cluster's authentication mode must be set to {allowed}")
    return shelf("access_entries", owner)


def _entry(call: Call, clock: Clock) -> dict[str, Any]:
    entry = _entries(call, clock).get(call.parameters["principalArn"])
    if entry is None:
        hint = "You can view your available access entries with 'list-access-entries'."
        raise missing(f"The specified principalArn could not be found. {hint}")
    return entry


def _username(principal: str, kind: str) -> str:
    if kind != STANDARD:
        return "system:node:{{EC2PrivateDNSName}}"
    if ":role/" not in principal:
        return principal
    account, name = principal.split(":")[4], principal.rpartition("/")[2]
    return f"arn:aws:sts::{account}:assumed-role/{name}/{{{{SessionName}}}}"


OPERATIONS: dict[str, Operation] = {
    "eks:CreateAccessEntry": create,
    "eks:DescribeAccessEntry": describe,
    "eks:ListAccessEntries": list_,
    "eks:UpdateAccessEntry": update,
    "eks:DeleteAccessEntry": delete,
    "eks:AssociateAccessPolicy": associate,
    "eks:DisassociateAccessPolicy": disassociate,
    "eks:ListAssociatedAccessPolicies": list_associated,
    "eks:ListAccessPolicies": list_policies,
}
