"""The population stability index (PSI) between two sets of bin counts, and the binning of columns."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.schema import Feature

BINS = 10


def bins_of(feature: Feature, values: pl.Series) -> dict[str, Any]:
    """The bins of a column: edges at its deciles, or its categories; in both cases further bins follow.

    A number has `edges` e1 < e2 < ...: bin i holds e(i) <= value < e(i+1), the last bin holds missing values. A value
    that fills a decile alone gets a bin of its own. What lies outside the range gets one on each side: a hot week fills
    the top decile, a temperature in Kelvin leaves the range. A category has a bin for each of its values, one for
    unseen ones, one for missing ones.
    """
    if feature.kind == "category":
        return {"categories": list(feature.categories)}
    finite = _numbers(values)
    finite = finite[np.isfinite(finite)]
    if not len(finite):
        return {"edges": []}
    deciles = np.quantile(finite, np.arange(1, BINS) / BINS, method="inverted_cdf")
    edges, times = np.unique(deciles, return_counts=True)
    alone = np.nextafter(edges[times > 1], np.float32(np.inf))
    range_ = [finite.min(), np.nextafter(finite.max(), np.float32(np.inf))]
    return {"edges": [float(edge) for edge in np.unique(np.concatenate([edges, alone, range_]))]}


def width(bins: dict[str, Any]) -> int:
    """The number of bins."""
    return len(bins["edges"]) + 2 if "edges" in bins else len(bins["categories"]) + 2


def codes(bins: dict[str, Any], values: pl.Series) -> NDArray[np.int64]:
    """The bin of each value."""
    if "categories" in bins:
        known = len(bins["categories"])
        code = {category: number for number, category in enumerate(bins["categories"])}
        text = values.cast(pl.String, strict=False)
        return text.replace_strict(code, default=known, return_dtype=pl.Int64).set(text.is_null(), known + 1).to_numpy()
    numbers = _numbers(values)
    edges = np.asarray(bins["edges"], dtype=np.float32)
    return np.where(np.isnan(numbers), len(edges) + 1, np.searchsorted(edges, numbers, side="right"))


def psi(reference: NDArray[Any], window: NDArray[Any]) -> Any:
    """The sum over bins of (p - q) ln(p / q), along the last axis.

    No share is zero: half a row is added to each bin of the reference, and as many rows to the window in the shares of
    the reference, so that a bin which neither fills adds nothing.
    """
    before = np.asarray(reference, dtype=float) + 0.5
    p = before / before.sum(axis=-1, keepdims=True)
    now, added = np.asarray(window, dtype=float), 0.5 * p.shape[-1]
    q = (now + added * p) / (now.sum(axis=-1, keepdims=True) + added)
    return ((p - q) * np.log(p / q)).sum(axis=-1)


def chance(bins: int, rows: float) -> float:
    """What PSI reaches by chance alone: rows x PSI follows chi-square of bins - 1, here its mean and two deviations."""
    return ((bins - 1) + 2 * (2 * (bins - 1)) ** 0.5) / rows


def _numbers(values: pl.Series) -> NDArray[np.float32]:
    """The values as the model sees them: float32, missing as NaN."""
    return values.cast(pl.Float32, strict=False).fill_null(float("nan")).to_numpy()
