"""Whether a challenger that answers a share of the requests takes over, goes back, or needs more time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from ml.monitoring.chance import binomial_tail, ks_distance, ks_noise, one_sided, quantile_bound
from ml.monitoring.paired import LossDifference, loss_difference

Action = Literal["promote", "roll_back", "wait"]
ONE_SIDED_95 = 1.645
"""Standard errors above the mean that a normal variable stays below in 95 % of cases: a one-sided bound.

Source: https://www.itl.nist.gov/div898/handbook/eda/section3/eda3671.htm
"""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What is known of one variant over the bake so far."""

    requests: int = 0
    errors: int = 0
    latencies_ms: ArrayLike = ()
    scores: ArrayLike = ()
    """All that it predicted, labelled or not."""


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
    answered: int = 50
    """Rows that a challenger must have answered itself, and labels that must have come, before it is promoted."""
    days: int = 5
    """Days that those labels must be of: the rows of one day are alike, so it is days that count."""
    harm: float = 0.01
    """A challenger is rolled back once its loss is surely more than this fraction above the champion's."""
    slack: float = 0.2
    """A challenger is promoted once its loss is surely no more than this fraction above the champion's."""


@dataclass(frozen=True)
class Verdict:
    """What to do, with its reasons in words and the numbers behind them."""

    action: Action
    reasons: list[str]
    measures: dict[str, float] = field(default_factory=dict)


def judge(
    champion: Sample,
    challenger: Sample,
    policy: CanaryPolicy = CanaryPolicy(),
    *,
    labelled: pl.DataFrame | None = None,
    elapsed_days: float = 0,
) -> Verdict:
    """Judges a challenger. Errors, latency and scores can end its bake at once, losses when labels have come.

    Args:
        labelled: the rows since the challenger took traffic with both models' answers, as `paired.answers` gives them.
        elapsed_days: since the challenger took traffic.

    It is promoted only on evidence: enough answers and labels, after the whole bake, and a loss that is surely not
    much higher. Without that it waits, and after twice the bake it goes back.
    """
    measures: dict[str, float] = {"elapsed_days": elapsed_days}
    harm = [
        *_errors(champion, challenger, policy, measures),
        *_latency(champion, challenger, policy, measures),
        *_scores(champion, challenger, policy, measures),
    ]
    loss = None if labelled is None else loss_difference(labelled)
    doubt = _doubt(loss, policy)
    if (answered := len(np.asarray(challenger.scores))) < policy.answered:
        doubt.append(f"it has answered {answered} rows, expected at least {policy.answered}")
    if elapsed_days < policy.bake_days:
        doubt.append(f"{elapsed_days:g} of {policy.bake_days:g} days of the bake have passed")
    if loss is not None and labelled is not None:
        measures |= {"loss_difference": loss.mean, "loss_error": loss.error, "champion_loss": loss.champion}
        harm += _harm(loss, labelled, policy)
    if harm:
        return Verdict("roll_back", harm, measures)
    if loss is not None and not doubt:
        let_pass = f"; up to {policy.slack * loss.champion:.4f} higher is let pass" if loss.mean > 0 else ""
        return Verdict("promote", [_words(loss) + let_pass], measures)
    if elapsed_days >= 2 * max(policy.bake_days, policy.days):
        return Verdict("roll_back", ["not shown to be good enough in twice the bake", *doubt], measures)
    return Verdict("wait", doubt, measures)


def surely_worse(labelled: pl.DataFrame, policy: CanaryPolicy = CanaryPolicy()) -> list[str]:
    """Why the challenger's loss is surely higher than the champion's; nothing where it is not, or not surely yet.

    Args:
        labelled: the rows with both models' answers, as `paired.answers` gives them.
    """
    loss = loss_difference(labelled)
    return [] if loss is None else _harm(loss, labelled, policy)


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


def _harm(loss: LossDifference, labelled: pl.DataFrame, policy: CanaryPolicy) -> list[str]:
    """How the loss is surely higher: as it is, or on the whole and surely so about the means of the days."""
    if not math.isfinite(loss.mean):
        return ["the challenger's loss is not finite"]
    if loss.days < policy.days:
        return []
    if _surely_higher(loss, policy):
        return [_words(loss)]
    within = loss_difference(labelled, within_days=True)
    if within is not None and loss.mean > 0 and _surely_higher(within, policy):
        return [f"{_words(loss)}; about the means of the days it is {_compared(within)}"]
    return []


def _surely_higher(loss: LossDifference, policy: CanaryPolicy) -> bool:
    return loss.mean - policy.sigmas * loss.error > policy.harm * loss.champion


def _doubt(loss: LossDifference | None, policy: CanaryPolicy) -> list[str]:
    """Why the loss is not yet surely low enough."""
    rows, days = (loss.rows, loss.days) if loss else (0, 0)
    if loss is None or rows < policy.answered or days < policy.days:
        return [f"{rows} labels of {days} days have come, expected at least {policy.answered} of {policy.days} days"]
    most, bound = loss.mean + ONE_SIDED_95 * loss.error, policy.slack * loss.champion
    # So that a loss that is not a number is in doubt too.
    if most <= bound:
        return []
    return [f"loss may be {most:.4f} higher than the champion's {loss.champion:.4f}, expected at most {bound:.4f}"]


def _words(loss: LossDifference) -> str:
    return f"loss is {_compared(loss)}, on {loss.rows:,} labels of {loss.days} days"


def _compared(loss: LossDifference) -> str:
    """How far the challenger's loss is from the champion's, and how sure that is."""
    way = "higher" if loss.mean > 0 else "lower"
    errors = f"{abs(loss.deviations):.1f} standard errors"
    return f"{abs(loss.mean):.4f} {way} than the champion's {loss.champion:.4f} ({errors})"


def _finite(values: ArrayLike | Sequence[float]) -> NDArray[Any]:
    array = np.asarray(values, dtype=float)
    return array[np.isfinite(array)]
