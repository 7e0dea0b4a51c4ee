"""Tasks on Fargate, the load balancer in front of them, and their secrets."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from infra.names import PRODUCTION
from infra.policies import tokens
from infra.policies.rule import (
    Resource,
    ResourceRule,
    StackRule,
    UnreadableError,
    at,
    entries,
    environment,
    unless,
    unset,
)

CREDENTIAL = re.compile(r"PASSWORD|TOKEN|SECRET_ACCESS_KEY|SESSION_KEY|ACCESS_KEY_ID")
"""What the name of a variable that holds a secret value has in it."""
WRITES = {"-relay-task": "Session Manager's agent writes there; it may read no data, and ends after some hours"}
"""The ends of the names of tasks that may write to their image's files, and why."""
TLS = re.compile(r"ELBSecurityPolicy-TLS13-1-[23]\b.*")


def containers(task: Resource) -> list[Mapping[str, Any]]:
    """The containers of a task's definition. Raises UnreadableError."""
    given = at(task.inputs, "containerDefinitions")
    try:
        found = json.loads(given)
    except (TypeError, ValueError):
        found = None
    if not isinstance(found, list) or not found or not all(isinstance(entry, Mapping) for entry in found):
        raise UnreadableError(f"containerDefinitions is {given!r}, expected containers in JSON")
    return found


def task_is_not_root(task: Resource) -> Iterator[str]:
    """A task's containers run as another than root, and are not privileged."""
    for container in containers(task):
        if str(at(container, "user") or "root").partition(":")[0] in ("root", "0"):
            yield f"user of {at(container, 'name')} is root, expected another"
        if at(container, "privileged"):
            yield f"{at(container, 'name')} is privileged, expected not"


def task_cannot_change_its_image(task: Resource) -> Iterator[str]:
    """A task's containers cannot write to their image's files, unless its name ends as one in `WRITES`."""
    for container in containers(task):
        if at(container, "readonlyRootFilesystem") is not True and not task.name.endswith(tuple(WRITES)):
            yield f"readonlyRootFilesystem of {at(container, 'name')} is not True, expected it"


def task_has_a_network_of_its_own(task: Resource) -> Iterator[str]:
    """A task shares neither network nor processes with its host."""
    yield from unless(task, "networkMode", "awsvpc")
    if at(task.inputs, "pidMode") == "host":
        yield "pidMode is 'host', expected none"


def task_holds_no_secret(task: Resource) -> Iterator[str]:
    """A task gets secret values from Secrets Manager, and none in its definition."""
    for container in containers(task):
        for variable in entries(at(container, "environment")):
            if CREDENTIAL.search(str(at(variable, "name"))):
                yield f"environment holds {at(variable, 'name')}, expected it under secrets"


def task_writes_logs(task: Resource) -> Iterator[str]:
    """A task's containers write their log to a group of the stack."""
    for container in containers(task):
        if not at(container, "logConfiguration.options.awslogs-group"):
            yield f"{at(container, 'name')} has no awslogs-group, expected one"


def task_image_is_named_by_digest(task: Resource) -> Iterator[str]:
    """A task's image is named by its digest: a tag may be given to another."""
    for container in containers(task):
        if not re.fullmatch(r".+@sha256:[0-9a-f]{64}", str(at(container, "image"))):
            yield f"the image is {at(container, 'image')!r}, expected <repository>@sha256:<64 hex digits>"


def service_has_no_public_address(service: Resource) -> Iterator[str]:
    """A service's tasks have no public address."""
    if at(service.inputs, "networkConfiguration.assignPublicIp"):
        yield "networkConfiguration.assignPublicIp is True, expected False"
    if not entries(at(service.inputs, "networkConfiguration.subnets")):
        yield "networkConfiguration.subnets is empty, expected private subnets"


def service_runs_on_the_latest_platform(service: Resource) -> Iterator[str]:
    """A service runs on Fargate's latest platform, and goes back where an update fails."""
    if at(service.inputs, "platformVersion") not in (None, "LATEST"):
        yield f"platformVersion is {at(service.inputs, 'platformVersion')!r}, expected LATEST"
    if not at(service.inputs, "deploymentCircuitBreaker.rollback"):
        yield "deploymentCircuitBreaker.rollback is not set, expected True"


def nobody_runs_commands_in_a_service(service: Resource) -> Iterator[str]:
    """Nobody opens a shell in a service's containers, where its role and its secrets are."""
    if at(service.inputs, "enableExecuteCommand"):
        yield "enableExecuteCommand is True, expected False"


def cluster_is_watched(cluster: Resource) -> Iterator[str]:
    """A cluster measures its containers."""
    found = {at(entry, "name"): at(entry, "value") for entry in entries(at(cluster.inputs, "settings"))}
    if found.get("containerInsights") not in ("enabled", "enhanced"):
        yield "settings has no containerInsights, expected enabled"


def balancer_is_private(balancer: Resource) -> Iterator[str]:
    """A load balancer is reached from within the network alone."""
    yield from unless(balancer, "internal", True)


def balancer_is_strict_about_headers(balancer: Resource) -> Iterator[str]:
    """A load balancer drops headers that are none, and requests that servers may read in two ways."""
    yield from unless(balancer, "dropInvalidHeaderFields", True)
    if (mode := at(balancer.inputs, "desyncMitigationMode")) not in (None, "defensive", "strictest"):
        yield f"desyncMitigationMode is {mode!r}, expected defensive or strictest"


def balancer_logs_requests(balancer: Resource) -> Iterator[str]:
    """A load balancer writes down who asked for what."""
    if not (at(balancer.inputs, "accessLogs.enabled") and at(balancer.inputs, "accessLogs.bucket")):
        yield "accessLogs is not enabled with a bucket, expected the log bucket"


def balancer_refuses_its_deletion(balancer: Resource) -> Iterator[str]:
    """In prod, a load balancer refuses its deletion: its name is the server's address."""
    if environment(balancer) == PRODUCTION:
        yield from unless(balancer, "enableDeletionProtection", True)


def listener_is_over_tls_only(stack: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """A load balancer listens to HTTPS of TLS 1.2 or newer, and to nothing else."""
    listeners = [resource for resource in stack if resource.type == tokens.LISTENER]
    for listener in listeners:
        if at(listener.inputs, "protocol") != "HTTPS":
            yield listener, f"protocol is {at(listener.inputs, 'protocol')!r}, expected 'HTTPS'"
        if not TLS.fullmatch(str(at(listener.inputs, "sslPolicy"))):
            yield listener, f"sslPolicy is {at(listener.inputs, 'sslPolicy')!r}, expected one of TLS 1.2 or newer"


def secret_is_encrypted(secret: Resource) -> Iterator[str]:
    """A secret is encrypted with a key."""
    yield from unset(secret, "kmsKeyId", "the ARN of a KMS key")


RULES = (
    ResourceRule(check=task_is_not_root, on=(tokens.TASK,), ids=("ECS.4", "ECS.1")),
    ResourceRule(check=task_cannot_change_its_image, on=(tokens.TASK,), ids=("ECS.5", "CKV_AWS_336")),
    ResourceRule(check=task_has_a_network_of_its_own, on=(tokens.TASK,), ids=("ECS.3", "CKV_AWS_335")),
    ResourceRule(check=task_holds_no_secret, on=(tokens.TASK,), ids=("ECS.8",)),
    ResourceRule(check=task_writes_logs, on=(tokens.TASK,), ids=("ECS.9",)),
    ResourceRule(check=task_image_is_named_by_digest, on=(tokens.TASK,), ids=()),
    ResourceRule(check=service_has_no_public_address, on=(tokens.SERVICE,), ids=("ECS.2", "CKV_AWS_333")),
    ResourceRule(check=service_runs_on_the_latest_platform, on=(tokens.SERVICE,), ids=("ECS.10", "CKV_AWS_332")),
    ResourceRule(check=nobody_runs_commands_in_a_service, on=(tokens.SERVICE,), ids=()),
    ResourceRule(check=cluster_is_watched, on=(tokens.CLUSTER,), ids=("ECS.12", "CKV_AWS_65")),
    ResourceRule(check=balancer_is_private, on=(tokens.BALANCER,), ids=()),
    ResourceRule(
        check=balancer_is_strict_about_headers,
        on=(tokens.BALANCER,),
        ids=("ELB.4", "ELB.12", "CKV_AWS_131", "CKV_AWS_328"),
    ),
    ResourceRule(check=balancer_logs_requests, on=(tokens.BALANCER,), ids=("ELB.5", "CKV_AWS_91")),
    ResourceRule(check=balancer_refuses_its_deletion, on=(tokens.BALANCER,), ids=("ELB.6", "CKV_AWS_150")),
    StackRule(check=listener_is_over_tls_only, on=(tokens.LISTENER,), ids=("ELB.1", "CKV_AWS_2", "CKV2_AWS_20")),
    ResourceRule(check=secret_is_encrypted, on=(tokens.VAULT,), ids=("CKV_AWS_149",)),
)
