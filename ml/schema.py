"""What a model takes and gives: the features by name, kind and range, and their encoding as numbers."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

Kind = Literal["number", "category"]
Task = Literal["binary", "regression"]

VERSION = 1
"""Of the schema's JSON form: another one may mean other things by the same words."""
FLOAT32_MAX = math.nextafter(2.0**128 - 2.0**103, 0)
"""The largest number that rounds to a finite 32-bit float (IEEE 754): half a step above the largest of those."""


class SchemaError(ValueError):
    """A value that the schema refuses; `field` names the feature."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One input column."""

    name: str
    kind: Kind = "number"
    nullable: bool = True
    categories: tuple[str, ...] = ()
    """The values of a category, in the order of their codes. Others are encoded as missing."""

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise SchemaError(self.name, f"is of kind {self.kind!r}, expected {' or '.join(get_args(Kind))}")
        if bool(self.categories) != (self.kind == "category"):
            raise SchemaError(self.name, f"is a {self.kind} with {len(self.categories)} categories")
        if len(set(self.categories)) != len(self.categories):
            raise SchemaError(self.name, "lists a category twice")

    def encode(self, values: Sequence[Any]) -> NDArray[np.float32]:
        """The values as float32, missing ones as NaN. Raises SchemaError for a value of another kind."""
        code = self._codes.get if self.kind == "category" else None
        out = np.empty(len(values), dtype=np.float32)
        for row, value in enumerate(values):
            if value is None:
                if not self.nullable:
                    raise SchemaError(self.name, f"row {row} is null, expected a {self.kind}")
                out[row] = math.nan
            elif code is not None:
                if not isinstance(value, str):
                    raise SchemaError(self.name, f"row {row} is {value!r}, expected a string")
                out[row] = code(value, math.nan)
            else:
                if isinstance(value, bool) or not isinstance(value, int | float):
                    raise SchemaError(self.name, f"row {row} is {value!r}, expected a number or null")
                if not abs(value) <= FLOAT32_MAX:
                    raise SchemaError(self.name, f"row {row} is {value!r}, expected a finite 32-bit number or null")
                out[row] = value
        return out

    @property
    def _codes(self) -> dict[str, int]:
        codes = self.__dict__.get("codes")
        if codes is None:
            codes = {category: code for code, category in enumerate(self.categories)}
            object.__setattr__(self, "codes", codes)
        return codes


@dataclass(frozen=True, kw_only=True)
class Schema:
    """The signature of a model: named features in, one number a row out."""

    name: str
    task: Task
    features: tuple[Feature, ...]
    id_column: str = "prediction_id"
    """An optional input column: the caller's own prediction ids."""
    version: int = VERSION

    def __post_init__(self) -> None:
        if self.task not in get_args(Task):
            raise SchemaError("task", f"is {self.task!r}, expected {' or '.join(get_args(Task))}")
        names = [*self.names, self.id_column]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise SchemaError(twice, "is named twice")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(feature.name for feature in self.features)

    def encode(self, columns: Mapping[str, Sequence[Any]]) -> NDArray[np.float32]:
        """The columns as a float32 matrix, rows x features in schema order.

        Raises SchemaError for a missing or unknown column, or a value of another kind. A nullable column may be absent.
        """
        unknown = next((name for name in columns if name not in self.names and name != self.id_column), None)
        if unknown is not None:
            raise SchemaError(unknown, f"is not a feature of this model; expected {', '.join(self.names)}")
        rows = len(next(iter(columns.values()), ()))
        matrix = np.empty((rows, len(self.features)), dtype=np.float32)
        for position, feature in enumerate(self.features):
            values = columns.get(feature.name)
            if values is None:
                if not feature.nullable:
                    raise SchemaError(feature.name, "is missing")
                matrix[:, position] = np.nan
                continue
            if len(values) != rows:
                raise SchemaError(feature.name, f"has {len(values)} rows, expected {rows}")
            matrix[:, position] = feature.encode(values)
        return matrix

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The schema from its JSON form. Raises SchemaError, KeyError or TypeError for what is not one."""
        if data["version"] != VERSION:
            raise SchemaError("version", f"is {data['version']!r}, expected {VERSION}: rebuild it, or update the image")
        features = []
        for entry in data["features"]:
            values: dict[str, Any] = {**entry, "categories": tuple(entry["categories"])}
            features.append(Feature(**values))
        values = {**data, "features": tuple(features)}
        return cls(**values)
