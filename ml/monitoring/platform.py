"""SageMaker's own capture of requests and answers: its records, as the lines that the server itself would write.

docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import orjson

from ml.schema import Schema
from ml.serving.errors import RequestError
from ml.serving.payload import Record
from ml.serving.request import parser

PREFIX = "platform/"


def folder(endpoint: str, variant: str, day: date) -> str:
    """Where SageMaker puts what a variant was asked on a day, in a folder an hour."""
    return f"{PREFIX}{endpoint}/{variant}/{day:%Y/%m/%d}/"


def lines(records: Iterable[bytes], variant: str, schema: Schema) -> Iterator[bytes]:
    """A line for each prediction in the records. What is torn, or was not answered by predictions, is passed over."""
    for record in records:
        try:
            event = orjson.loads(record)
            sent, given = event["captureData"]["endpointInput"], event["captureData"]["endpointOutput"]
            rows = parser(sent["observedContentType"].encode(), None)(_content(sent), schema)
            yield from _captured(rows, orjson.loads(_content(given)), event["eventMetadata"], variant, schema)
        except (RequestError, ValueError, KeyError, TypeError, AttributeError, binascii.Error):
            continue


def _captured(
    rows: list[Record], answer: Mapping[str, Any], met: Mapping[str, Any], variant: str, schema: Schema
) -> Iterator[bytes]:
    shared = {
        "capture": 1,
        "event_time": answer.get("event_time") or met["inferenceTime"],
        "at": met["inferenceTime"],
        "release": answer["release"],
        "variant": variant,
    }
    made = []
    for row, id_, prediction in zip(rows, answer["prediction_ids"], answer["predictions"], strict=True):
        row.pop(schema.id_column, None)
        made.append(orjson.dumps({**shared, "id": id_, "prediction": prediction, "features": row}))
    yield from made


def _content(half: Mapping[str, Any]) -> bytes:
    """The body of a request or an answer: as it was, or in base64 where its type is in no capture header."""
    data = half["data"].encode()
    return base64.b64decode(data, validate=True) if half["encoding"] == "BASE64" else data
