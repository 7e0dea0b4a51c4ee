"""How rows and scores lie to what a release was trained on, in numbers that two releases can be compared by.

Asked whether a minute's rows are like the training period, the answer is no on every healthy day: it is night, or
winter. Asked whether they are as unlike for this release as for the one beside it, season and hour cancel out.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.serving.payload import Record

RARE = 0.05
"""A feature is usually there if fewer training rows than this lack it."""


class Habits:
    """The reference of a bundle as arrays. The baseline has none, and is compared with nobody."""

    def __init__(self, reference: Mapping[str, Any]) -> None:
        self._features = dict((reference.get("drift") or {}).get("features") or {})
        self._scores = (reference.get("prediction") or {}).get("prediction") or {}
        self._usual = {name for name, known in self._features.items() if _share_missing(known) < RARE}

    def compared(self, records: Sequence[Record], predictions: Sequence[float]) -> dict[str, float]:
        """Rows, and of how many a usual feature is missing, or any is outside of its training range; and where the
        scores lie among the training period's, 0 at its lowest to 1 at its highest, summed up."""
        if not records or not self._features or not self._scores.get("edges"):
            return {}
        missing, outside = np.zeros(len(records), dtype=bool), np.zeros(len(records), dtype=bool)
        for name, known in self._features.items():
            lacking, strange = _look([record.get(name) for record in records], known)
            outside |= strange
            if name in self._usual:
                missing |= lacking
        return {
            "Rows": len(records),
            "MissingRows": int(missing.sum()),
            "OutOfRangeRows": int(outside.sum()),
            "ScorePositions": round(float(_positions(self._scores, predictions).sum()), 4),
        }


def _look(values: list[Any], known: Mapping[str, Any]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which values are missing, and which are there and lie outside of what training held."""
    lacking = np.array([value is None for value in values])
    if "categories" in known:
        categories = set(known["categories"])
        return lacking, np.array([value is not None and value not in categories for value in values])
    numbers = np.array([np.nan if value is None else value for value in values], dtype=np.float32)
    edges = known["edges"]
    if not edges:
        return lacking, ~lacking
    # The first and the last bin lie outside: see ml.monitoring.psi.bins_of.
    with np.errstate(invalid="ignore"):
        return lacking, (numbers < np.float32(edges[0])) | (numbers >= np.float32(edges[-1]))


def _positions(known: Mapping[str, Any], scores: Sequence[float]) -> NDArray[np.float64]:
    counts = np.asarray(known["counts"][:-1], dtype=float)
    share = counts / max(1.0, counts.sum())
    middle = np.cumsum(share) - share / 2
    edges = np.asarray(known["edges"], dtype=np.float32)
    return middle[np.searchsorted(edges, np.asarray(scores, dtype=np.float32), side="right")]


def _share_missing(known: Mapping[str, Any]) -> float:
    return known["counts"][-1] / max(1, sum(known["counts"]))
