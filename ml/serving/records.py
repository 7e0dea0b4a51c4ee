"""What SageMaker's own capture would have kept of requests and answers, made of the lines that the server wrote.

A model of ours of docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html: a record a request,
with body and answer as they were sent, their types and encodings, and the second in which it was answered.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from orjson import OPT_APPEND_NEWLINE, dumps


def of(lines: Sequence[dict[str, Any]]) -> bytes:
    """JSON lines, one of the rows of each request. The rows of a request follow each other."""
    requests = groupby(lines, key=lambda line: line.get("request") or line["id"])
    return b"".join(dumps(_record(list(rows)), option=OPT_APPEND_NEWLINE) for _, rows in requests)


def _record(rows: list[dict[str, Any]]) -> dict[str, Any]:
    sent = {"dataframe_records": [row["features"] for row in rows]}
    answer = {
        "release": rows[0]["release"],
        "predictions": [row["prediction"] for row in rows],
        "prediction_ids": [row["id"] for row in rows],
        "event_time": rows[0]["event_time"],
    }
    answered = datetime.fromisoformat(rows[0]["at"])
    return {
        "captureData": {"endpointInput": _half("INPUT", sent), "endpointOutput": _half("OUTPUT", answer)},
        "eventMetadata": {"eventId": str(uuid.uuid4()), "inferenceTime": f"{answered:%Y-%m-%dT%H:%M:%SZ}"},
        "eventVersion": "0",
    }


def _half(mode: str, body: dict[str, Any]) -> dict[str, str]:
    data = dumps(body).decode()
    return {"observedContentType": "application/json", "mode": mode, "data": data, "encoding": "JSON"}
