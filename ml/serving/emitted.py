"""What one release does, as metrics in its log: CloudWatch's embedded metric format, a line an interval.

A container that reaches no network has its log, and CloudWatch Logs makes metrics of such lines in every log group
(docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
"""

import contextlib
import os
import time
from collections.abc import Callable, Sequence

import numpy as np
from orjson import OPT_APPEND_NEWLINE, dumps

from ml.serving.habits import Habits
from ml.serving.payload import Record

COUNTED = "/invocations"
BASELINE = "baseline"
"""What the release is called where the image's own model answers."""
INTERVAL_SECONDS = 60
MOST_VALUES = 100
"""The longest list of values that the format takes for one metric."""
MOST_ROWS = 500
"""Rows of an interval that are looked at: enough to tell, and looked at within some milliseconds."""
UNITS = {"Latency": "Milliseconds"}
ALONE = ("ServerErrors", "Latency")
"""Judged by themselves. The others are compared with those of the releases that answer beside this one."""


class Emitted:
    """Counts what a release answers, and writes it down where the interval is over.

    Each answer asks whether it is, those to health checks as well: a serverless container stands still between
    requests, so what waits for a clock may never be written. What was counted before a long pause goes out with the
    next answer.
    """

    def __init__(
        self,
        *,
        namespace: str,
        endpoint: str,
        release: str,
        descriptor: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._namespace, self._endpoint, self._release = namespace, endpoint, release
        self._descriptor, self._clock = descriptor, clock
        self._habits = Habits({})
        self._since = clock()
        self._clear()

    def use(self, habits: Habits) -> None:
        """Takes what the release was trained on."""
        self._habits = habits

    def answered(self, path: str, status: int) -> None:
        """Counts a request, just before its answer leaves."""
        if path == COUNTED:
            self._requests += 1
            self._refused += 400 <= status < 500
            self._failed += status >= 500
        # A clock that was put back ends an interval, too.
        if not 0 <= self._clock() - self._since < INTERVAL_SECONDS:
            self.write()

    def predicted(self, seconds: float, records: Sequence[Record], predictions: Sequence[float]) -> None:
        """Keeps what a request asked and got. The records must not be changed any more."""
        self._milliseconds.append(seconds * 1000)
        if (room := MOST_ROWS - len(self._records)) > 0:
            self._records += records[:room]
            self._predictions += predictions[:room]

    def write(self) -> None:
        """Writes down what was counted, if anything was. A line that cannot be written is lost: answers matter more."""
        if self._requests:
            with contextlib.suppress(OSError):
                os.write(self._descriptor, dumps(self._document(), option=OPT_APPEND_NEWLINE))
        self._since = self._clock()
        self._clear()

    def _clear(self) -> None:
        self._requests = self._refused = self._failed = 0
        self._milliseconds: list[float] = []
        self._records: list[Record] = []
        self._predictions: list[float] = []

    def _document(self) -> dict[str, object]:
        values: dict[str, object] = {
            "Requests": self._requests,
            "ClientErrors": self._refused,
            "ServerErrors": self._failed,
            **self._habits.compared(self._records, self._predictions),
        }
        if self._milliseconds:
            values["Latency"] = spread(self._milliseconds)
        alone = [name for name in values if name in ALONE]
        shared = [name for name in values if name not in ALONE]
        by_release, by_endpoint = ["EndpointName", "Release"], ["EndpointName"]
        return {
            "_aws": {
                "Timestamp": int(self._clock() * 1000),
                "CloudWatchMetrics": [
                    self._directive([by_release], alone),
                    self._directive([by_release, by_endpoint], shared),
                ],
            },
            "EndpointName": self._endpoint,
            "Release": self._release,
            **values,
        }

    def _directive(self, dimensions: list[list[str]], names: list[str]) -> dict[str, object]:
        metrics = [{"Name": name, "Unit": UNITS.get(name, "Count")} for name in names]
        return {"Namespace": self._namespace, "Dimensions": dimensions, "Metrics": metrics}


def spread(values: Sequence[float]) -> list[float]:
    """The values themselves, or as many as the format takes in their place, at equal steps through them."""
    if len(values) > MOST_VALUES:
        # The outermost ones are kept: a p99 of a hundred values is the second largest of them.
        values = np.quantile(values, np.linspace(0, 1, MOST_VALUES), method="nearest").tolist()
    return [round(value, 3) for value in values]
