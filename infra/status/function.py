"""The endpoint as a function: which version its alias is on, and whether that is what was asked for."""

from typing import Any

from infra.endpoint_lambda import ALIAS
from infra.status.part import Part
from infra.status.planned import FUNCTION, Planned
from ml.agreed import MODEL_SHA256


def look(functions: Any, planned: Planned, part: Part) -> Part:
    """What is to be said of the function. Raises ClientError, BotoCoreError."""
    name, (asked,) = planned.endpoint, planned.of_type(FUNCTION)
    up = f"pulumi up --stack {planned.settings.environment}"
    try:
        alias = functions.get_alias(FunctionName=name, Name=ALIAS)
    except functions.exceptions.ResourceNotFoundException:
        part.facts = {"name": name, "status": None}
        part.person(f"there is no function {name} with an alias {ALIAS}", f"{up} --refresh")
        return part
    version, shares = alias["FunctionVersion"], alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
    live = functions.get_function_configuration(FunctionName=name, Qualifier=version)
    runs, wanted = (
        _release(live.get("Environment", {}).get("Variables", {})),
        _release(asked.inputs["environment"]["variables"]),
    )
    part.facts = {"name": name, "status": live.get("State"), "version": version, "shares": shares, "release": runs}
    part.fine(f"version {version} answers: release {runs}, {live['MemorySize']} MB")
    for other, share in shares.items():
        part.person(f"version {other} has {share:.0%} of the requests and no `pulumi up` ends it", up)
    if runs != wanted:
        part.person(f"version {version} runs release {runs}, the settings have {wanted}", up)
    return part


def _release(variables: dict[str, str]) -> str:
    return variables.get(MODEL_SHA256, "")[:12] or "none (the baseline)"
