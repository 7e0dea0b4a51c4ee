"""Labels as they come to what two releases answered."""

from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl


def labelled(window: Any, worse_by: float, of_days: int) -> pl.DataFrame:
    """Answers of two releases, and the labels that came to them."""
    random, count = np.random.default_rng(0), 2000
    label = (random.random(count) < 0.3).astype(float)
    days = [window.start + timedelta(days=int(day)) for day in random.integers(0, of_days, count)]
    champion = np.clip(0.3 + 0.4 * (label - 0.3) + random.normal(0, 0.1, count), 0, 1)
    challenger = np.clip(champion + worse_by * (0.5 - label) * 2, 0, 1)
    return pl.DataFrame(
        {"event_time": days, "label": label, "champion": champion, "challenger": challenger},
        schema_overrides={"event_time": pl.Datetime("us", "UTC")},
    )
