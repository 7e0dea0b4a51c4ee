"""Configurations and models that an endpoint has left behind, and a dynamic resource that removes the last of them.

Pulumi retains both: SageMaker may be back on the previous configuration at any time, without the program knowing.
"""

from collections.abc import Mapping
from typing import Any, TypedDict

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

from infra import served, tags
from infra.session import client, given

KEPT = 10
"""The newest configurations stay, each with its models, beside the one that serves."""
INPUTS = ("endpoint", "owned", "connection")


class Owned(TypedDict):
    """How the endpoint's own configurations and models are known among those of the account."""

    configs: str
    """What the configurations' names start with."""
    models: str
    """What the models' names start with."""
    stack: str
    """The value of the stack's tag: a name alone may be another stack's, whose prefix starts alike."""


class FailedEndpointError(Exception):
    """The endpoint can neither be made, as one of its name exists, nor be updated."""


class StillServingError(Exception):
    """The endpoint is still there, so what it runs must not be removed."""


def collect(sagemaker: Any, owned: Owned, *, serving: str = "", keep: int = 0) -> None:
    """Deletes configurations and models but the newest `keep` configurations, the one that serves, and their models.

    "You must not delete an EndpointConfig in use by an endpoint that is live or while the UpdateEndpoint or
    CreateEndpoint operations are being performed on the endpoint"
    (docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteEndpointConfig.html): nothing may be under way.
    """
    configs = of_stack(sagemaker, "EndpointConfig", owned["configs"], owned["stack"])
    kept = {*configs[:keep], *([serving] if serving else [])}
    models = {model for name in kept for model in _models(sagemaker, name)}
    for name in configs:
        if name not in kept:
            _delete(sagemaker, sagemaker.delete_endpoint_config, EndpointConfigName=name)
    for name in of_stack(sagemaker, "Model", owned["models"], owned["stack"]):
        if name not in models:
            _delete(sagemaker, sagemaker.delete_model, ModelName=name)


def of_stack(sagemaker: Any, kind: str, start: str, stack: str) -> list[str]:
    """The names of the stack's own of a kind, the newest first."""
    listing = {"EndpointConfig": "list_endpoint_configs", "Model": "list_models"}[kind]
    pages = sagemaker.get_paginator(listing).paginate(NameContains=start)
    found = [item for page in pages for item in page[f"{kind}s"] if item[f"{kind}Name"].startswith(start)]
    found.sort(key=lambda item: item["CreationTime"], reverse=True)
    return [item[f"{kind}Name"] for item in found if _stack(sagemaker, item[f"{kind}Arn"]) == stack]


def _stack(sagemaker: Any, arn: str) -> str:
    found = {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"]}
    return found.get(tags.STACK, "")


def _models(sagemaker: Any, config: str) -> list[str]:
    known = sagemaker.describe_endpoint_config(EndpointConfigName=config)
    variants = [*known["ProductionVariants"], *known.get("ShadowProductionVariants", ())]
    return [variant["ModelName"] for variant in variants if "ModelName" in variant]


def _delete(sagemaker: Any, call: Any, **name: str) -> None:
    try:
        call(**name)
    except sagemaker.exceptions.ClientError as error:
        if not served.is_missing(error):
            raise


def _refuse_failed(props: dict[str, Any]) -> None:
    """Stops before the endpoint's own step, which would say that an endpoint of this name exists, and no more."""
    endpoint = props["endpoint"]
    seen = served.look(client("sagemaker", props["connection"]), endpoint)
    if seen and seen.status == served.FAILED:
        raise FailedEndpointError(
            f"the endpoint {endpoint} is Failed on the configuration {seen.config}. SageMaker's reason: "
            f"{seen.reason or 'none.'} What helps: {served.way_out(endpoint)}."
        )


class RetainedProvider(ResourceProvider):
    """Makes nothing, stops where the endpoint failed. Its delete removes a failed one, and all that `Owned` tells."""

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        return given(news, INPUTS)

    def create(self, props: dict[str, Any]) -> CreateResult:
        _refuse_failed(props)
        return CreateResult(props["endpoint"], props)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        if any(_olds.get(name) != _news.get(name) for name in INPUTS):
            return DiffResult(changes=True)
        seen = served.look(client("sagemaker", _news["connection"]), _news["endpoint"])
        return DiffResult(changes=seen is not None and seen.status == served.FAILED)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        _refuse_failed(_news)
        # A delete is told what the last create or update gave back.
        return UpdateResult(_news)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        sagemaker, endpoint = client("sagemaker", _props["connection"]), _props["endpoint"]
        seen = served.settled(sagemaker, endpoint)
        if seen and seen.status == served.FAILED:
            # The provider did not write down what it could not make: Pulumi does not delete it.
            sagemaker.delete_endpoint(EndpointName=endpoint)
            seen = served.settled(sagemaker, endpoint)
        if seen:
            raise StillServingError(
                f"the endpoint {endpoint} still runs {seen.config}, expected it to be deleted first: "
                "its configurations and models stay"
            )
        collect(sagemaker, _props["owned"])


class Retained(Resource, name="Retained"):
    """What an endpoint leaves behind, for `pulumi destroy` to remove.

    The endpoint depends on it, so it is deleted after the endpoint: only then is there no configuration that serves.
    `Converged`, which depends on the endpoint, goes before it and could not remove them.
    """

    def __init__(
        self,
        name: str,
        *,
        endpoint: str,
        owned: Owned,
        connection: Mapping[str, Any],
        opts: pulumi.ResourceOptions,
    ) -> None:
        props = {"endpoint": endpoint, "owned": owned, "connection": connection}
        super().__init__(RetainedProvider(), name, props, opts)
