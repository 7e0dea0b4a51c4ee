"""The same tags on everything that takes tags."""

from collections.abc import Mapping
from typing import Any

import pulumi

from infra.settings import Settings

STACK = "Stack"
"""The tag that is this stack's alone: what the budget counts by."""
KEYS = ("Project", "Environment", STACK, "Owner", "CostCenter", "Expires")


def of(settings: Settings) -> dict[str, str]:
    whose = (settings.owner, settings.cost_center, settings.expires)
    return dict(zip(KEYS, (settings.project, settings.environment, settings.prefix, *whose), strict=True))


def apply(tags: Mapping[str, str]) -> None:
    """Tags every resource that the program makes from here on; a resource's own tags win.

    Not the provider's default tags: those would need an explicit provider, which ignores the stack's `aws:` settings.
    """

    def transformation(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if not args.type_.startswith("aws:") or not hasattr(type(args.resource), "tags"):
            return None
        own: Any = args.props["tags"] or {}
        return pulumi.ResourceTransformationResult({**args.props, "tags": {**tags, **own}}, args.opts)

    pulumi.runtime.register_stack_transformation(transformation)
