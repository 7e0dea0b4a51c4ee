"""The rules as Pulumi's policy objects."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from infra.policies.rule import ResourceRule, Rule, StackRule
from infra.policies.rules import RULES

NAME = "mlops"


@dataclass(frozen=True, kw_only=True)
class Analysed:
    """A resource as Pulumi's engine hands it to a policy: what a rule reads."""

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Any]
    """Once all is made, its outputs; in a preview, reading a value that is not known yet ends the rule."""
    protect: bool
    parent: str = ""
    uses: Mapping[str, Collection[str]]


def policies() -> list[Policy]:
    """A policy object for each rule."""
    return [_policy(rule) for rule in RULES]


def _policy(rule: Rule) -> Policy:
    description = " ".join([rule.description, *([f"({', '.join(rule.ids)})"] if rule.ids else [])])
    level = EnforcementLevel.MANDATORY if rule.mandatory else EnforcementLevel.ADVISORY
    if isinstance(rule, ResourceRule):
        of_resource = rule

        def resource(args: ResourceValidationArgs, report: ReportViolation) -> None:
            for text in of_resource.problems(_resource(args)):
                report(text, None)

        return ResourceValidationPolicy(rule.name, description, resource, level)
    if isinstance(rule, StackRule):
        of_stack = rule

        def stack(args: StackValidationArgs, report: ReportViolation) -> None:
            for found, text in of_stack.check([_member(entry) for entry in args.resources]):
                report(text, found.urn)

        return StackValidationPolicy(rule.name, description, stack, level)
    raise TypeError(f"{rule.name} is a {type(rule).__name__}, expected a ResourceRule or a StackRule")


def _resource(args: ResourceValidationArgs) -> Analysed:
    return Analysed(
        urn=args.urn, type=args.resource_type, name=args.name, inputs=args.props, protect=args.opts.protect, uses={}
    )


def _member(entry: PolicyResource) -> Analysed:
    return Analysed(
        urn=entry.urn,
        type=entry.resource_type,
        name=entry.name,
        inputs=entry.props,
        protect=entry.opts.protect,
        parent=entry.parent.urn if entry.parent else "",
        uses={key: [used.urn for used in found] for key, found in entry.property_dependencies.items()},
    )
