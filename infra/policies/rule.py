"""What a rule is, what it reads and what it finds."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105
"""The key that marks a secret value in the engine's messages."""


class Resource(Protocol):
    """A resource as it was asked for, whoever wrote it down."""

    @property
    def urn(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def parent(self) -> str:
        """The parent's URN."""
        ...

    @property
    def inputs(self) -> Mapping[str, Any]:
        """In the engine's camelCase."""
        ...

    @property
    def uses(self) -> Mapping[str, Collection[str]]:
        """The URNs of the resources that each input comes from."""
        ...

    @property
    def protect(self) -> bool: ...


class UnreadableError(ValueError):
    """An input that a rule must read is missing or is not what it must be. The text is the finding's."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One control: a plain function, what it is called elsewhere, and whether its findings stop an update."""

    check: Callable[..., Iterator[Any]]
    ids: tuple[str, ...]
    """The control's ids: AWS Foundational Security Best Practices, checkov, Prowler; none for a rule of our own."""
    on: tuple[str, ...]
    """The types that it is about; all where there are none."""
    mandatory: bool = True

    @property
    def name(self) -> str:
        return self.check.__name__.replace("_", "-")  # ty: ignore[missing-attribute]

    @property
    def description(self) -> str:
        return (self.check.__doc__ or "").splitlines()[0]


@dataclass(frozen=True, kw_only=True)
class ResourceRule(Rule):
    """A rule about each resource of some types by itself; the function gives texts."""

    check: Callable[[Resource], Iterator[str]]

    def problems(self, resource: Resource) -> Iterator[str]:
        if self.on and resource.type not in self.on:
            return
        try:
            yield from self.check(resource)
        except UnreadableError as error:
            yield str(error)


@dataclass(frozen=True, kw_only=True)
class StackRule(Rule):
    """A rule about resources together; the function gives a resource and a text each."""

    check: Callable[[Sequence[Resource]], Iterator[tuple[Resource, str]]]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A resource that breaks a rule."""

    rule: str
    ids: tuple[str, ...]
    mandatory: bool
    type: str
    name: str
    text: str
    """What is wrong and what was expected."""


def found(rules: Sequence[Rule], resources: Sequence[Resource]) -> Iterator[Finding]:
    """What the rules find in the resources of one stack, rule by rule."""
    for rule in rules:
        if isinstance(rule, StackRule):
            problems = rule.check(resources)
        elif isinstance(rule, ResourceRule):
            problems = ((resource, text) for resource in resources for text in rule.problems(resource))
        for resource, text in problems:
            yield Finding(
                rule=rule.name,
                ids=rule.ids,
                mandatory=rule.mandatory,
                type=resource.type,
                name=resource.name,
                text=text,
            )


def at(value: Any, path: str) -> Any:
    """What lies under a dotted path of keys, such as `rule.objectOwnership`; None where there is nothing."""
    for key in path.split("."):
        value = _open(value)
        value = value.get(key) if isinstance(value, Mapping) else None
    return _open(value)


def entries(value: Any) -> list[Any]:
    """A list's entries; one value as a list of its own, nothing as an empty one."""
    value = _open(value)
    if value is None:
        return []
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]


def unless(resource: Resource, path: str, expected: Any) -> Iterator[str]:
    """A finding's text unless the input is what was expected."""
    if (value := at(resource.inputs, path)) != expected:
        yield f"{path} is {value!r}, expected {expected!r}"


def unset(resource: Resource, path: str, expected: str) -> Iterator[str]:
    """A finding's text unless the input has some value."""
    if not at(resource.inputs, path):
        yield f"{path} is not set, expected {expected}"


def environment(resource: Resource) -> str:
    """The stack that a resource is in, as its URN says."""
    return resource.urn.split("::")[0].rpartition(":")[2]


def _open(value: Any) -> Any:
    """A secret's value, or the value itself."""
    return value["value"] if isinstance(value, Mapping) and SECRET in value and "value" in value else value
