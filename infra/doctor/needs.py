"""What a program asks of the account's quotas, read from what it registers. Pure."""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.offline import Program, Resource

BUILD_SIZES = {"BUILD_GENERAL1_SMALL": "Small", "BUILD_GENERAL1_MEDIUM": "Medium", "BUILD_GENERAL1_LARGE": "Large"}
BUILD_KINDS = {"LINUX_CONTAINER": "Linux", "ARM_CONTAINER": "ARM"}
UNRESERVED = 100
"""Of an account's concurrent executions: docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
SERVERLESS = "Maximum total concurrency that can be allocated across all serverless endpoints"


@dataclass(frozen=True, kw_only=True)
class Need:
    """So much of one quota. Quotas are found by their names, as Service Quotas lists them."""

    service: str
    quota: str
    amount: float
    why: str


def of(program: Program) -> list[Need]:
    """The quotas that the program needs, each once with all that is asked of it."""
    found: dict[tuple[str, str], Need] = {}
    for need in _all(program):
        key = need.service, need.quota
        before = found.get(key)
        if before is not None:
            need = Need(
                service=need.service,
                quota=need.quota,
                amount=before.amount + need.amount,
                why=f"{before.why}; {need.why}",
            )
        found[key] = need
    return sorted(found.values(), key=lambda need: (need.service, need.quota))


def counts(program: Program) -> Counter[str]:
    """How many of the resources that an account may have few of."""
    return Counter(entry.type for entry in program.resources)


def update_minutes(program: Program) -> int:
    """The longest that the endpoint's update may take, which `pulumi up` waits for; 0 where nothing bounds it."""
    policies = [
        entry.inputs.get("deploymentConfig") or {} for entry in program.of_type("aws:sagemaker/endpoint:Endpoint")
    ]
    updates = [policy for config in policies for policy in config.values() if isinstance(policy, Mapping)]
    return math.ceil(max((policy.get("maximumExecutionTimeoutInSeconds") or 0 for policy in updates), default=0) / 60)


def _all(program: Program) -> Iterator[Need]:
    yield from _endpoints(program)
    for entry in program.resources:
        yield from _jobs(entry)
    for project in program.of_type("aws:codebuild/project:Project"):
        machine = project.inputs["environment"]
        kind, size = BUILD_KINDS.get(machine["type"]), BUILD_SIZES.get(machine["computeType"])
        if kind and size:
            quota = f"Concurrently running builds for {kind}/{size} environment"
            yield Need(service="codebuild", quota=quota, amount=1, why="builds the image")
    for function in program.of_type("aws:lambda/function:Function"):
        if reserved := function.inputs.get("reservedConcurrentExecutions"):
            why = f"{reserved:g} reserved, and the {UNRESERVED} that must stay free"
            yield Need(service="lambda", quota="Concurrent executions", amount=reserved + UNRESERVED, why=why)
    tasks = program.of_type("aws:ecs/taskDefinition:TaskDefinition")
    if tasks:
        # A new task starts before the old one goes.
        cores = 2 * sum(float(task.inputs["cpu"]) / 1024 for task in tasks)
        quota = "Fargate On-Demand vCPU resource count"
        yield Need(service="fargate", quota=quota, amount=cores, why="a task and the one that takes over")


def _endpoints(program: Program) -> Iterator[Need]:
    most = max(
        (entry.inputs["maxCapacity"] for entry in program.of_type("aws:appautoscaling/target:Target")), default=0
    )
    for config in program.of_type("aws:sagemaker/endpointConfiguration:EndpointConfiguration"):
        variants = [*config.inputs.get("productionVariants", ()), *config.inputs.get("shadowProductionVariants", ())]
        for variant in variants:
            if serverless := variant.get("serverlessConfig"):
                yield Need(
                    service="sagemaker",
                    quota=SERVERLESS,
                    amount=serverless["maxConcurrency"],
                    why="requests answered at the same time",
                )
            elif instance := variant.get("instanceType"):
                count = max(variant["initialInstanceCount"], most)
                yield Need(
                    service="sagemaker",
                    quota=f"{instance} for endpoint usage",
                    # Blue/green: the new fleet stands beside the old one for the whole update.
                    amount=2 * count,
                    why=f"{count:g} of {variant['variantName']}, twice during an update",
                )


def _jobs(entry: Resource) -> Iterator[Need]:
    """The machines of a job, or of the largest step of a pipeline: its steps run one after another."""
    for document in _documents(entry.inputs):
        values = {item["Name"]: item.get("DefaultValue") for item in _listed(document.get("Parameters"))}
        most: dict[str, float] = {}
        for usage, cluster in _clusters(document):
            instance, count = _resolved(cluster["InstanceType"], values), _resolved(cluster["InstanceCount"], values)
            if isinstance(instance, str) and isinstance(count, int | float):
                quota = f"{instance} for {usage} usage"
                most[quota] = max(count, most.get(quota, 0))
        for quota, count in most.items():
            yield Need(service="sagemaker", quota=quota, amount=count, why=entry.name)


def _documents(value: Any) -> Iterator[dict[str, Any]]:
    """The JSON documents in a resource's inputs: a schedule's request, a pipeline's definition."""
    if isinstance(value, dict):
        for item in value.values():
            yield from _documents(item)
    elif isinstance(value, list):
        for item in value:
            yield from _documents(item)
    elif isinstance(value, str) and value.startswith("{"):
        try:
            document = json.loads(value)
        except ValueError:
            return
        if isinstance(document, dict):
            yield document


def _clusters(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The machines that jobs ask for, with what the quota of their kind of job is called."""
    if isinstance(value, list):
        for item in value:
            yield from _clusters(item)
    elif isinstance(value, dict):
        training = "spot training job" if value.get("EnableManagedSpotTraining") is True else "training job"
        for key, item in value.items():
            if key in ("ClusterConfig", "ResourceConfig") and {"InstanceType", "InstanceCount"} <= set(item):
                yield ("processing job" if key == "ClusterConfig" else training), item
            else:
                yield from _clusters(item)


def _resolved(value: Any, parameters: Mapping[str, Any]) -> Any:
    """A value, or the default of the pipeline's parameter that it refers to."""
    if isinstance(value, dict):
        return parameters.get(str(value.get("Get", "")).removeprefix("Parameters."))
    return value


def _listed(value: Any) -> list[dict[str, Any]]:
    return value if isinstance(value, list) else []
