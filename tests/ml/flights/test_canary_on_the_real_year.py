"""What the canary's verdicts are worth on the example's own year: slow, so that the demo's claims rest on something.

Stretches of two bakes, one from each week, judged as the replay does; models of real training sets.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from ml import dataset, features, training
from ml.monitoring.canary import CanaryPolicy, Sample, judge
from ml.monitoring.paired import loss_difference
from ml.replay import planted

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
TRAINED = [datetime(2013, month, 1, tzinfo=UTC) for month in (4, 7, 10)]
"""Until when a champion's data goes; it serves for the quarter after."""
BAKE = timedelta(days=CanaryPolicy().bake_days)
ANSWERED = Sample(scores=np.linspace(0, 1, 100))


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    rows = features.build(dataset.arrivals(dataset.START, dataset.END))
    return rows.filter(pl.col("label").is_not_null())


@pytest.fixture(scope="module")
def stretches(frame: pl.DataFrame) -> list[pl.DataFrame]:
    """Two weeks of labelled rows with the prediction of the champion and of several challengers, from each week on."""
    return [stretch for until in TRAINED for stretch in quarter(frame, until)]


def quarter(frame: pl.DataFrame, until: datetime) -> Iterator[pl.DataFrame]:
    past, train = frame.filter(pl.col("event_time") < until), training.trainer(dataset.SCHEMA, seed=1)
    models = {
        "champion": train(past),
        "as good": training.trainer(dataset.SCHEMA, seed=2)(past),
        "of a month less": train(past.filter(pl.col("event_time") < until - timedelta(days=30))),
    }
    recent = past.filter(pl.col("event_time") >= until - timedelta(days=21))
    wrong = planted.turned_around(models["champion"](recent).astype(np.float64))
    models["inverted"] = train(recent.with_columns(pl.Series(dataset.LABEL, wrong)))
    for week in range(12):
        start = until + week * BAKE
        rows = frame.filter(pl.col("event_time").is_between(start, start + 2 * BAKE, closed="left"))
        yield rows.select(
            "event_time", "label", *(pl.Series(name, predict(rows), pl.Float64) for name, predict in models.items())
        )


def verdicts(stretches: list[pl.DataFrame], champion: str, challenger: str) -> Counter[str]:
    """The share of stretches by how they end, and after how many bakes."""
    ends: Counter[str] = Counter()
    for stretch in stretches:
        pair = stretch.select("event_time", "label", champion=champion, challenger=challenger)
        start = pair["event_time"].dt.truncate("1d").min()
        for bakes in (1, 2):
            known = pair.filter(pl.col("event_time") < start + bakes * BAKE)
            verdict = judge(ANSWERED, ANSWERED, labelled=known, elapsed_days=bakes * BAKE.days)
            if verdict.action != "wait":
                break
        sure = "for want of proof" if verdict.reasons[0].startswith("not shown") else f"in bake {bakes}"
        ends[f"{verdict.action} {sure}"] += 1
    return ends


@pytest.mark.parametrize(
    ("champion", "challenger"),
    [("champion", "as good"), ("as good", "champion"), ("of a month less", "champion")],
)
def test_a_model_as_good_or_better_is_promoted_after_one_bake_and_seldom_rolled_back(
    stretches: list[pl.DataFrame], champion: str, challenger: str
):
    ends = verdicts(stretches, champion, challenger)
    # Between 34 and 36 of 36 stretches, by what the settings' search took for each model.
    assert ends["promote in bake 1"] >= 0.9 * len(stretches)
    assert sum(count for end, count in ends.items() if end.startswith("roll_back")) <= 0.03 * len(stretches)


def test_the_planted_release_is_rolled_back_on_a_sure_loss_in_every_stretch(stretches: list[pl.DataFrame]):
    ends = verdicts(stretches, "champion", "inverted")
    assert ends["roll_back in bake 1"] >= 0.9 * len(stretches)
    assert ends["roll_back in bake 1"] + ends["roll_back in bake 2"] == len(stretches)


def test_a_week_hides_in_the_level_of_its_days_what_is_sure_about_their_means(stretches: list[pl.DataFrame]):
    sure = Counter[bool]()
    for stretch in stretches:
        pair = stretch.select("event_time", "label", champion="champion", challenger="inverted")
        week = pair.filter(pl.col("event_time") < pair["event_time"].dt.truncate("1d").min() + BAKE)
        for within_days in (False, True):
            loss = loss_difference(week, within_days=within_days)
            sure[within_days] += bool(loss and loss.deviations > CanaryPolicy().sigmas)
    assert sure[True] >= sure[False] + 0.08 * len(stretches)
