"""The caller's side: a period's rows sent to the endpoint in the order of their event times."""

import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import boto3
import numpy as np
import orjson
import polars as pl
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ml.dataset import SCHEMA

CALLERS = 2
LARGEST_REQUEST = 25
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


class Request(NamedTuple):
    """One request: the hour that its rows belong to, how many there are, and the bytes that are sent."""

    hour: datetime
    rows: int
    body: bytes


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

    def _send(self, request: Request) -> None:
        started = time.perf_counter()
        try:
            answer = self.runtime.invoke_endpoint(
                EndpointName=self.endpoint_name,
                ContentType="application/json",
                CustomAttributes=f"event_time={request.hour.isoformat()}",
                Body=request.body,
            )
            answered = len(orjson.loads(answer["Body"].read())["predictions"]) == request.rows
        except (ClientError, BotoCoreError):
            answered = False
        self.traffic.add(request.rows, time.perf_counter() - started, answered=answered)


def requests(frame: pl.DataFrame) -> Iterator[Request]:
    """The frame an hour of event time at a time, at most LARGEST_REQUEST rows each, in MLflow's scoring protocol."""
    ordered = frame.sort("event_time")
    columns = [SCHEMA.id_column, *SCHEMA.names]
    hours = ordered["event_time"].dt.truncate("1h").to_list()
    # Taken out of the frame at once: a slice of a frame costs more than the request that it becomes.
    rows = iter(ordered.select(columns).rows())
    for hour, same in itertools.groupby(hours):
        left = sum(1 for _ in same)
        while left:
            data = list(itertools.islice(rows, min(left, LARGEST_REQUEST)))
            yield Request(hour, len(data), orjson.dumps({"dataframe_split": {"columns": columns, "data": data}}))
            left -= len(data)
