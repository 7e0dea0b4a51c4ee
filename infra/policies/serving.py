"""SageMaker's models and endpoints."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from infra.instances import LEAST_IN_PRODUCTION
from infra.names import PRODUCTION
from infra.policies import tokens
from infra.policies.rule import Resource, ResourceRule, StackRule, at, entries, environment
from infra.quotas import ALARMS_LIMIT

SHIFT = "deploymentConfig.blueGreenUpdatePolicy"
ROLLING = "deploymentConfig.rollingUpdatePolicy"
OUTPUT = "asyncInferenceConfig.outputConfig"


def model_is_isolated(stack: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """A model's containers reach no network, but for serverless ones, which cannot be isolated."""
    configs = [resource for resource in stack if resource.type == tokens.ENDPOINT_CONFIG]
    serverless = {urn for config in configs if _serverless(config) for urn in _models(config)}
    others = {urn for config in configs if not _serverless(config) for urn in _models(config)}
    for resource in stack:
        isolated = at(resource.inputs, "enableNetworkIsolation") if resource.type == tokens.MODEL else True
        if isolated is not True and resource.urn not in serverless - others:
            yield resource, f"enableNetworkIsolation is {isolated!r}, expected True"


def endpoint_outlives_an_instance(config: Resource) -> Iterator[str]:
    """In prod, every variant has at least two instances, or is serverless."""
    found = _variants(config)
    if not found:
        yield "productionVariants is empty, expected a variant"
    for variant in found if environment(config) == PRODUCTION else ():
        count = at(variant, "initialInstanceCount") or 0
        if not at(variant, "serverlessConfig") and count < LEAST_IN_PRODUCTION:
            yield (
                f"initialInstanceCount of {at(variant, 'variantName')} is {count:g}, "
                f"expected at least {LEAST_IN_PRODUCTION} in {PRODUCTION} (serving.instances)"
            )


def update_is_rolled_back_by_alarms(endpoint: Resource) -> Iterator[str]:
    """An update that shifts traffic is watched by one to ten alarms that roll it back."""
    deployment = at(endpoint.inputs, "deploymentConfig")
    watching = entries(at(deployment, "autoRollbackConfiguration.alarms"))
    if deployment and not 1 <= len(watching) <= ALARMS_LIMIT:
        found = f"has {len(watching)} entries" if watching else "is empty"
        yield f"deploymentConfig.autoRollbackConfiguration.alarms {found}, expected 1 to {ALARMS_LIMIT} alarms"


def update_on_instances_can_be_rolled_back(stack: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """An endpoint on instances says how an update shifts traffic: else nothing watches it or rolls it back."""
    serverless = {entry.urn for entry in stack if entry.type == tokens.ENDPOINT_CONFIG and _serverless(entry)}
    for endpoint in (resource for resource in stack if resource.type == tokens.ENDPOINT):
        on_instances = not serverless.intersection(endpoint.uses.get("endpointConfigName", ()))
        if on_instances and not at(endpoint.inputs, "deploymentConfig"):
            yield endpoint, "deploymentConfig is not set, expected one with alarms that roll an update back"


def update_by_steps_bakes(endpoint: Resource) -> Iterator[str]:
    """An update by steps waits after each of them, and keeps what served before for a while."""
    shift = f"{SHIFT}.trafficRoutingConfiguration"
    waits = [f"{shift}.waitIntervalInSeconds", f"{SHIFT}.terminationWaitInSeconds"]
    if at(endpoint.inputs, f"{shift}.type") in (None, "ALL_AT_ONCE"):
        # What shifts at once has no step; a blue-green one bakes by the settings.
        waits = []
    if at(endpoint.inputs, ROLLING):
        waits = [f"{ROLLING}.waitIntervalInSeconds"]
    for path in waits:
        if not at(endpoint.inputs, path):
            yield f"{path} is not set, expected the seconds of the bake (rollout.bakeMinutes)"


def answers_are_captured(stack: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """Requests and answers are captured, by SageMaker or by the container: without them nothing can be monitored."""
    silent = {
        resource.urn
        for resource in stack
        if resource.type == tokens.MODEL and at(resource.inputs, "primaryContainer.environment.MLOPS_CAPTURE") == "off"
    }
    for config in (resource for resource in stack if resource.type == tokens.ENDPOINT_CONFIG):
        capture = at(config.inputs, "dataCaptureConfig")
        if silent & _models(config) and not (at(capture, "enableCapture") and at(capture, "initialSamplingPercentage")):
            yield config, "dataCaptureConfig is not enabled, expected it: the container captures nothing itself"


def asynchronous_results_are_encrypted(config: Resource) -> Iterator[str]:
    """What an asynchronous endpoint writes to S3 is encrypted with a key."""
    if at(config.inputs, "asyncInferenceConfig") and not at(config.inputs, f"{OUTPUT}.kmsKeyId"):
        yield f"{OUTPUT}.kmsKeyId is not set, expected the ARN of a KMS key"


def asynchronous_failures_are_told(config: Resource) -> Iterator[str]:
    """An asynchronous request that fails is kept and told: its caller has gone."""
    for path in ("s3FailurePath", "notificationConfig.errorTopic") if at(config.inputs, "asyncInferenceConfig") else ():
        if not at(config.inputs, f"{OUTPUT}.{path}"):
            yield f"{OUTPUT}.{path} is not set, expected a place for what failed"


def _variants(config: Resource) -> list[Mapping[str, Any]]:
    shadow = entries(at(config.inputs, "shadowProductionVariants"))
    return [*entries(at(config.inputs, "productionVariants")), *shadow]


def _serverless(config: Resource) -> bool:
    found = _variants(config)
    return bool(found) and all(at(variant, "serverlessConfig") for variant in found)


def _models(config: Resource) -> set[str]:
    return {*config.uses.get("productionVariants", ()), *config.uses.get("shadowProductionVariants", ())}


RULES = (
    StackRule(
        check=model_is_isolated,
        on=(tokens.MODEL,),
        ids=("SageMaker.5", "CKV_AWS_370", "sagemaker_models_network_isolation_enabled"),
    ),
    ResourceRule(
        check=endpoint_outlives_an_instance,
        on=(tokens.ENDPOINT_CONFIG,),
        ids=("SageMaker.4", "sagemaker_endpoint_config_prod_variant_instances"),
    ),
    ResourceRule(check=update_is_rolled_back_by_alarms, on=(tokens.ENDPOINT,), ids=()),
    StackRule(check=update_on_instances_can_be_rolled_back, on=(tokens.ENDPOINT, tokens.ENDPOINT_CONFIG), ids=()),
    ResourceRule(check=update_by_steps_bakes, on=(tokens.ENDPOINT,), ids=()),
    StackRule(check=answers_are_captured, on=(tokens.ENDPOINT_CONFIG, tokens.MODEL), ids=()),
    ResourceRule(check=asynchronous_results_are_encrypted, on=(tokens.ENDPOINT_CONFIG,), ids=()),
    ResourceRule(check=asynchronous_failures_are_told, on=(tokens.ENDPOINT_CONFIG,), ids=()),
)
