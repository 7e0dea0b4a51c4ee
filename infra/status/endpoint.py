"""The endpoint: what it runs, and whether that is what was asked for."""

from typing import Any

from infra import names, retained, served, tags
from infra.status import function
from infra.status.part import Part
from infra.status.planned import FUNCTION, Planned, capacity
from ml.agreed import MODEL_SHA256

NAME = "endpoint"
ROLLBACK = "docs/rollback.md"


def look(client: Any, planned: Planned) -> Part:
    """Raises ClientError, BotoCoreError."""
    if planned.of_type(FUNCTION):
        return function.look(client("lambda"), planned, Part(name=NAME))
    part, sagemaker = Part(name=NAME), client("sagemaker")
    seen = served.look(sagemaker, planned.endpoint)
    if seen is None:
        part.facts = {"name": planned.endpoint, "status": None}
        part.person(f"there is no endpoint {planned.endpoint}", f"pulumi up --refresh --stack {_env(planned)}")
        return part
    running = _running(sagemaker, planned.endpoint, seen.config)
    newest = _newest(sagemaker, planned)
    part.facts = {
        "name": planned.endpoint,
        "status": seen.status,
        "config": seen.config,
        "requested_config": newest,
        "reason": seen.reason,
        "variants": running,
    }
    for variant in running:
        part.fine(
            f"{variant['name']}: release {_short(variant['release'])}, weight {variant['weight']:g}, "
            f"{variant['capacity']}"
        )
    if seen.status in served.PASSING:
        part.note(f"{seen.status}: it runs {seen.config} meanwhile")
        return part
    if seen.status == served.FAILED:
        part.person(_said(seen), served.made_again(planned.endpoint, _env(planned)))
        return part
    if seen.status != "InService":
        part.person(_said(seen), ROLLBACK)
    else:
        part.fine(f"InService on {seen.config}")
    if newest and newest != seen.config:
        part.person(f"runs the configuration {seen.config}, last asked for was {newest}: it was rolled back", ROLLBACK)
        return part
    for text in differences(running, planned.variants()):
        part.person(f"{text}: the settings are not what was brought up", f"pulumi up --stack {_env(planned)}")
    return part


def _said(seen: served.Served) -> str:
    return f"{seen.status} on {seen.config}: {seen.reason or 'SageMaker gives no reason'}"


def _running(sagemaker: Any, endpoint: str, config: str) -> list[dict[str, Any]]:
    """The variants that serve, as the configuration has them, with the weights of now."""
    weights = {
        variant["VariantName"]: variant.get("CurrentWeight")
        for variant in sagemaker.describe_endpoint(EndpointName=endpoint).get("ProductionVariants", ())
    }
    found = []
    for variant in sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]:
        container = sagemaker.describe_model(ModelName=variant["ModelName"]).get("PrimaryContainer", {})
        serverless = variant.get("ServerlessConfig", {})
        weight = weights.get(variant["VariantName"])
        found.append(
            {
                "name": variant["VariantName"],
                "release": container.get("Environment", {}).get(MODEL_SHA256, ""),
                "weight": float(variant.get("InitialVariantWeight", 1) if weight is None else weight),
                "capacity": capacity(
                    variant.get("InstanceType", ""),
                    variant.get("InitialInstanceCount", 0),
                    serverless.get("MemorySizeInMB", 0),
                    serverless.get("MaxConcurrency", 0),
                ),
                "image": container.get("Image", ""),
            }
        )
    return found


def _newest(sagemaker: Any, planned: Planned) -> str | None:
    """The configuration that was made last: Pulumi makes one for each change, and keeps the others."""
    prefix = planned.settings.prefix
    owned = tags.of(planned.settings)[tags.STACK]
    found = retained.of_stack(sagemaker, "EndpointConfig", names.config_start(prefix), owned)
    return found[0] if found else None


def differences(running: list[dict[str, Any]], asked: list[dict[str, Any]]) -> list[str]:
    """What the settings ask for and the endpoint does not have, in words."""
    by_name = {variant["name"]: variant for variant in running}
    found = [f"variant {variant['name']} does not run" for variant in asked if variant["name"] not in by_name]
    wanted = {variant["name"] for variant in asked}
    found += [f"variant {name} is in no settings" for name in by_name if name not in wanted]
    for variant in asked:
        seen = by_name.get(variant["name"], variant)
        if seen["release"] != variant["release"]:
            found.append(
                f"variant {variant['name']} runs release {_short(seen['release'])}, "
                f"the settings have {_short(variant['release'])}"
            )
        capacity, asked_for = seen["capacity"], variant["capacity"]
        if asked_for not in (capacity, capacity.partition(" x ")[2]):
            found.append(f"variant {variant['name']} has {capacity}, the settings have {asked_for}")
    return found


def _short(release: str) -> str:
    return release[:12] if release else "none (the baseline)"


def _env(planned: Planned) -> str:
    return planned.settings.environment
