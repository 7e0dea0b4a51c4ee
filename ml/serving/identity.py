"""Prediction ids: the caller's own, in its rows or its header, or new ones."""

import os
from itertools import count

from ml.serving.errors import RequestError, quote
from ml.serving.payload import Record

LONGEST = 128
HEADER = "X-Amzn-SageMaker-Inference-Id"

_process = os.urandom(10).hex()
_numbers = count()


def prediction_ids(records: list[Record], column: str, header: str | None) -> list[str]:
    """Takes the id column out of the records and returns one id a row.

    Rows without one get the header's, with the suffix `-<row>` where there are several rows, else a new one.
    Raises RequestError for an id that is not a printable string of 1 to 128 characters, or that two rows share.
    """
    if header is not None:
        _check(HEADER, header)
    if len(records) == 1 and header is None:
        sent = records[0].pop(column, None)
        return [f"{_process}-{next(_numbers):x}" if sent is None else _check(column, sent)]
    ids = []
    for row, record in enumerate(records):
        sent = record.pop(column, None)
        if sent is not None:
            ids.append(_check(column, sent, f"row {row} "))
        elif header is not None:
            ids.append(header if len(records) == 1 else f"{header}-{row}")
        else:
            ids.append(f"{_process}-{next(_numbers):x}")
    if len(ids) > 1 and len(set(ids)) != len(ids):
        twice = next(sent for row, sent in enumerate(ids) if sent in ids[:row])
        raise RequestError(column, f"{quote(twice)} is the id of two rows")
    return ids


def _check(field: str, value: object, place: str = "") -> str:
    if type(value) is not str or not 0 < len(value) <= LONGEST or not value.isprintable():
        raise RequestError(field, f"{place}is {quote(value)}, expected 1 to {LONGEST} printable characters")
    return value
