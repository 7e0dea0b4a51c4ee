"""Thresholds taken from the training period: what a check read on each block (window's worth) of it.

The predictions of the training period must come from models that had not seen the block (`crossfit`): a model is
better on rows that it was trained on, and a threshold from those would alarm on every healthy window.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

MIN_ROWS = 100
"""Fewer rows than this say nothing, in a window or in a block."""
MIN_BLOCKS = 6


def fit(scores: ArrayLike, rows: ArrayLike, spread: float) -> dict[str, Any] | None:
    """The threshold of a check: its own maximum over the blocks of the training period.

    Args:
        scores: what the check read on each block, larger is worse.
        rows: the rows of each block.
        spread: the standard error of the score on one row; on n rows it is `spread` / sqrt(n).
    Returns null where there are fewer than `MIN_BLOCKS` blocks.
    """
    score, row = np.asarray(scores, dtype=float), np.asarray(rows, dtype=float)
    usable = np.isfinite(score)
    if usable.sum() < MIN_BLOCKS or not math.isfinite(spread):
        return None
    return {"largest": float(score[usable].max()), "rows": float(np.median(row[usable])), "spread": float(spread)}


def threshold(limit: dict[str, Any] | None, rows: int) -> float | None:
    """The threshold for a window of so many rows: one that is smaller than the blocks may stray further by chance."""
    if limit is None:
        return None
    return limit["largest"] + 2 * limit["spread"] * math.sqrt(max(0.0, 1 / rows - 1 / limit["rows"]))
