"""How good a model is: measures, slices, calibration, and the gate that a challenger passes or does not."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.dataset import LABEL, SLICES
from ml.monitoring.performance import auc
from ml.schema import Schema, Task

GAP = 0.05
"""The largest gap between predicted and observed share that a slice may show."""
GAP_DEVIATIONS = 0.1
"""The same for a regression, in standard deviations of the label."""
SLICE_ROWS = 1_000
"""Smaller slices show larger gaps by chance alone."""
DAYS = 7
DRAWS = 2_000
CONFIDENCE = 0.9
BINS = 10
SHOWN = 3

Array = NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class GateResult:
    """Whether a challenger may be rolled out, and why or why not."""

    passed: bool
    reasons: list[str]
    measures: dict[str, float] = field(default_factory=dict)


def evaluate(prediction: Array, frame: pl.DataFrame, schema: Schema) -> dict[str, float]:
    """The measures of the labelled rows; without the ones that they do not define, as AUC where no label is 1.

    Binary: auc, brier, log_loss, base_rate, ece, calibration_gap. Regression: rmse, mae, r2, calibration_gap (the
    bias). The gap is the mean prediction less the mean label.
    """
    predicted, label = _labelled(prediction, frame)
    measures = {"rows": float(len(label))}
    if len(label):
        measures |= (_binary if schema.task == "binary" else _regression)(predicted, label)
    return {name: float(value) for name, value in measures.items() if math.isfinite(value)}


def by_slice(prediction: Array, frame: pl.DataFrame, schema: Schema, slices: tuple[str, ...] = SLICES) -> pl.DataFrame:
    """The measures of each value of each slice column, largest first: slice, value, rows and what `evaluate` gives."""
    parts = [pl.DataFrame(schema={"slice": pl.String, "value": pl.String, "rows": pl.Int64})]
    for column in slices:
        rows = []
        for value in frame[column].drop_nulls().unique().sort():
            inside = (frame[column] == value).fill_null(value=False)
            measures = evaluate(prediction[inside.to_numpy()], frame.filter(inside), schema)
            rows.append({"slice": column, "value": str(value), **measures, "rows": int(measures["rows"])})
        if rows:
            table = pl.DataFrame(rows, infer_schema_length=None)
            parts.append(table.filter(pl.col("rows") > 0).sort("rows", "value", descending=[True, False]))
    return pl.concat(parts, how="diagonal")


def calibration_curve(prediction: Array, frame: pl.DataFrame, bins: int = BINS) -> pl.DataFrame:
    """Mean prediction and mean label of the labelled rows in bins of equal size: bin, rows, predicted, observed."""
    predicted, label = _labelled(prediction, frame)
    parts = np.array_split(np.argsort(predicted, kind="stable"), bins)
    points = [
        {"bin": number, "rows": len(part), "predicted": predicted[part].mean(), "observed": label[part].mean()}
        for number, part in enumerate(parts)
        if len(part)
    ]
    columns = {"bin": pl.Int64, "rows": pl.Int64, "predicted": pl.Float64, "observed": pl.Float64}
    return pl.DataFrame(points, schema=columns)


def loss(prediction: Array, label: Array) -> Array:
    """The score that models are paired by, a row: the Brier score or the squared error. Smaller is better."""
    return (prediction.astype(np.float64) - label.astype(np.float64)) ** 2


def gate(
    challenger: Array, champion: Array, frame: pl.DataFrame, schema: Schema, *, slices: tuple[str, ...] = SLICES
) -> GateResult:
    """Whether the challenger is better than the champion on rows that neither was trained on, and harms no slice.

    Better: its loss is smaller, paired by day, with 90 % confidence (one-sided bootstrap over days with a fixed seed:
    the rows of a day are not independent). Harmless: overall, and in each slice of at least `SLICE_ROWS` rows, the
    calibration gap lies within the bound, or is no larger than the champion's on the same rows.
    """
    labelled = frame.with_columns(challenger=pl.Series(challenger), champion=pl.Series(champion)).filter(
        pl.col(LABEL).is_not_null()
    )
    days = labelled["event_time"].dt.date().n_unique() if labelled.height else 0
    if days < DAYS:
        return GateResult(passed=False, reasons=[f"{days} days with labels, at least {DAYS} are needed to compare"])
    measures = gain(labelled["challenger"].to_numpy(), labelled["champion"].to_numpy(), labelled)
    saved, low = measures["gain"], measures["gain_low"]
    score = "Brier score" if schema.task == "binary" else "mean squared error"
    better = (
        f"{score} {measures['challenger']:.4g} against the champion's {measures['champion']:.4g} over {days} days: "
        f"{percent(saved)} saved, at least {percent(low)} with {CONFIDENCE:.0%} confidence"
    )
    failures = [] if low > 0 else [f"not surely better: {better}"]
    bound = gap_bound(labelled[LABEL].to_numpy(), schema.task)
    failures += _harmed(labelled, slices, bound)
    measures |= {"days": float(days), "rows": float(labelled.height), "gap_bound": bound}
    return GateResult(passed=not failures, reasons=failures or [better], measures=measures)


def percent(share: float) -> str:
    """A share with one digit behind the point, or up to four where it takes them to see that it is not 0."""
    digits = next((digits for digits in range(1, 5) if round(100 * share, digits)), 1)
    return f"{share:.{digits}%}"


def gap_bound(label: Array, task: Task) -> float:
    """The largest calibration gap that the gate lets pass, in the label's unit."""
    return GAP if task == "binary" else GAP_DEVIATIONS * float(np.std(label))


def gain(
    challenger: Array, champion: Array, labelled: pl.DataFrame, *, confidence: float = CONFIDENCE
) -> dict[str, float]:
    """Both mean losses, the share of the champion's that is saved (gain), and its lower bound over resampled days.

    Args:
        labelled: the rows of the predictions, each with a label.
    """
    label = labelled[LABEL].to_numpy()
    losses = pl.DataFrame(
        {
            "day": labelled["event_time"].dt.date(),
            "challenger": loss(challenger, label),
            "champion": loss(champion, label),
        }
    )
    totals = losses.group_by("day").sum().sort("day")
    saved = (totals["champion"] - totals["challenger"]).to_numpy()
    before = totals["champion"].to_numpy()
    draws = np.random.default_rng(0).integers(len(saved), size=(DRAWS, len(saved)))
    gains = _share(saved[draws].sum(axis=1), before[draws].sum(axis=1))
    return {
        "challenger": float(totals["challenger"].sum() / labelled.height),
        "champion": float(before.sum() / labelled.height),
        "gain": float(_share(saved.sum(), before.sum())),
        "gain_low": float(np.quantile(gains, 1 - confidence)),
    }


def _share(saved: Any, champion: Any) -> Any:
    """The share saved; nothing can be saved of a loss of 0."""
    return np.where(champion > 0, saved / np.maximum(champion, np.finfo(float).tiny), 0.0)


def _harmed(labelled: pl.DataFrame, slices: tuple[str, ...], bound: float) -> list[str]:
    """Where the challenger's calibration gap is beyond the bound and larger than the champion's."""
    gaps = [(pl.col(model) - pl.col(LABEL)).mean().alias(f"{model}_gap") for model in ("challenger", "champion")]
    parts = [("overall", labelled.select(*gaps))]
    for column in slices:
        groups = labelled.group_by(column).agg(*gaps, pl.len().alias("rows")).filter(pl.col("rows") >= SLICE_ROWS)
        parts += [(f"{column} {row[column]}", pl.DataFrame([row])) for row in groups.sort(column).iter_rows(named=True)]
    harmed = []
    for name, part in parts:
        gap, champion = part["challenger_gap"].item(), part["champion_gap"].item()
        if abs(gap) > max(bound, abs(champion)):
            worse = f"beyond the bound {bound:.3g} and worse than the champion's {champion:+.3f}"
            harmed.append((abs(gap), f"{name}: predicted less observed is {gap:+.3f}, {worse}"))
    harmed.sort(reverse=True)
    reasons = [reason for _, reason in harmed[:SHOWN]]
    if (more := len(harmed) - SHOWN) > 0:
        slices_are = "slice is" if more == 1 else "slices are"
        reasons.append(f"{more} more {slices_are} beyond the bound and worse than the champion")
    return reasons


def _binary(predicted: Array, label: Array) -> dict[str, float]:
    clipped = np.clip(predicted, 1e-7, 1 - 1e-7)
    return {
        "auc": auc(predicted, label),
        "brier": np.mean((predicted - label) ** 2),
        "log_loss": -np.mean(label * np.log(clipped) + (1 - label) * np.log(1 - clipped)),
        "base_rate": label.mean(),
        "ece": _ece(predicted, label),
        "calibration_gap": predicted.mean() - label.mean(),
    }


def _regression(predicted: Array, label: Array) -> dict[str, float]:
    error = predicted - label
    spread = np.var(label)
    return {
        "rmse": math.sqrt(np.mean(error**2)),
        "mae": np.mean(np.abs(error)),
        "r2": 1 - np.mean(error**2) / spread if spread else math.nan,
        "calibration_gap": error.mean(),
    }


def _ece(predicted: Array, label: Array) -> float:
    """The expected calibration error over bins of equal width (Naeini et al., 2015)."""
    number = np.minimum((predicted * BINS).astype(int), BINS - 1)
    gaps = np.bincount(number, predicted - label, minlength=BINS)
    return float(np.abs(gaps).sum() / len(label))


def _labelled(prediction: Array, frame: pl.DataFrame) -> tuple[Array, Array]:
    """The predictions and labels of the rows that have a label, as float64."""
    known = frame[LABEL].is_not_null().to_numpy()
    label = frame.filter(pl.col(LABEL).is_not_null())[LABEL].to_numpy().astype(np.float64)
    return np.asarray(prediction)[known].astype(np.float64), label
