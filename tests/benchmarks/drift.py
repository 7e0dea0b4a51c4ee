"""Data drift of a large window against stored reference statistics: time, and memory by the reference's size."""

import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from ml.monitoring import drift
from ml.monitoring.window import EPOCH
from ml.schema import Feature, Schema
from tests.benchmarks.figures import Figure
from tests.benchmarks.process import peak

CATEGORIES = tuple(f"kind {number}" for number in range(12))
BATCH = 100_000
"""Rows that are made at once: what makes the window must not weigh more than the window."""


def schema(columns: int) -> Schema:
    """Nine numbers to each category."""
    kinds: list[dict[str, Any]] = [{"kind": "category", "categories": CATEGORIES}] + [{"kind": "number"}] * 9
    features = (Feature(name=f"column_{number}", **kinds[number % 10]) for number in range(columns))
    return Schema(name="benchmark", task="regression", features=tuple(features))


def rows(count: int, columns: int, *, weeks: int, seed: int) -> pl.DataFrame:
    """Random rows, one column in ten a category, one value in a hundred missing."""
    parts = [
        _batch(min(BATCH, count - start), columns, weeks=weeks, seed=seed + start) for start in range(0, count, BATCH)
    ]
    return pl.concat(parts, rechunk=True)


def measure(
    *, window: int = 1_000_000, columns: int = 20, small: int = 100_000, large: int = 10_000_000
) -> list[Figure]:
    """Each window is judged in a process of its own, which knows nothing of the reference but its statistics."""
    seen = {count: _judge(count, window, columns) for count in (small, large)}
    few, many = seen[small], seen[large]
    shape = f"a window of {window:,} rows x {columns} columns"
    return [
        Figure(
            what=f"drift of {shape}",
            measured=max(few["seconds"], many["seconds"]),
            unit=" s",
            goal=2,
            note=f"{many['cpu']:.2f} s of CPU; worst feature: {many['detail']}",
        ),
        Figure(
            what=f"its memory with a reference of {large:,} rows, against {small:,}",
            measured=many["peak"] / few["peak"],
            unit="x",
            goal=1.05,
            note=f"{many['peak']:.0f} MB against {few['peak']:.0f} MB, {many['window']:.0f} MB of them the window",
        ),
        Figure(
            what="what is kept of the reference, the same two",
            measured=many["bytes"] / few["bytes"],
            unit="x",
            goal=1.25,
            note=f"{many['bytes']:,} bytes against {few['bytes']:,}",
        ),
    ]


def _judge(reference: int, window: int, columns: int) -> dict[str, Any]:
    """Fits in one process, which is the heavy one, and judges in a fresh one."""
    fit = [sys.executable, "-m", __name__, "fit", str(reference), str(columns)]
    kept = subprocess.run(fit, capture_output=True, check=True).stdout
    judge = [sys.executable, "-m", __name__, "judge", str(window), str(columns)]
    return json.loads(subprocess.run(judge, input=kept, capture_output=True, check=True).stdout)


def _batch(count: int, columns: int, *, weeks: int, seed: int) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    data: dict[str, Any] = {}
    for feature in schema(columns).features:
        if feature.kind == "category":
            data[feature.name] = pl.Series(random.integers(0, len(CATEGORIES), count)).replace_strict(
                list(range(len(CATEGORIES))), CATEGORIES, return_dtype=pl.String
            )
        else:
            values = random.normal(size=count).astype(np.float32)
            data[feature.name] = pl.Series(values).scatter(np.flatnonzero(random.random(count) < 0.01), None)
    minutes = random.integers(0, weeks * 7 * 24 * 60, count)
    first = datetime(2024, 1, 1, tzinfo=UTC)
    assert (first - EPOCH) % timedelta(days=7) == timedelta(0)
    return pl.DataFrame(data).with_columns(
        (pl.lit(first) + pl.duration(minutes=pl.lit(pl.Series(minutes)))).alias("event_time")
    )


def main(what: str, count: int, columns: int) -> None:
    """One half of a measurement; statistics and results go through JSON, as in a bundle."""
    if what == "fit":
        sys.stdout.write(json.dumps(drift.fit(rows(count, columns, weeks=26, seed=1), schema(columns))))
        return
    text = sys.stdin.read()
    reference, data = json.loads(text), rows(count, columns, weeks=1, seed=2)
    before = peak()
    started, cpu = time.perf_counter(), time.process_time()
    result = drift.calculate(data, reference, schema(columns))
    seen = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu, "detail": result.detail}
    json.dump(seen | {"peak": peak(), "window": before, "bytes": len(text)}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
