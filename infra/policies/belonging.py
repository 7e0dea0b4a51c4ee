"""Whose a resource is: its component, its name, its tags, and whether it may be lost."""

from collections.abc import Iterator, Sequence
from functools import cache
from keyword import iskeyword

from infra import tags
from infra.names import PRODUCTION
from infra.policies import tokens
from infra.policies.rule import Resource, ResourceRule, StackRule, at, environment

OURS = "mlops:"
"""What the types of components start with."""
OF_THE_ENGINE = "pulumi:"
"""What the types of the stack itself and of providers start with."""


def resource_says_whose_it_is(resource: Resource) -> Iterator[str]:
    """Everything that takes tags has the stack's: project, environment, stack, owner, cost centre and expiry."""
    if takes_tags(resource.type):
        for key in tags.KEYS:
            if not at(resource.inputs, f"tags.{key}"):
                yield f"tags.{key} is not set, expected infra/tags.py to set it on everything"


@cache
def takes_tags(type_: str) -> bool:
    """Whether the provider's resource of a type has tags."""
    package, _, rest = type_.partition(":")
    if package != "aws":
        return False
    # A plan has it loaded; who only reads the rules need not.
    import pulumi_aws

    module, _, kind = rest.partition(":")
    name = module.partition("/")[0]
    return hasattr(getattr(getattr(pulumi_aws, f"{name}_" if iskeyword(name) else name), kind), "tags")


def resource_belongs_to_a_component(stack: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """Everything in the cloud has a component as its parent, and a name that starts with the component's."""
    components = {resource.urn: resource.name for resource in stack if resource.type.startswith(OURS)}
    for resource in stack:
        if resource.type.startswith((OURS, OF_THE_ENGINE)):
            continue
        owner = components.get(resource.parent)
        if owner is None:
            yield resource, f"its parent is {resource.parent.split('::')[-1]!r}, expected a component (opts: parent)"
        elif not resource.name.startswith(f"{owner}-"):
            yield resource, f"its name is {resource.name!r}, expected one that starts with {owner}-"


def name_is_used_once(stack: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """No two resources of a type have one name, whatever components they are in."""
    seen = set()
    for resource in stack:
        if (resource.type, resource.name) in seen:
            yield resource, "its name is used twice for this type, expected another"
        seen.add((resource.type, resource.name))


def data_is_protected(resource: Resource) -> Iterator[str]:
    """In prod, buckets and keys refuse their deletion."""
    if environment(resource) == PRODUCTION and not resource.protect:
        yield "is not protected, expected data.protect: true"


RULES = (
    ResourceRule(check=resource_says_whose_it_is, on=(), ids=()),
    StackRule(check=resource_belongs_to_a_component, on=(), ids=()),
    StackRule(check=name_is_used_once, on=(), ids=()),
    ResourceRule(check=data_is_protected, on=(tokens.BUCKET, tokens.KEY), ids=("KMS.3",), mandatory=False),
)
