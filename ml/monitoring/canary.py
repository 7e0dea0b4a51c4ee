"""Whether a challenger that answers a share of the requests takes over, goes back, or needs more time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from ml.monitoring.chance import binomial_tail, ks_distance, ks_noise, one_sided, quantile_bound

Action = Literal["promote", "roll_back", "wait"]
PAIRED = "champion_prediction"


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What is known of one variant over the bake so far."""

    release: str = ""
    """As captured with its predictions."""
    requests: int = 0
    errors: int = 0
    latencies_ms: ArrayLike = ()
    scores: ArrayLike = ()
    """All predictions, labelled or not."""
    losses: ArrayLike = ()
    """Loss of each prediction whose label is known: squared error, of a probability (Brier) or of a value."""
    days: ArrayLike = ()
    """The day of each loss. Days are the blocks: what moves a whole day moves both variants."""

    def with_labels(self, frame: pl.DataFrame) -> "Sample":
        """The sample with the losses of its release's rows in a window frame."""
        rows = frame.filter(pl.col("release") == self.release, pl.col("label").is_not_null())
        losses = (rows["prediction"] - rows["label"]) ** 2
        return replace(self, losses=losses.to_numpy(), days=rows["event_time"].dt.date().to_numpy())


@dataclass(frozen=True, kw_only=True)
class CanaryPolicy:
    """How sure to be, and of what. The false alarms and the power of the defaults are measured in a test."""

    bake_days: float = 7
    sigmas: float = 3.0
    """Standard errors by which a difference must exceed chance; the judge looks many times in one bake."""
    error_slack: float = 0.002
    """Error rate above the champion's that is let pass."""
    latency_ratio: float = 2.0
    latency_floor_ms: float = 20.0
    """A p99 below ratio x floor is fast enough, whatever the champion's is."""
    latency_rows: int = 200
    score_distance: float = 0.5
    """Kolmogorov-Smirnov distance of the scores, beyond noise: training anew moves them too, in summer by up to .4."""
    score_rows: int = 100
    loss_rows: int = 300
    """Labels to compare averages on."""
    paired_rows: int = 50
    """Labels to compare row by row on."""
    loss_slack: float = 0.2
    """A challenger is promoted once its loss is surely no more than this fraction above the champion's."""


@dataclass(frozen=True)
class Verdict:
    """What to do, with its reasons in words and the numbers behind them."""

    action: Action
    reasons: list[str]
    measures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class LossDifference:
    """Challenger minus champion, compared within days, with its standard error."""

    mean: float
    error: float
    champion: float
    rows: int


def judge(
    champion: Sample,
    challenger: Sample,
    policy: CanaryPolicy = CanaryPolicy(),
    *,
    labelled: pl.DataFrame | None = None,
    elapsed_days: float | None = None,
) -> Verdict:
    """Judges a challenger. Errors, latency and scores can end its bake at once, losses when labels have come.

    Args:
        labelled: the rows of both releases since the challenger took traffic, where the samples hold no losses yet.
            With a column `champion_prediction`, what the champion would have answered, losses are compared row by row.
        elapsed_days: since the challenger took traffic; by default the number of days in its losses.

    It is promoted only on evidence: enough labels, after the whole bake, and a loss that is surely not much higher.
    Without that it waits, and after twice the bake it goes back.
    """
    if labelled is not None:
        champion, challenger = champion.with_labels(labelled), challenger.with_labels(labelled)
    elapsed = float(len(np.unique(np.asarray(challenger.days)))) if elapsed_days is None else elapsed_days
    measures: dict[str, float] = {"elapsed_days": elapsed}
    harm = [
        *_errors(champion, challenger, policy, measures),
        *_latency(champion, challenger, policy, measures),
        *_scores(champion, challenger, policy, measures),
    ]
    if labelled is not None and PAIRED in labelled.columns:
        loss = paired_difference(labelled.filter(pl.col("release") == challenger.release))
        least = policy.paired_rows
    else:
        loss, least = loss_difference(champion, challenger), policy.loss_rows
    doubt = _losses(loss, least, policy, measures, harm)
    if harm:
        return Verdict("roll_back", harm, measures)
    if elapsed < policy.bake_days:
        doubt.append(f"{elapsed:g} of {policy.bake_days:g} days of the bake have passed")
    if not doubt:
        return Verdict("promote", [_better(loss)], measures)
    if elapsed >= 2 * policy.bake_days:
        return Verdict("roll_back", ["not shown to be good enough in twice the bake", *doubt], measures)
    return Verdict("wait", doubt, measures)


def _errors(champion: Sample, challenger: Sample, policy: CanaryPolicy, measures: dict[str, float]) -> list[str]:
    if not challenger.requests:
        return []
    usual = (champion.errors + 0.5) / (champion.requests + 1) if champion.requests else 0.0
    rate = challenger.errors / challenger.requests
    measures["error_rate"] = rate
    chance = binomial_tail(challenger.errors, challenger.requests, min(1.0, usual + policy.error_slack))
    if chance >= one_sided(policy.sigmas):
        return []
    return [f"{challenger.errors} of {challenger.requests} requests failed; the champion's rate is {usual:.2%}"]


def _latency(champion: Sample, challenger: Sample, policy: CanaryPolicy, measures: dict[str, float]) -> list[str]:
    ours, theirs = _finite(challenger.latencies_ms), _finite(champion.latencies_ms)
    if min(len(ours), len(theirs)) < policy.latency_rows:
        return []
    measures["latency_p99_ms"] = float(np.quantile(ours, 0.99))
    # Of few requests the p99 is one of the slowest: compare what it is at least with what the champion's is at most.
    surely = quantile_bound(ours, 0.99, -policy.sigmas)
    bound = policy.latency_ratio * max(quantile_bound(theirs, 0.99, policy.sigmas), policy.latency_floor_ms)
    return [f"p99 latency is above {surely:.1f} ms, expected at most {bound:.1f} ms"] if surely > bound else []


def _scores(champion: Sample, challenger: Sample, policy: CanaryPolicy, measures: dict[str, float]) -> list[str]:
    sent = np.asarray(challenger.scores, dtype=float)
    if not np.isfinite(sent).all():
        return [f"{int((~np.isfinite(sent)).sum())} scores are not finite"]
    theirs = _finite(champion.scores)
    if min(len(sent), len(theirs)) < policy.score_rows:
        return []
    if np.ptp(theirs) == 0:
        return []  # The baseline answers a constant: every model is far from it.
    distance = ks_distance(sent, theirs)
    measures["score_distance"] = distance
    bound = policy.score_distance + ks_noise(len(sent), len(theirs), one_sided(policy.sigmas))
    if distance <= bound:
        return []
    return [f"the scores are distributed unlike the champion's: KS {distance:.2f}, expected at most {bound:.2f}"]


def _losses(
    loss: LossDifference | None, least: int, policy: CanaryPolicy, measures: dict[str, float], harm: list[str]
) -> list[str]:
    """Adds to `harm` when the loss is surely higher, and returns why it is not yet surely low enough."""
    if loss is None or loss.rows < least:
        return [f"{loss.rows if loss else 0} labels have come, expected at least {least}"]
    measures |= {"loss_difference": loss.mean, "loss_error": loss.error, "champion_loss": loss.champion}
    if not math.isfinite(loss.mean):
        harm.append("the challenger's loss is not finite")
    elif loss.mean > policy.sigmas * loss.error:
        harm.append(
            f"loss is {loss.mean:+.4f} against the champion's {loss.champion:.4f}, "
            f"{loss.mean / max(loss.error, 1e-12):.1f} standard errors, on {loss.rows} labels"
        )
    slack = policy.loss_slack * loss.champion
    if loss.mean + 1.645 * loss.error > slack:
        return [f"loss may be {loss.mean + 1.645 * loss.error:+.4f}, expected at most {slack:+.4f}"]
    return []


def _better(loss: LossDifference | None) -> str:
    if loss is None:
        raise AssertionError("promoted without labels")
    return f"loss {loss.mean:+.4f} (standard error {loss.error:.4f}) against {loss.champion:.4f} on {loss.rows} labels"


def loss_difference(champion: Sample, challenger: Sample) -> LossDifference | None:
    """The stratified difference of mean losses over the days that both variants saw; None when there is none.

    The standard error is the larger of two: of rows within days, and of days, where there are five or more.
    """
    ours, ours_days = _labelled(challenger)
    theirs, theirs_days = _labelled(champion)
    differences, variances, weights, levels = [], [], [], []
    for day in np.intersect1d(ours_days, theirs_days):
        a, b = ours[ours_days == day], theirs[theirs_days == day]
        if min(len(a), len(b)) < 2:
            continue
        differences.append(a.mean() - b.mean())
        variances.append(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
        weights.append(len(a))
        levels.append(b.mean())
    if not weights:
        return None
    share = np.array(weights) / sum(weights)
    mean = float(share @ np.array(differences))
    error = float(np.sqrt(share**2 @ np.array(variances)))
    if len(weights) >= 5:
        blocks = share**2 @ (np.array(differences) - mean) ** 2 * len(weights) / (len(weights) - 1)
        error = max(error, float(np.sqrt(blocks)))
    return LossDifference(mean, error, float(share @ np.array(levels)), sum(weights))


def paired_difference(rows: pl.DataFrame) -> LossDifference | None:
    """The mean difference of both models' losses on the challenger's own rows; None where none has a label.

    On the same rows what is hard to predict is hard for both, so far fewer rows tell the two apart. The standard error
    is the larger of two: of rows, and of days, where there are five or more.
    """
    known = rows.filter(pl.col("label").is_not_null())
    if known.height < 2:
        return None
    losses = known.select(
        pl.col("event_time").dt.date().alias("day"),
        ((pl.col("prediction") - pl.col("label")) ** 2 - (pl.col(PAIRED) - pl.col("label")) ** 2).alias("difference"),
        ((pl.col(PAIRED) - pl.col("label")) ** 2).alias("champion"),
    )
    difference = losses["difference"].to_numpy()
    mean = float(difference.mean())
    error = float(difference.std(ddof=1) / math.sqrt(len(difference)))
    days = losses.group_by("day").agg((pl.col("difference") - mean).sum().alias("excess"))["excess"].to_numpy()
    if len(days) >= 5:
        spread = math.sqrt(float((days**2).sum()) * len(days) / (len(days) - 1)) / len(difference)
        error = max(error, spread)
    return LossDifference(mean, error, float(losses["champion"].to_numpy().mean()), len(difference))


def _labelled(sample: Sample) -> tuple[NDArray[Any], NDArray[Any]]:
    losses, days = np.asarray(sample.losses, dtype=float), np.asarray(sample.days)
    if losses.shape != days.shape:
        raise ValueError(f"{losses.size} losses have {days.size} days, expected one each")
    return losses, days


def _finite(values: ArrayLike | Sequence[float]) -> NDArray[Any]:
    array = np.asarray(values, dtype=float)
    return array[np.isfinite(array)]
