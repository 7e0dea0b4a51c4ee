"""Dynamic resources: the provider that travels in the inputs is run for real, against the rehearsal's endpoint."""

import base64
from typing import Any

import dill
from pulumi.dynamic.dynamic import PROVIDER_KEY, ResourceProvider

from infra.build import ImageBuildProvider
from infra.rehearsal.aws import Aws, RefusedError
from infra.rehearsal.builds import REPLACED, builds_replaced
from infra.rehearsal.entry import How, Inputs, Resource

PREFIX = "pulumi-python:dynamic"


class ProviderError(Exception):
    """A dynamic provider refused its inputs or failed."""


def create(token: str, name: str, inputs: Inputs, aws: Aws) -> Resource:
    """Checks the inputs and creates, as Pulumi's host of dynamic providers does."""
    inputs = _pointed_here(inputs)
    runner = provider(inputs)
    checked = runner.check({}, inputs)
    if checked.failures:
        raise ProviderError("; ".join(f"{failure.property}: {failure.reason}" for failure in checked.failures))
    with builds_replaced(aws):
        created = runner.create(checked.inputs)
    outputs = {key: value for key, value in (created.outs or {}).items() if key != PROVIDER_KEY}
    return Resource(
        type=token,
        name=name,
        how=How.REPLACED if isinstance(runner, ImageBuildProvider) else How.MOTO,
        note=f"{said(type(runner))}{f'; {REPLACED}' if isinstance(runner, ImageBuildProvider) else ''}",
        id=created.id,
        inputs=inputs,
        outputs=outputs,
    )


def said(provider: type[ResourceProvider]) -> str:
    """What is to be said of a resource of this provider."""
    return f"{provider.__name__} was run"


def delete(resource: Resource) -> None:
    """Deletes with what the creation gave back. Raises RefusedError where the provider fails."""
    runner = provider(resource.inputs)
    try:
        runner.delete(resource.id, {**resource.inputs, **resource.outputs})
    except Exception as error:
        raise RefusedError(f"{type(runner).__name__}.delete", str(error)) from error


def _pointed_here(inputs: Inputs) -> Inputs:
    """The inputs without the profile and the endpoints of `infra/session.py`: the environment's lead here."""
    connection = inputs.get("connection")
    return {**inputs, "connection": {**connection, "profile": "", "endpoints": {}}} if connection else inputs


def provider(inputs: dict[str, Any]) -> ResourceProvider:
    """The provider that travels in a resource's inputs."""
    # Made by this process a moment ago: Pulumi itself moves providers in this form.
    return dill.loads(base64.b64decode(inputs[PROVIDER_KEY]))  # noqa: S301
