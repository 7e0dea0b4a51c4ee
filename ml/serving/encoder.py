"""Rows as numbers: `Schema.encode` for records, with a short way for the single complete row of the hot path."""

import math
import struct
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.schema import FLOAT32_MAX, Schema
from ml.serving.errors import RequestError, quote
from ml.serving.payload import Record

LONGEST_STRING = 256
NUMBERS = frozenset({float, int})
NUMBERS_AND_NULL = NUMBERS | {type(None)}


class Encoder:
    """Encodes records by a schema. A test holds it equal to `Schema.encode`, which works by column."""

    def __init__(self, schema: Schema) -> None:
        self.known = frozenset(schema.names)
        self._fields = [
            (
                feature.name,
                {category: code for code, category in enumerate(feature.categories)}
                if feature.kind == "category"
                else None,
                feature.nullable,
            )
            for feature in schema.features
        ]
        self._categories = [(place, codes) for place, (_, codes, _) in enumerate(self._fields) if codes is not None]
        self._all_nullable = all(nullable for _, _, nullable in self._fields)
        # One name gives itemgetter a value in place of a tuple: such a schema takes the long way.
        self._values = itemgetter(*schema.names) if len(self._fields) > 1 else None
        self._pack = struct.Struct(f"={len(self._fields)}f").pack_into

    def row_into(self, buffer: memoryview, record: Record) -> None:
        """Writes the values of one record into a float32 buffer. Raises RequestError naming the field."""
        values = self._complete(record)
        try:
            self._pack(buffer, 0, *(values or self.row(record)))
        except (OverflowError, struct.error):
            self._pack(buffer, 0, *self.row(record))

    def _complete(self, record: Record) -> list[float] | None:
        """The values of a record without flaws, found by few and fast calls; None where a closer look is needed."""
        # As many keys as features, and each feature is there: nothing unknown is.
        if self._values is None or len(record) != len(self._fields):
            return None
        try:
            values = list(self._values(record))
        except KeyError:
            return None
        for place, codes in self._categories:
            value = values[place]
            if type(value) is str and len(value) <= LONGEST_STRING:
                values[place] = codes.get(value, math.nan)
            elif value is not None:
                return None
        kinds = set(map(type, values))
        if kinds <= NUMBERS:
            return values
        if self._all_nullable and kinds <= NUMBERS_AND_NULL:
            return [math.nan if value is None else value for value in values]
        return None

    def row(self, record: Record, index: int = 0) -> list[float]:
        """The values of one record in schema order, missing ones NaN. Raises RequestError naming the field."""
        if not record.keys() <= self.known:
            raise RequestError(
                next(name for name in record if name not in self.known),
                f"is not a feature of this model, expected {', '.join(name for name, _, _ in self._fields)}",
            )
        values: list[float] = []
        append, get = values.append, record.get
        for name, codes, nullable in self._fields:
            value: Any = get(name)
            kind = type(value)
            if codes is None and (kind is float or kind is int):
                if not -FLOAT32_MAX <= value <= FLOAT32_MAX:
                    raise RequestError(name, f"row {index} is {quote(value)}, expected a finite 32-bit number or null")
                append(value)
            elif value is None:
                if not nullable:
                    raise RequestError(
                        name, f"row {index} is {'null' if name in record else 'missing'}, expected a value"
                    )
                append(math.nan)
            elif codes is not None and kind is str and len(value) <= LONGEST_STRING:
                append(codes.get(value, math.nan))
            else:
                raise RequestError(name, f"row {index} is {quote(value)}, expected {_expected(codes)}")
        return values

    def matrix(self, records: list[Record]) -> NDArray[np.float32]:
        return np.array([self.row(record, index) for index, record in enumerate(records)], dtype=np.float32)


def _expected(codes: dict[str, Any] | None) -> str:
    return "a number or null" if codes is None else f"a string of at most {LONGEST_STRING} characters"
