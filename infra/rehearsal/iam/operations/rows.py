"""Rows of the table of operations: an action, the resources that it is checked on, and the condition keys.

Resources are templates: `{Name}` is a parameter, `{Target.Arn}` one inside, `{Names[]}` each of a list, and what
follows `|` stands for one that is not given. A parameter that is an ARN already stands for itself.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from infra.rehearsal.iam.facts import Call, Facts, Need

_PLACE = re.compile(r"\{([^}|]+)(?:\|([^}]*))?\}")
_TAGS = ("Tags", "tags", "ResourceTags", "TagSet", "TagsList")

Special = Callable[[Call, Facts], list[Need]]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One operation that asks for one action."""

    on: str | tuple[str, ...] = "*"
    """Templates behind the table's `arn`, or * where the action has no resource type."""
    action: str = ""
    """Without the service's prefix; the operation's own name where it is empty."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Condition keys and the parameters that they hold."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """The operations of one service."""

    prefix: str
    """What its actions start with."""
    arn: str
    """What its ARNs start with, with {region} and {account}."""
    rows: Mapping[str, str | Row | Special]
    """By operation; a string is the template of its resource."""
    tagging: str = ""
    """The action that tags on creation ask for as well; empty where they ask for none."""
    tagging_of: Mapping[str, str] = field(default_factory=dict)
    """The same for single operations."""
    tagging_key: str = ""
    """The condition key that says, in a request for tags on creation, which operation creates."""

    def needs(self, call: Call, facts: Facts) -> list[Need]:
        """What the call asks for. Raises KeyError for an operation that is not in the table."""
        row = self.rows[call.operation]
        if not isinstance(row, str | Row):
            return row(call, facts)
        row = Row(on=row) if isinstance(row, str) else row
        action = f"{self.prefix}:{row.action or call.operation}"
        arns = list(self.arns(row.on, call, facts))
        tags = tags_of(call.parameters)
        context = keys(call, row.keys) | tag_keys(tags)
        needed = [Need(action=action, resource=arn, context=context) for arn in arns]
        also = self.tagging_of.get(call.operation, self.tagging)
        if tags and also and also != action:
            creating = {self.tagging_key: call.operation} if self.tagging_key else {}
            needed += [Need(action=also, resource=arn, context=tag_keys(tags) | creating) for arn in arns]
        return needed

    def arns(self, templates: str | tuple[str, ...], call: Call, facts: Facts) -> Iterator[str]:
        """The resources that templates name."""
        for template in (templates,) if isinstance(templates, str) else templates:
            whole = template if template.startswith("arn:") else self.arn + template
            placed = whole.replace("{region}", call.region).replace("{account}", facts.number)
            yield from ["*"] if template == "*" else expand(placed, call)


def expand(template: str, call: Call) -> Iterator[str]:
    """A template with each combination of its parameters' values. Raises KeyError for one that is not given."""
    places = list(_PLACE.finditer(template))
    for values in itertools.product(*(_values(place, call) for place in places)):
        if values and values[0].startswith("arn:"):
            yield values[0]
            continue
        text = template
        for place, value in zip(places, values, strict=True):
            text = text.replace(place[0], value, 1)
        yield text


def found(parameters: Any, path: str) -> list[Any]:
    """What a path like `Entries[].Name` leads to; nothing where a part is not given."""
    values = [parameters]
    for part in path.split("."):
        name = part.removesuffix("[]")
        values = [value[name] for value in values if isinstance(value, Mapping) and value.get(name) is not None]
        values = [item for value in values for item in value] if part.endswith("[]") else values
    return values


def keys(call: Call, paths: Mapping[str, str]) -> dict[str, str | list[str]]:
    """The condition keys whose parameters are given."""
    given = {key: [_text(value) for value in found(call.parameters, path)] for key, path in paths.items()}
    return {key: values[0] if len(values) == 1 else values for key, values in given.items() if values}


def tags_of(parameters: Mapping[str, Any]) -> dict[str, str]:
    """The tags of a request, in whichever of the services' forms they come."""
    return dict(tag_pairs(parameters))


def tag_pairs(parameters: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Keys and values of a request's tags, whether in pairs, in a map or as the query of an address."""
    tagging = parameters.get("Tagging") or parameters
    if isinstance(tagging, str):
        return parse_qsl(tagging, keep_blank_values=True)
    specified = tagging.get("TagSpecifications") or ()
    if specified:
        # EC2 takes tags by the type of what is made.
        tagging = {"Tags": [tag for each in specified for tag in each.get("Tags", ())]}
    given = next((tagging[name] for name in _TAGS if tagging.get(name)), ())
    if isinstance(given, Mapping):
        return list(given.items())
    pairs = [{name.lower().removeprefix("tag"): value for name, value in tag.items()} for tag in given]
    return [(pair["key"], pair.get("value", "")) for pair in pairs]


def tag_keys(tags: Mapping[str, str]) -> dict[str, str | list[str]]:
    """Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html"""
    named = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    return {**named, "aws:TagKeys": list(tags)} if tags else {}


def _values(place: re.Match[str], call: Call) -> list[str]:
    values = [_text(value) for value in found(call.parameters, place[1])]
    if not values and place[2] is None:
        raise KeyError(place[1])
    return values or [place[2]]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
