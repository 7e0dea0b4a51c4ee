"""Faults to plant in a frame of features: makers of functions, with which a data set says what may go wrong in it."""

from collections.abc import Callable

import polars as pl

Fault = Callable[[pl.DataFrame], pl.DataFrame]


def scaled(column: str, factor: float, offset: float = 0) -> Fault:
    """Another unit."""
    return lambda frame: frame.with_columns(pl.col(column) * factor + offset)


def shifted(column: str, by: float, *, modulo: float) -> Fault:
    """A clock that is off, such as UTC for local time."""
    return lambda frame: frame.with_columns((pl.col(column) + by) % modulo)


def renamed(column: str, value: str, new: str) -> Fault:
    """A category that the model never saw."""
    return lambda frame: frame.with_columns(pl.col(column).replace(value, new))


def flipped(column: str, value: str, *, label: str = "label") -> Fault:
    """Labels of one group turned around."""
    wrong = pl.when(pl.col(column) == value).then(1 - pl.col(label)).otherwise(pl.col(label))
    return lambda frame: frame.with_columns(wrong.alias(label))
