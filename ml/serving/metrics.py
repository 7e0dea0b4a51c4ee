"""The server's own counters, kept as plain numbers on the one event loop and read by prometheus-client."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """Counts of one server process. A lock and a label look-up per request would cost as much as the model does."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        self.predictions = 0
        self.capture_lost = 0
        self.not_finite = 0
        self.seconds = 0.0
        self.buckets = [0] * (len(SECONDS) + 1)
        self.release = ""
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)

    def observe(self, seconds: float) -> None:
        self.seconds += seconds
        self.buckets[bisect_left(SECONDS, seconds)] += 1

    def exposition(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """The counters, as prometheus-client asks for them."""
        requests = CounterMetricFamily("mlops_requests", "Requests answered.", labels=["route", "status"])
        for (route, status), count in self.requests.items():
            requests.add_metric([route, str(status)], count)
        yield requests
        yield CounterMetricFamily("mlops_predictions", "Rows predicted.", value=self.predictions)
        yield CounterMetricFamily("mlops_capture_lost", "Rows whose capture was not written.", value=self.capture_lost)
        yield CounterMetricFamily("mlops_not_finite", "Requests without a finite answer.", value=self.not_finite)
        ready = GaugeMetricFamily("mlops_ready", "1 once a verified model is loaded.", labels=["release"])
        ready.add_metric([self.release], 1 if self.release else 0)
        yield ready
        total, buckets = 0, []
        for bound, count in zip([*map(str, SECONDS), "+Inf"], self.buckets, strict=True):
            total += count
            buckets.append((bound, total))
        yield HistogramMetricFamily(
            "mlops_prediction_seconds",
            "Time to answer a request once its body was there.",
            buckets=buckets,
            sum_value=self.seconds,
        )
