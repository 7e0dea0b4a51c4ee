"""EKS Pod Identity associations: which role the pods of a service account get."""

import secrets
import string
from collections.abc import Mapping
from typing import Any

from moto.core.utils import utcnow

from infra.rehearsal.front.call import Call
from infra.rehearsal.front.errors import ApiError
from infra.rehearsal.front.models.eks_clusters import cluster, invalid, missing, page
from infra.rehearsal.front.models.state import Clock, Operation, arn, has_role, shelf

API = "https://docs.aws.amazon.com/eks/latest/APIReference/API_"
SOURCES = (
    f"{API}CreatePodIdentityAssociation.html",
    f"{API}DescribePodIdentityAssociation.html",
    f"{API}ListPodIdentityAssociations.html",
    f"{API}UpdatePodIdentityAssociation.html",
    f"{API}DeletePodIdentityAssociation.html",
)
CHANGED = ("roleArn", "targetRoleArn", "disableSessionTags", "policy")
SUMMARY = ("clusterName", "namespace", "serviceAccount", "associationArn", "associationId")


def create(call: Call, clock: Clock) -> dict[str, Any]:
    return {"association": associate(call.parameters, call, clock)}


def associate(given: Mapping[str, Any], call: Call, clock: Clock) -> dict[str, Any]:
    """A new association. Raises ApiError where the service account has one, or the role is not there."""
    owner = cluster(call, clock)
    associations = shelf("pod_identity_associations", owner)
    account = (given["namespace"], given["serviceAccount"])
    for known in associations.values():
        if (known["namespace"], known["serviceAccount"]) == account:
            raise ApiError("ResourceInUseException", f"Association already exists: {known['associationId']}", 409)
    _check_role(given["roleArn"], call)
    name = "a-" + "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(17))
    associations[name] = {
        "clusterName": owner.name,
        "namespace": given["namespace"],
        "serviceAccount": given["serviceAccount"],
        **{key: given[key] for key in (*CHANGED, "tags") if key in given},
        "associationArn": arn("eks", f"podidentityassociation/{owner.name}/{name}", call),
        "associationId": name,
        "createdAt": utcnow(),
        "modifiedAt": utcnow(),
    }
    return associations[name]


def update(call: Call, clock: Clock) -> dict[str, Any]:
    association = _association(call, clock)
    changed = {key: call.parameters[key] for key in CHANGED if key in call.parameters}
    if not changed:
        raise invalid(f"An update must change at least one of {', '.join(CHANGED)}")
    if "roleArn" in changed:
        _check_role(changed["roleArn"], call)
    association |= {**changed, "modifiedAt": utcnow()}
    return {"association": association}


def delete(call: Call, clock: Clock) -> dict[str, Any]:
    association = _association(call, clock)
    del shelf("pod_identity_associations", cluster(call, clock))[association["associationId"]]
    return {"association": association}


def describe(call: Call, clock: Clock) -> dict[str, Any]:
    return {"association": _association(call, clock)}


def list_(call: Call, clock: Clock) -> dict[str, Any]:
    wanted = {key: call.parameters[key] for key in ("namespace", "serviceAccount") if key in call.parameters}
    found = [
        {key: known[key] for key in SUMMARY}
        for known in shelf("pod_identity_associations", cluster(call, clock)).values()
        if wanted.items() <= known.items()
    ]
    return page("associations", found, call)


def _association(call: Call, clock: Clock) -> dict[str, Any]:
    name = call.parameters["associationId"]
    found = shelf("pod_identity_associations", cluster(call, clock)).get(name)
    if found is None:
        raise missing(f"No association found with ID: {name}")
    return found


def _check_role(role: str, call: Call) -> None:
    if not has_role(role, call):
        raise invalid(f"Role provided in the request does not exist: {role}")


OPERATIONS: dict[str, Operation] = {
    "eks:CreatePodIdentityAssociation": create,
    "eks:DescribePodIdentityAssociation": describe,
    "eks:ListPodIdentityAssociations": list_,
    "eks:UpdatePodIdentityAssociation": update,
    "eks:DeletePodIdentityAssociation": delete,
}
