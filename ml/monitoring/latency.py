"""Latency: how long the model server took to answer. Reported."""

from typing import Any

import numpy as np
import polars as pl

from ml.monitoring import limits
from ml.monitoring.result import Result, judge, not_enough
from ml.schema import Schema

NAME = "latency"
LIMIT_MS = 250.0
"""Training says nothing of latency: this is the most that one request in a hundred may take."""


def fit(reference: pl.DataFrame, schema: Schema) -> dict[str, Any]:
    """The limit, kept with the model so that a report of an old window shows the limit of its time."""
    return {"limit_ms": LIMIT_MS}


def calculate(data: pl.DataFrame, reference: dict[str, Any], schema: Schema) -> Result:
    """The 99th percentile in milliseconds; `measures` holds the median too."""
    values = data["latency_ms"].drop_nulls().to_numpy() if "latency_ms" in data.columns else np.array([])
    values = values[np.isfinite(values)]
    if len(values) < limits.MIN_ROWS:
        return not_enough(NAME, f"{len(values)} requests, {limits.MIN_ROWS} are needed")
    median, tail = (float(np.quantile(values, share)) for share in (0.5, 0.99))
    detail = f"half of {len(values)} requests within {median:.3g} ms, 99 % within {tail:.3g} ms"
    return judge(NAME, tail, reference.get("limit_ms", LIMIT_MS), detail, {"p50_ms": median, "p99_ms": tail})
