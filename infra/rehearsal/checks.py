"""A request as AWS would look at it before doing anything: what its model and the rules across its fields forbid."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from botocore.model import OperationModel
from botocore.validate import ParamValidator

from infra.rehearsal.bounds import violations
from infra.rehearsal.rules import (
    budgets,
    cloudtrail,
    cloudwatch,
    codebuild,
    composite_alarms,
    deployment,
    documents,
    ec2,
    ecr,
    ecs,
    elasticloadbalancing,
    iam,
    kms,
    lifecycle,
    logs,
    model_cards,
    rds,
    s3,
    sagemaker,
    scheduler,
    sns,
    tags,
    target,
)
from infra.rehearsal.rules.rule import Ask, AskingRule, Key, Request, Rule

_MODULES = (
    budgets,
    cloudtrail,
    cloudwatch,
    codebuild,
    composite_alarms,
    deployment,
    documents,
    ec2,
    ecr,
    ecs,
    elasticloadbalancing,
    iam,
    kms,
    lifecycle,
    logs,
    model_cards,
    rds,
    s3,
    sagemaker,
    scheduler,
    sns,
    tags,
    target,
)


def _merged(tables: Iterable[Mapping[Key, list[Any]]]) -> dict[Key, list[Any]]:
    merged: dict[Key, list[Any]] = {}
    for table in tables:
        for key, rules in table.items():
            merged.setdefault(key, []).extend(rules)
    return merged


RULES: dict[Key, list[Rule]] = _merged(getattr(module, "RULES", {}) for module in _MODULES)
"""Rules of the request alone, by service and operation."""
ASKING: dict[Key, list[AskingRule]] = _merged(getattr(module, "ASKING", {}) for module in _MODULES)
"""Rules that look at what is there, likewise."""


def refusals(operation: OperationModel, parameters: Request, ask: Ask) -> list[str]:
    """What AWS would refuse in a request, a sentence each.

    Args:
        operation: botocore's model of it.
        parameters: by the names of the model; what is required is there and of the right type.
        ask: calls that change nothing, to see what is there already.

    Raises PatternError for a pattern of the model that cannot be compiled.
    """
    found = violations(operation.input_shape, parameters) if operation.input_shape else []
    # The rules take it that each value by itself is in order.
    return found or list(_broken(operation, parameters, ask))


def _broken(operation: OperationModel, parameters: Request, ask: Ask) -> Iterator[str]:
    key = (operation.service_model.service_name, operation.name)
    yield from (text for rule in RULES.get(key, ()) if (text := rule(parameters)))
    yield from (text for rule in ASKING.get(key, ()) if (text := rule(parameters, ask)))
    if key in target.RULES and (called := target.universal_target(parameters)):
        yield from (f"Target.Input: {text}" for text in _unsent(*called, ask))


def _unsent(operation: OperationModel, parameters: Request, ask: Ask) -> list[str]:
    """The refusals of a request that nobody has checked for names, types and what is required yet."""
    if operation.input_shape is None:
        return []
    unknown = [name for name in parameters if name not in operation.input_shape.members]
    if unknown:
        return [f"{name}, expected a parameter of {operation.name}" for name in unknown]
    report = ParamValidator().validate(parameters, operation.input_shape)
    return [report.generate_report()] if report.has_errors() else refusals(operation, parameters, ask)
