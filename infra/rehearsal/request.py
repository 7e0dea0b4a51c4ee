"""Pulumi's camelCase inputs as the parameters of an API request, along botocore's model of the operation."""

from collections.abc import Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

SECRET_KEY = "4dabf18193072939515e22adb298388d"  # noqa: S105  Pulumi's mark of a wrapped secret
# Arguments that steer the provider and reach no API.
PROVIDER_ONLY = frozenset({"forceDestroy", "forceDelete", "skipDestroy", "region", "tags", "namePrefix", "timeouts"})


def plain(value: Any) -> Any:
    """The inputs without Pulumi's secret wrappers and without what was left out (null)."""
    if isinstance(value, Mapping):
        if SECRET_KEY in value:
            return plain(value["value"])
        return {key: plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def parameters(
    shape: StructureShape, inputs: Mapping[str, Any], rename: Mapping[str, str] | None = None
) -> tuple[dict[str, Any], list[str]]:
    """The request and the inputs that the API has no member for.

    Args:
        shape: the operation's input in botocore's model.
        inputs: Pulumi inputs; names are matched without regard to case, at every depth.
        rename: API names of inputs that are called something else there.
    """
    unplaced: list[str] = []
    request = _structure(shape, inputs, rename or {}, "", unplaced)
    return request, [name for name in unplaced if name not in PROVIDER_ONLY]


def _structure(
    shape: StructureShape, inputs: Mapping[str, Any], rename: Mapping[str, str], path: str, unplaced: list[str]
) -> dict[str, Any]:
    members = {name.lower(): name for name in shape.members}
    request = {}
    for key, value in inputs.items():
        member = members.get(rename.get(key, key).lower())
        if member is None:
            unplaced.append(f"{path}{key}")
        else:
            request[member] = _value(shape.members[member], value, rename, f"{path}{key}.", unplaced)
    return request


def _value(shape: Shape, value: Any, rename: Mapping[str, str], path: str, unplaced: list[str]) -> Any:
    if isinstance(shape, StructureShape):
        # The provider's blocks that may occur once are lists in some resources, plain objects in others.
        block = value[0] if isinstance(value, list) and len(value) == 1 else value
        return _structure(shape, block, rename, path, unplaced) if isinstance(block, Mapping) else block
    if isinstance(shape, ListShape):
        if isinstance(value, Mapping):
            return _pairs(shape.member, value)
        items = value if isinstance(value, list) else [value]
        return [_value(shape.member, item, rename, path, unplaced) for item in items]
    if isinstance(shape, MapShape):
        return {key: _value(shape.value, item, rename, path, unplaced) for key, item in value.items()}
    return _scalar(shape.type_name, value)


def _pairs(member: Shape, items: Mapping[str, Any]) -> list[dict[str, str]]:
    """Tags, dimensions and variables: a map in Pulumi, a list of pairs in the API."""
    names = list(member.members) if isinstance(member, StructureShape) else []
    key = next((name for name in names if name.lower() in {"key", "name", "tagkey"}), "Key")
    value = next((name for name in names if name.lower() in {"value", "tagvalue"}), "Value")
    return [{key: name, value: text} for name, text in items.items()]


def _scalar(kind: str, value: Any) -> Any:
    # Numbers cross Pulumi's protocol as floats.
    if kind in {"integer", "long"} and isinstance(value, float) and value.is_integer():
        return int(value)
    # The provider takes numbers that may be absent, such as the bounds of a step, as strings.
    if kind in {"double", "float"} and isinstance(value, str):
        return float(value)
    if kind == "string" and isinstance(value, float):
        return f"{value:g}"
    return value
