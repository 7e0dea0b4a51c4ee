"""ECS: the names of clusters, services, tasks and containers, and the sizes that Fargate has."""

import re
from collections.abc import Iterator, Sequence

from infra.rehearsal.rules.rule import Key, Request, Rule, expected, one_of

NAME = re.compile(r"[a-zA-Z0-9_-]{1,255}")
NAMED = ("clusterName", "serviceName", "family")
UNIT = 1024
"""CPU units of a vCPU, and MiB of a GB."""
SIZE = re.compile(r"(?P<number>\d*\.?\d+)\s*(?P<unit>vcpu|gb)?", re.IGNORECASE)
SIZES: dict[int, Sequence[int]] = {
    256: (512, 1 * UNIT, 2 * UNIT),
    512: range(1 * UNIT, 4 * UNIT + 1, UNIT),
    1 * UNIT: range(2 * UNIT, 8 * UNIT + 1, UNIT),
    2 * UNIT: range(4 * UNIT, 16 * UNIT + 1, UNIT),
    4 * UNIT: range(8 * UNIT, 30 * UNIT + 1, UNIT),
    8 * UNIT: range(16 * UNIT, 60 * UNIT + 1, 4 * UNIT),
    16 * UNIT: range(32 * UNIT, 120 * UNIT + 1, 8 * UNIT),
}
"""MiB of memory that a task on Fargate may have, by its CPU units."""


def a_name_is_255_letters_digits_hyphens_and_underscores(request: Request) -> str | None:
    """Of a cluster, a service, a family of tasks and a container.

    docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html, .../API_CreateService.html and
    .../API_RegisterTaskDefinition.html
    """
    for member, name in _names(request):
        if not NAME.fullmatch(name):
            return expected(member, name, "1 to 255 letters, digits, - and _")
    return None


def a_task_on_fargate_has_a_size_that_fargate_has(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html, memory"""
    if "FARGATE" not in request.get("requiresCompatibilities", ()):
        return None
    cpu, memory = (_number(request.get(member, "")) for member in ("cpu", "memory"))
    if cpu not in SIZES:
        return expected("cpu", request.get("cpu"), one_of(SIZES))
    if memory not in SIZES[cpu]:
        return expected("memory", f"{request.get('memory')} with cpu {cpu}", one_of(SIZES[cpu]))
    return None


def _names(request: Request) -> Iterator[tuple[str, str]]:
    yield from ((member, request[member]) for member in NAMED if member in request)
    for index, container in enumerate(request.get("containerDefinitions", ())):
        yield f"containerDefinitions[{index}].name", container.get("name", "-")


def _number(size: str) -> int:
    """CPU units or MiB; 0 where it is neither."""
    found = SIZE.fullmatch(size)
    return int(float(found["number"]) * (UNIT if found["unit"] else 1)) if found else 0


RULES: dict[Key, list[Rule]] = {
    ("ecs", "CreateCluster"): [a_name_is_255_letters_digits_hyphens_and_underscores],
    ("ecs", "CreateService"): [a_name_is_255_letters_digits_hyphens_and_underscores],
    ("ecs", "RegisterTaskDefinition"): [
        a_name_is_255_letters_digits_hyphens_and_underscores,
        a_task_on_fargate_has_a_size_that_fargate_has,
    ],
}
