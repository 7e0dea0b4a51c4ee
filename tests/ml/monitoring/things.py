"""A made-up data set: weeks of a healthy model's predictions and labels."""

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import polars as pl

from ml.schema import Feature, Task

START = datetime(2024, 1, 1, tzinfo=UTC)
FEATURES = (
    Feature(name="size"),
    Feature(name="rain"),
    Feature(name="kind", kind="category", categories=("a", "b", "c")),
)

Frames = Callable[..., pl.DataFrame]


def frame(weeks: int, *, task: Task = "binary", rows: int = 500, seed: int = 0, shift: float = 0.0) -> pl.DataFrame:
    """Weeks of a healthy model's predictions and labels; `shift` moves the labels away from the predictions."""
    random = np.random.default_rng(seed)
    count = weeks * rows
    size = random.normal(size=count)
    chance = 1 / (1 + np.exp(-size))
    noise = random.normal(scale=0.5, size=count)
    binary = task == "binary"
    label = (random.random(count) < np.clip(chance + shift, 0, 1)).astype(float) if binary else size + noise + shift
    minutes = np.sort(random.uniform(0, weeks * 7 * 24 * 60, size=count))
    return pl.DataFrame(
        {
            "prediction_id": np.char.add(f"{seed}-", np.arange(count).astype(str)),
            "event_time": np.datetime64(START.replace(tzinfo=None), "us") + (minutes * 60e6).astype("timedelta64[us]"),
            "prediction": chance if binary else size,
            "label": label,
            "latency_ms": random.gamma(4, 1, size=count),
            "size": size,
            "rain": np.where(random.random(count) < 0.9, 0.0, random.random(count)),
            "kind": random.choice(["a", "b", "c"], size=count, p=[0.6, 0.3, 0.1]),
        }
    ).with_columns(pl.col("event_time").dt.replace_time_zone("UTC"))
