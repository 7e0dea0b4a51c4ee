"""Every check on one window: fitted on the training period, kept in the bundle, calculated by the monitor."""

from typing import Any

import polars as pl

from ml.monitoring import calibration, drift, latency, performance, prediction, window
from ml.monitoring.result import Result
from ml.schema import Schema

ACTED_ON = (performance.NAME, calibration.NAME)
"""The checks that need labels. The others are reported: on seasonal data they alarm when nothing is wrong."""


def fit(reference: pl.DataFrame, schema: Schema, *, days: int = window.DAYS) -> dict[str, Any]:
    """All that the monitor compares with: `reference.json` of the bundle.

    Args:
        reference: the training frame with a `prediction` column of models that had not seen the row (`crossfit`).
        days: the length of the blocks, equal to the monitor's windows.
    """
    return {
        "drift": drift.fit(reference, schema, days=days),
        "prediction": prediction.fit(reference, schema, days=days),
        "performance": performance.fit(reference, schema, days=days),
        "calibration": calibration.fit(reference, schema, days=days),
        "latency": latency.fit(reference, schema),
        "trained": {
            "rows": reference.height,
            "from": _iso(reference["event_time"].min()),
            "to": _iso(reference["event_time"].max()),
            "blocks": len(window.blocks(reference, days)),
            "days": days,
        },
    }


def calculate(data: pl.DataFrame, reference: dict[str, Any], schema: Schema) -> list[Result]:
    """One result a check. A model without reference statistics (the baseline) gets "not enough data", not "ok"."""
    return [
        drift.calculate(data, reference.get("drift") or {}, schema),
        prediction.calculate(data, reference.get("prediction") or {}, schema),
        performance.calculate(data, reference.get("performance") or {}, schema),
        calibration.calculate(data, reference.get("calibration") or {}, schema),
        latency.calculate(data, reference.get("latency") or {}, schema),
    ]


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment else None
