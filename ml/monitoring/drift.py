"""Data drift: the PSI of each feature against the training period. Reported, never acted on.

On real seasonal data the usual rule (any PSI over 0.2) alarms in every week, so each feature is measured against what
the weeks of the training period themselves showed.
"""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.monitoring import limits, psi, window
from ml.monitoring.result import Result, judge, not_enough
from ml.schema import Feature, Schema

NAME = "data drift"
FLOOR = 0.02
"""A PSI below this is no drift, however still the feature was in training."""


def fit(reference: pl.DataFrame, schema: Schema, *, days: int = window.DAYS) -> dict[str, Any]:
    """Bin counts of each feature, its largest PSI over the blocks, and how far beyond it any of them went.

    What is kept does not grow with the reference. `limit` is null with fewer than `limits.MIN_BLOCKS` blocks.
    """
    blocks = window.blocks(reference, days)
    features, readings = {}, []
    for feature in schema.features:
        features[feature.name], reading = column(feature, _column(reference, feature), blocks)
        readings.append(reading)
    return {
        "features": features,
        "block_rows": float(np.median([len(block) for block in blocks])) if blocks else 0.0,
        "limit": _limit(np.array(readings)) if len(blocks) >= limits.MIN_BLOCKS and readings else None,
    }


def calculate(data: pl.DataFrame, reference: dict[str, Any], schema: Schema) -> Result:
    """The worst feature's PSI as a multiple of its own largest in training; `measures` holds the PSI of each."""
    if not reference:
        return not_enough(NAME, "the model has no reference statistics")
    rows = _filled(data, schema)
    if rows < limits.MIN_ROWS:
        return not_enough(NAME, f"{rows} rows hold features, {limits.MIN_ROWS} are needed")
    measures: dict[str, float | None] = {}
    ratios: dict[str, float] = {}
    for feature in schema.features:
        known = reference["features"].get(feature.name)
        value = reading(known, _column(data, feature)) if known else None
        measures[feature.name] = value
        if known and value is not None:
            ratios[feature.name] = value / ceiling(known, reference["block_rows"], data.height)
    if not ratios or reference["limit"] is None:
        why = "no feature varies" if not ratios else f"the training period has fewer than {limits.MIN_BLOCKS} blocks"
        return not_enough(NAME, why, measures)
    worst = max(ratios, key=lambda name: ratios[name])
    detail = f"{worst}: PSI {measures[worst]:.3f}, {ratios[worst]:.1f} times the largest of the training period"
    return judge(NAME, ratios[worst], reference["limit"], detail, measures)


def column(
    feature: Feature, values: pl.Series, blocks: list[NDArray[np.int64]]
) -> tuple[dict[str, Any], NDArray[np.float64]]:
    """What is kept of a column, and the PSI of each block against all the others."""
    bins = psi.bins_of(feature, values)
    code, width = psi.codes(bins, values), psi.width(bins)
    counts = np.array([np.bincount(code[block], minlength=width) for block in blocks]).reshape(-1, width)
    total = np.bincount(code, minlength=width)
    readings = psi.psi(total - counts, counts) if len(blocks) > 1 else np.zeros(len(blocks))
    return bins | {"counts": total.tolist(), "largest": float(readings.max(initial=0.0))}, readings


def reading(known: dict[str, Any], values: pl.Series) -> float | None:
    """The PSI of a column; null where training held no value, or both hold the same one and nothing else."""
    counts = np.bincount(psi.codes(known, values), minlength=psi.width(known))
    before = np.array(known["counts"])
    missing_only = before[:-1].sum() == 0
    if missing_only or ((counts > 0) | (before > 0)).sum() < 2:
        return None
    return float(psi.psi(before, counts))


def ceiling(known: dict[str, Any], block_rows: float, rows: int) -> float:
    """The PSI that a column reached in training, and what a window smaller than the blocks adds by chance."""
    chance = psi.chance(psi.width(known), 1) * max(0.0, 1 / rows - 1 / block_rows)
    return max(FLOOR, known["largest"]) + chance


def _limit(readings: NDArray[np.float64]) -> float:
    """The largest multiple of a feature's own largest PSI (over the other blocks) that any block reached."""
    worst = 1.0
    for block in range(readings.shape[1]):
        others = np.delete(readings, block, axis=1).max(axis=1)
        worst = max(worst, float((readings[:, block] / np.maximum(others, FLOOR)).max()))
    return worst


def _filled(data: pl.DataFrame, schema: Schema) -> int:
    """The rows that hold any feature at all."""
    known = [pl.col(name).is_not_null() for name in schema.names if name in data.columns]
    return int(data.select(pl.any_horizontal(known).sum()).item()) if known else 0


def _column(data: pl.DataFrame, feature: Feature) -> pl.Series:
    if feature.name in data.columns:
        return data[feature.name]
    return pl.Series(feature.name, [None] * data.height, dtype=pl.Float32)
