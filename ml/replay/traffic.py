"""The caller's side: a period's rows sent to the endpoint in the order of their event times."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import boto3
import numpy as np
import orjson
import polars as pl
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ml.dataset import SCHEMA

CALLERS = 2
LARGEST_REQUEST = 12
"""Rows a request at the most: shares of traffic are shares of requests, and a canary needs many of them."""


@dataclass
class Traffic:
    """What was sent so far, how long the answers took, and what was lost."""

    requests: int = 0
    rows: int = 0
    lost: int = 0
    """Requests that got no answer, or another one than 200."""
    seconds: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def percentile(self, share: float) -> float:
        """The latency of a whole request, in ms; 0 before the first."""
        return float(np.percentile(self.seconds, share) * 1000) if self.seconds else 0.0

    def add(self, rows: int, seconds: float, *, answered: bool) -> None:
        with self._lock:
            self.requests += 1
            self.rows += rows
            self.lost += not answered
            self.seconds.append(seconds)


class Caller:
    """Sends rows as SageMaker's own client does, with the caller's prediction ids and the hour that they belong to."""

    def __init__(self, endpoint_name: str, url: str) -> None:
        # A retry would hide a lost request.
        config = Config(retries={"total_max_attempts": 1}, max_pool_connections=CALLERS)
        self.runtime = boto3.client("sagemaker-runtime", endpoint_url=url, config=config)
        self.endpoint_name = endpoint_name
        self.traffic = Traffic()

    def send(self, frame: pl.DataFrame) -> None:
        """Sends the rows of a frame of features, an hour of event time a request."""
        with ThreadPoolExecutor(CALLERS) as callers:
            list(callers.map(self._send, requests(frame)))

    def _send(self, part: pl.DataFrame) -> None:
        moment = part["event_time"][0].isoformat()
        started = time.perf_counter()
        try:
            answer = self.runtime.invoke_endpoint(
                EndpointName=self.endpoint_name,
                ContentType="application/json",
                CustomAttributes=f"event_time={moment}",
                Body=body(part),
            )
            answered = len(orjson.loads(answer["Body"].read())["predictions"]) == part.height
        except (ClientError, BotoCoreError):
            answered = False
        self.traffic.add(part.height, time.perf_counter() - started, answered=answered)


def requests(frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The frame in pieces of one hour of event time, at most LARGEST_REQUEST rows each."""
    hours = frame.sort("event_time").with_columns(pl.col("event_time").dt.truncate("1h"))
    for part in hours.partition_by("event_time", maintain_order=True):
        yield from part.iter_slices(LARGEST_REQUEST)


def body(part: pl.DataFrame) -> bytes:
    """The rows in MLflow's scoring protocol."""
    rows = part.select(SCHEMA.id_column, *SCHEMA.names)
    return orjson.dumps({"dataframe_split": {"columns": rows.columns, "data": rows.rows()}})
