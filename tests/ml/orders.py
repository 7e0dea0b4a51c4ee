"""A made-up data set for tests that hold for any: orders, with numbers, a category, missing values and dated labels."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from ml.schema import Feature, Schema, Task

KINDS = ("book", "chair", "lamp")
START = datetime(2020, 3, 2, tzinfo=UTC)


def schema(task: Task = "binary") -> Schema:
    return Schema(
        name="orders",
        task=task,
        features=(
            Feature(name="amount", nullable=False),
            Feature(name="kind", kind="category", categories=KINDS),
            Feature(name="age"),
        ),
    )


def orders(rows: int, *, task: Task = "binary", seed: int = 0, days: int = 28) -> pl.DataFrame:
    """Labelled rows over `days`: large amounts, chairs and unknown ages raise the label; a tenth have no label yet."""
    random = np.random.default_rng(seed)
    amount = random.gamma(2.0, 20.0, rows)
    kind = random.choice([*KINDS, "carpet"], rows)
    age = np.where(random.random(rows) < 0.3, np.nan, random.uniform(0, 10, rows))
    signal = amount / 40 + (kind == "chair") + np.isnan(age) - age.clip(0, 5) / 5 * ~np.isnan(age)
    signal = np.nan_to_num(signal, nan=0.0) + amount / 40 * np.isnan(age)
    chance = 1 / (1 + np.exp(1.5 - signal))
    label = (
        (random.random(rows) < chance).astype(float) if task == "binary" else 100 * signal + random.normal(0, 5, rows)
    )
    event_time = [START + timedelta(days=days) * float(share) for share in np.sort(random.random(rows))]
    return pl.DataFrame(
        {
            "prediction_id": [f"order-{row}" for row in range(rows)],
            "event_time": pl.Series(event_time, dtype=pl.Datetime("us", "UTC")),
            "label": label,
            "amount": amount,
            "kind": kind,
            "age": pl.Series(age).fill_nan(None),
        }
    ).with_columns(pl.when(pl.int_range(pl.len()) % 10 != 0).then("label").alias("label"))
