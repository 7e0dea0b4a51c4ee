"""Champion and challenger compared row by row: what is hard to predict is hard for both."""

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from ml import bundle, training
from ml.bundle import Bundle


@dataclass(frozen=True)
class LossDifference:
    """Challenger minus champion, with the standard error and what it rests on."""

    mean: float
    error: float
    champion: float
    rows: int
    days: int

    @property
    def deviations(self) -> float:
        """The difference in standard errors."""
        return self.mean / max(self.error, 1e-12)


def answers(seen: pl.DataFrame, champion: Bundle, challenger: Bundle) -> pl.DataFrame:
    """Both models' answers to every row that either answered: event_time, label, champion, challenger, once a row.

    An answer that was given counts as it was captured. The other model's is known without asking it: the bundle gives
    it from the captured features. So all labels count, not only those of the few rows that a canary answers.

    Args:
        seen: the window frame of `ml.monitoring.job.observe`.
    """
    models = {"champion": champion, "challenger": challenger}
    both = seen.with_columns(
        pl.Series(name, model.predict(training.matrix(seen, model.schema)).astype(np.float64))
        for name, model in models.items()
    ).with_columns(
        pl.when(pl.col("release") == bundle.release(model.sha256)).then("prediction").otherwise(name).alias(name)
        for name, model in models.items()
    )
    # A shadow answers what the champion answers too: its own answer is the one to judge.
    own = pl.col("release") == bundle.release(challenger.sha256)
    once = both.sort(own, descending=True, maintain_order=True).unique("prediction_id", keep="first")
    return once.select("event_time", "label", *models).sort("event_time")


def loss_difference(rows: pl.DataFrame, *, within_days: bool = False) -> LossDifference | None:
    """The mean difference of squared errors (of a probability: Brier scores) on the labelled rows; None without any.

    The standard error is the larger of that of rows and that of days (clusters, Cameron and Miller 2015): what moves a
    whole day moves all its rows.

    Args:
        rows: event_time, label, champion and challenger, as `answers` gives them.
        within_days: about each day's mean error. A storm that nobody foresaw makes the level of any prediction look
            bad or good for a day; which rows of the day are the risky ones, it leaves to be judged.
    """
    known = rows.filter(pl.col("label").is_not_null()).select(
        pl.col("event_time").dt.date().alias("day"),
        *((pl.col(model) - pl.col("label")).alias(model) for model in ("champion", "challenger")),
    )
    if known.height < 2:
        return None
    if within_days:
        known = known.with_columns(pl.col(model) - pl.col(model).mean().over("day") for model in known.columns[1:])
    losses = known.select(
        "day", pl.col("champion") ** 2, difference=pl.col("challenger") ** 2 - pl.col("champion") ** 2
    )
    difference = losses["difference"].to_numpy()
    mean, count = float(difference.mean()), len(difference)
    days = losses.group_by("day").agg((pl.col("difference") - mean).sum())["difference"].to_numpy()
    by_row = float(difference.std(ddof=1)) / math.sqrt(count)
    by_day = math.sqrt(float((days**2).sum()) * len(days) / max(1, len(days) - 1)) / count
    return LossDifference(mean, max(by_row, by_day), float(losses["champion"].to_numpy().mean()), count, len(days))
