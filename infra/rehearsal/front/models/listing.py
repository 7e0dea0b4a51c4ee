"""Listings of SageMaker's API: filtered, sorted, in pages."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Item = Mapping[str, Any]


def page(items: Iterable[Item], asked: Mapping[str, Any], keys: Mapping[str, str], default: int) -> dict[str, Any]:
    """The items of one page under `items`, and NextToken where there are more.

    Args:
        items: what DescribeX says of each.
        asked: the request's parameters: SortBy, SortOrder, MaxResults, NextToken; the newest comes first unless told.
        keys: the field that each SortBy stands for.
        default: items a page, unless asked for.
    """
    key = keys[asked.get("SortBy", "CreationTime")]
    ordered = sorted(items, key=lambda item: item[key], reverse=asked.get("SortOrder", "Descending") == "Descending")
    start = int(asked.get("NextToken", 0))
    end = start + asked.get("MaxResults", default)
    return {"items": ordered[start:end], **({"NextToken": str(end)} if end < len(ordered) else {})}


def wanted(item: Item, asked: Mapping[str, Any], filters: Mapping[str, Callable[[Item, Any], bool]]) -> bool:
    """Whether an item passes the filters that the request names."""
    return all(fits(item, asked[name]) for name, fits in filters.items() if name in asked)


def equals(field: str) -> Callable[[Item, Any], bool]:
    return lambda item, value: item.get(field) == value


def after(field: str) -> Callable[[Item, Any], bool]:
    return lambda item, time: item[field] >= time


def before(field: str) -> Callable[[Item, Any], bool]:
    return lambda item, time: item[field] < time
