"""How far chance alone goes: the few statistics by which a canary is judged."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def ks_distance(a: NDArray[Any], b: NDArray[Any]) -> float:
    """The two-sample Kolmogorov-Smirnov statistic."""
    a, b = np.sort(a), np.sort(b)
    points = np.concatenate([a, b])
    ours, theirs = (np.searchsorted(side, points, side="right") / len(side) for side in (a, b))
    return float(np.abs(ours - theirs).max())


def ks_noise(n: int, m: int, chance: float) -> float:
    """The distance that two samples of one distribution exceed with the given chance (Smirnov's asymptotic bound)."""
    return math.sqrt(-math.log(chance / 2) / 2 * (n + m) / (n * m))


def quantile_bound(values: NDArray[Any], quantile: float, sigmas: float) -> float:
    """The order statistic that lies `sigmas` binomial standard errors beside a quantile's."""
    rank = len(values) * quantile + sigmas * math.sqrt(len(values) * quantile * (1 - quantile))
    return float(np.sort(values)[min(max(math.ceil(rank) - 1, 0), len(values) - 1)])


def binomial_tail(successes: int, trials: int, chance: float) -> float:
    """P(X >= successes) of a binomial."""
    if successes <= 0 or chance >= 1:
        return 1.0
    if chance <= 0:
        return 0.0
    log, rest = math.log(chance), math.log1p(-chance)
    return sum(
        math.exp(
            math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1) + k * log + (trials - k) * rest
        )
        for k in range(successes, trials + 1)
    )


def one_sided(sigmas: float) -> float:
    """The chance that a normal variable exceeds so many standard deviations."""
    return math.erfc(sigmas / math.sqrt(2)) / 2
