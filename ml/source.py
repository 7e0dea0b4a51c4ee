"""What a data set says of itself, beside its schema."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class About:
    """What a model card says of the data and of the model's use."""

    purpose: str
    limits: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A raw table: the columns that name a row, and the one that says when it arrives (none: with the first batch)."""

    keys: tuple[str, ...]
    time: str | None
