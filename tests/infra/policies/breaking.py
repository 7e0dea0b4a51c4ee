"""Ways to break a recorded program on purpose, in one place."""

import copy
import dataclasses
import json
from collections.abc import Callable, Sequence
from typing import Any

from infra.definition import jobs
from infra.offline import Resource
from infra.policies import tokens

Stack = list[Resource]


Mutation = Callable[[Stack], Stack]
"""One way to break the program."""


def change(type_: str, alter: Callable[[dict[str, Any]], object], ending: str = "") -> Mutation:
    """Alters the inputs of the first resource of a type whose name ends so."""

    def apply(stack: Stack) -> Stack:
        entry = find(stack, type_, ending)
        inputs = copy.deepcopy(entry.inputs)
        alter(inputs)
        assert inputs != entry.inputs, "the mutation changes nothing"
        return swap(stack, entry, inputs=inputs)

    return apply


def put(type_: str, path: str, value: Any, ending: str = "") -> Mutation:
    """Sets one input, or takes it out where the value is None; a number in the path is an index."""

    def alter(inputs: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        place: Any = inputs
        for key in parents:
            place = place[int(key)] if isinstance(place, list) else place[key]
        if value is None:
            del place[last]
        else:
            place[last] = value

    return change(type_, alter, ending)


def say(type_: str, alter: Callable[[list[dict[str, Any]]], object], ending: str = "", key: str = "policy"):
    """Alters the statements of the policy of a resource."""

    def rewrite(inputs: dict[str, Any]) -> None:
        document = json.loads(inputs[key])
        alter(document["Statement"])
        inputs[key] = json.dumps(document)

    return change(type_, rewrite, ending)


def add(type_: str, ending: str = "", **inputs: Any) -> Mutation:
    """Adds a resource in the place of the first bucket, of a type that the program does not have."""

    def apply(stack: Stack) -> Stack:
        like = find(stack, tokens.BUCKET)
        urn = like.urn.replace(tokens.BUCKET, type_) + ending
        return [*stack, dataclasses.replace(like, type=type_, urn=urn, name=like.name + ending, inputs=inputs)]

    return apply


def drop(type_: str, ending: str = "") -> Mutation:
    return lambda stack: [entry for entry in stack if entry is not find(stack, type_, ending)]


def find(stack: Sequence[Resource], type_: str, ending: str = "") -> Resource:
    """The first of a type by name: a run registers what does not depend on each other in any order."""
    found = [entry for entry in stack if entry.type == type_ and entry.name.endswith(ending)]
    return min(found, key=lambda entry: entry.name)


def swap(stack: Stack, entry: Resource, **changes: Any) -> Stack:
    return [dataclasses.replace(entry, **changes) if other is entry else other for other in stack]


def of_first(type_: str, **changes: Any) -> Mutation:
    return lambda stack: swap(stack, find(stack, type_), **changes)


def twin(stack: Stack) -> Stack:
    topic = find(stack, tokens.TOPIC)
    return [*stack, dataclasses.replace(topic, urn=topic.urn + "2")]


def job(alter: Callable[[dict[str, Any]], object]) -> Mutation:
    """Alters the request by which the monitor's job is started."""

    def rewrite(inputs: dict[str, Any]) -> None:
        request = json.loads(inputs["target"]["input"])
        alter(request)
        inputs["target"]["input"] = json.dumps(request)

    return change(tokens.SCHEDULE, rewrite, "watch-job-schedule")


def step(alter: Callable[[dict[str, Any]], object], name: str) -> Mutation:
    """Alters the request of one job of the training pipeline."""

    def rewrite(inputs: dict[str, Any]) -> None:
        definition = json.loads(inputs["pipelineDefinition"])
        alter(next(job for job in jobs(definition) if job["Name"] == name)["Arguments"])
        inputs["pipelineDefinition"] = json.dumps(definition)

    return change(tokens.PIPELINE, rewrite)


def image(alter: Callable[[str], str]) -> Mutation:
    """Alters the image of the endpoint's model."""

    def rewrite(inputs: dict[str, Any]) -> None:
        inputs["primaryContainer"]["image"] = alter(inputs["primaryContainer"]["image"])

    return change(tokens.MODEL, rewrite)


def wide(*actions: str, resource: str = "arn:aws:s3:::some/*", **more: Any) -> Mutation:
    """Gives the training job's role one more statement."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}
    return say(tokens.ROLE_POLICY, lambda found: found.append(statement), "train-job-role-policy")


def opened(type_: str) -> Mutation:
    """Lets everybody in."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    return say(type_, lambda found: found.append(statement))


def trust(alter: Callable[[dict[str, Any]], object], ending: str = "train-job-role") -> Mutation:
    return say(tokens.ROLE, lambda found: alter(found[0]), ending, key="assumeRolePolicy")
