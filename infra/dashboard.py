"""The dashboard's body: what to look at, from what callers notice down to training. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from infra import endpoint_alarms, metrics
from infra.metrics import Metric
from infra.rollout import CHALLENGER, CHAMPION
from infra.settings import Function, Settings
from ml import published

WIDTH = 24
"""Columns of a dashboard."""
MINUTE, HOUR, DAY = 60, 3600, 86_400


def body(
    settings: Settings, *, endpoint: str, namespace: str, stream: pulumi.Input[str] | None, alarm_arns: Sequence[Any]
) -> dict[str, Any]:
    """The widgets, row by row."""
    variants = [CHAMPION, *([CHALLENGER] if settings.challenger else [])]

    def of_variants(name: str, *statistics: str) -> dict[str, Metric]:
        return {
            _label(variant, variants, statistic): metrics.invoked(endpoint, variant, settings.serving, name, statistic)
            for variant in variants
            for statistic in statistics
        }

    def of_checks(name: str, statistic: str) -> dict[str, Metric]:
        return {check: metrics.of_monitor(endpoint, namespace, name, statistic, check) for check in published.CHECKS}

    def of_monitor(name: str, statistic: str) -> Metric:
        return metrics.of_monitor(endpoint, namespace, name, statistic)

    limit = metrics.latency(settings.serving, settings.monitor.latency_p99_ms)
    unit = "ms" if isinstance(settings.serving, Function) else "µs"
    concurrency = {variant: metrics.concurrency(endpoint, variant, settings.serving) for variant in variants}
    full = endpoint_alarms.full(settings.serving, settings.monitor)
    region = settings.region
    rows = [
        [_alarms(f"{endpoint}: an alarm's description names its runbook", alarm_arns)],
        [
            _graph("Requests a minute", region, of_variants("Invocations", "Sum"), MINUTE),
            _graph(
                "Errors a minute",
                region,
                {
                    **{f"5xx {label}": metric for label, metric in of_variants("Invocation5XXErrors", "Sum").items()},
                    **{f"4xx {label}": metric for label, metric in of_variants("Invocation4XXErrors", "Sum").items()},
                },
                MINUTE,
            ),
            _graph(f"Latency, {unit}", region, of_variants("ModelLatency", "p50", "p99"), MINUTE, {"limit": limit}),
            _graph("Concurrency", region, concurrency, MINUTE, {"full": full}),
        ],
        [
            _graph("Checks: what was measured", region, of_checks(published.VALUE, "Average"), DAY),
            _graph("Checks: 1 is a violation", region, of_checks(published.VIOLATION, "Maximum"), DAY),
        ],
        [
            _graph(
                "Requests and what was captured of them, an hour",
                region,
                of_variants("Invocations", "Sum") | ({"delivered": metrics.delivered(stream)} if stream else {}),
                HOUR,
            ),
            _graph(
                "Hours since the newest capture",
                region,
                {"age": of_monitor(published.CAPTURE_AGE_HOURS, "Maximum")},
                DAY,
            ),
            _graph(
                "Monitor",
                region,
                {
                    "runs": of_monitor(published.MONITOR_RUNS, "Sum"),
                    "predictions of the window": of_monitor(published.PREDICTIONS, "Maximum"),
                },
                DAY,
            ),
        ],
    ]
    if settings.batch:
        age, failed = published.BATCH_AGE_HOURS, published.BATCH_FAILED_DAYS
        rows.append(
            [
                _graph("Batch: rows scored", region, {"rows": of_monitor(published.BATCH_ROWS, "Sum")}, HOUR),
                _graph(
                    "Batch: hours since the newest scored day",
                    region,
                    {"age": of_monitor(age, "Minimum")},
                    HOUR,
                    {"too old": settings.batch.fresh_hours},
                ),
                _graph("Batch: days that failed", region, {"days": of_monitor(failed, "Maximum")}, HOUR),
            ]
        )
    return {"widgets": _placed(rows)}


def _label(variant: str, variants: Sequence[str], statistic: str) -> str:
    """What tells a line from the others of its graph."""
    told = ([variant] if len(variants) > 1 or statistic == "Sum" else []) + ([] if statistic == "Sum" else [statistic])
    return " ".join(told)


def _alarms(title: str, arns: Sequence[Any]) -> dict[str, Any]:
    return {"type": "alarm", "height": 3, "properties": {"title": title, "alarms": list(arns)}}


def _graph(
    title: str, region: str, lines: Mapping[str, Metric], period: int, limits: Mapping[str, float] | None = None
) -> dict[str, Any]:
    """A graph over time, a line a metric, with a horizontal line for each limit."""
    properties: dict[str, Any] = {
        "title": title,
        "region": region,
        "view": "timeSeries",
        "period": period,
        "metrics": [_line(label, metric) for label, metric in lines.items()],
    }
    if limits:
        properties["annotations"] = {
            "horizontal": [{"label": label, "value": value} for label, value in limits.items()]
        }
    return {"type": "metric", "height": 6, "properties": properties}


def _line(label: str, metric: Metric) -> list[Any]:
    """A metric in a dashboard's own form: namespace, name, dimensions flat, options."""
    dimensions = [part for pair in metric.dimensions.items() for part in pair]
    return [metric.namespace, metric.name, *dimensions, {"label": label, "stat": metric.statistic}]


def _placed(rows: Sequence[Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The widgets of each row side by side over the whole width."""
    placed, top = [], 0
    for row in rows:
        width = WIDTH // len(row)
        placed += [{**widget, "x": index * width, "y": top, "width": width} for index, widget in enumerate(row)]
        top += max(widget["height"] for widget in row)
    return placed
