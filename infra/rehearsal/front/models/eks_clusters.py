"""What moto's EKS clusters lack: how they authenticate, their updates, and versions one minor apart.

moto keeps the clusters. The creator's own access entry is not modelled, nor is going back by a version.
"""

import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from moto.core.utils import utcnow

from infra.rehearsal.front.call import Call
from infra.rehearsal.front.errors import ApiError
from infra.rehearsal.front.models.state import Clock, Operation, backend, shelf

API = "https://docs.aws.amazon.com/eks/latest/APIReference/API_"
SOURCES = (
    f"{API}CreateCluster.html",
    f"{API}DescribeCluster.html",
    f"{API}UpdateClusterConfig.html",
    f"{API}UpdateClusterVersion.html",
    f"{API}DescribeUpdate.html",
    f"{API}ListUpdates.html",
    "https://docs.aws.amazon.com/eks/latest/userguide/setting-up-access-entries.html",
    "https://docs.aws.amazon.com/eks/latest/userguide/update-cluster.html",
)
MODES = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
"""Authentication modes; a cluster goes from one to the next and never back."""
VERSION = re.compile(r"1\.(\d+)")


def create(call: Call, _clock: Clock) -> None:
    """Remembers what moto drops of a new cluster."""
    eks, name = backend("eks", call), call.parameters["name"]
    if name not in eks.clusters:
        shelf("asked", eks)[name] = {key: call.parameters.get(key, {}) for key in ("accessConfig", "computeConfig")}


def describe(call: Call, clock: Clock) -> None:
    """Puts on moto's cluster what it then tells of it."""
    found = cluster(call, clock)
    bootstrap = asked(found, call, "accessConfig").get("bootstrapClusterCreatorAdminPermissions", True)
    found.access_config = {
        "authenticationMode": mode(found, call),
        "bootstrapClusterCreatorAdminPermissions": bootstrap,
    }


def update_config(call: Call, clock: Clock) -> dict[str, Any] | None:
    """A new authentication mode; every other change of a cluster is moto's."""
    wanted = call.parameters.get("accessConfig", {}).get("authenticationMode")
    if wanted is None:
        return None
    found = idle(call, clock, "AccessConfigUpdate")
    now = mode(found, call)
    if MODES.index(wanted) != MODES.index(now) + 1:
        raise invalid(f"Unsupported authentication mode update from {now} to {wanted}")

    def done() -> None:
        shelf("asked", backend("eks", call))[found.name]["accessConfig"]["authenticationMode"] = wanted

    return {"update": start(found, "AccessConfigUpdate", {"AuthenticationMode": wanted}, clock, done)}


def update_version(call: Call, clock: Clock) -> dict[str, Any]:
    found, wanted = idle(call, clock, "VersionUpdate"), call.parameters["version"]
    minor, now = VERSION.fullmatch(wanted), VERSION.fullmatch(found.version)
    if minor is None:
        raise invalid(f"unsupported Kubernetes version {wanted}")
    if now is None or int(minor[1]) != int(now[1]) + 1:
        raise invalid(f"Unsupported Kubernetes minor version update from {found.version} to {wanted}")

    def done() -> None:
        found.version = wanted

    return {"update": start(found, "VersionUpdate", {"Version": wanted}, clock, done)}


def describe_update(call: Call, clock: Clock) -> dict[str, Any]:
    update = shelf("updates", cluster(call, clock)).get(call.parameters["updateId"])
    if update is None or update["addonName"] != call.parameters.get("addonName"):
        raise missing(f"No update found for ID: {call.parameters['updateId']}")
    return {"update": update}


def list_updates(call: Call, clock: Clock) -> dict[str, Any]:
    updates = shelf("updates", cluster(call, clock))
    of = call.parameters.get("addonName")
    return page("updateIds", [name for name, update in updates.items() if update["addonName"] == of], call)


def cluster(call: Call, clock: Clock) -> Any:
    """moto's cluster, with every update done that is over by now."""
    name = call.parameters.get("clusterName") or call.parameters["name"]
    found = backend("eks", call).clusters.get(name)
    if found is None:
        raise missing(f"No cluster found for name: {name}.")
    for update in shelf("updates", found).values():
        if update["status"] == "InProgress" and clock.over(update["since"]):
            update["done"]()
            update["status"] = "Successful"
            if update["addonName"] is None:
                found.status = "ACTIVE"
    return found


def idle(call: Call, clock: Clock, kind: str) -> Any:
    """The cluster, where no update of it is under way."""
    found = cluster(call, clock)
    for update in shelf("updates", found).values():
        if update["status"] == "InProgress" and update["addonName"] is None:
            under_way = f"currently has update {update['id']} in progress"
            raise ApiError("ResourceInUseException", f"Cannot {kind} because cluster {found.name} {under_way}", 409)
    return found


def start(
    owner: Any,
    kind: str,
    parameters: Mapping[str, str],
    clock: Clock,
    done: Callable[[], None],
    addon: str | None = None,
) -> dict[str, Any]:
    """Begins an update of a cluster or of one of its add-ons; `done` is what it changes in the end."""
    update = {
        "id": str(uuid.uuid4()),
        "status": "InProgress",
        "type": kind,
        "params": [{"type": name, "value": value} for name, value in parameters.items()],
        "createdAt": utcnow(),
        "errors": [],
        "addonName": addon,
        "since": clock.now(),
        "done": done,
    }
    shelf("updates", owner)[update["id"]] = update
    if addon is None:
        owner.status = "UPDATING"
    return update


def asked(found: Any, call: Call, part: str) -> dict[str, Any]:
    """A part of the request that made a cluster."""
    return shelf("asked", backend("eks", call)).setdefault(found.name, {}).setdefault(part, {})


def mode(found: Any, call: Call) -> str:
    """How a cluster authenticates."""
    return asked(found, call, "accessConfig").get("authenticationMode", MODES[0])


def page(key: str, items: list[Any], call: Call) -> dict[str, Any]:
    """One page of a listing of EKS's API."""
    begin = int(call.parameters.get("nextToken") or 0)
    end = begin + call.parameters.get("maxResults", 100)
    return {key: items[begin:end], **({"nextToken": str(end)} if end < len(items) else {})}


def invalid(message: str) -> ApiError:
    return ApiError("InvalidParameterException", message)


def missing(message: str) -> ApiError:
    return ApiError("ResourceNotFoundException", message, 404)


OPERATIONS: dict[str, Operation] = {
    "eks:CreateCluster": create,
    "eks:DescribeCluster": describe,
    "eks:UpdateClusterConfig": update_config,
    "eks:UpdateClusterVersion": update_version,
    "eks:DescribeUpdate": describe_update,
    "eks:ListUpdates": list_updates,
}
