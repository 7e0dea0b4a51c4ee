import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from ml.monitoring.canary import CanaryPolicy, Sample, Verdict, judge
from ml.monitoring.chance import binomial_tail, ks_distance, ks_noise, one_sided, quantile_bound
from ml.monitoring.paired import loss_difference

ROWS_A_DAY, SHARE, BAKE = 850, 0.1, 7
"""A day of the demo's rows, of which a challenger answers a tenth."""
REPEATS = 25
START = datetime(2013, 4, 1, tzinfo=UTC)


def bake(kind: str, seed: int, days: int = BAKE, *, base: float = -1.3) -> tuple[Sample, Sample, pl.DataFrame]:
    """Champion, challenger and both answers over simulated days: risk differs by row, by hour and by day.

    Each day has a shock that no model foresees. `base` is the log-odds of the label.
    """
    rng = np.random.default_rng(seed)
    day = np.repeat(np.arange(days), ROWS_A_DAY)
    hour = np.tile(np.arange(ROWS_A_DAY) * 18 // ROWS_A_DAY, days)
    known = rng.normal(size=len(day)) + 0.06 * (hour - 9)
    moved = rng.normal(0, 0.6, days)[day] + rng.normal(0, 0.3, days * 18)[day * 18 + hour]
    label = (rng.random(len(day)) < 1 / (1 + np.exp(-base - 0.9 * known - moved))).astype(float)

    def model(noise: float = 0.25, bias: float = 0.0) -> np.ndarray:
        return 1 / (1 + np.exp(-base - bias - 0.75 * known - rng.normal(0, noise, len(day))))

    champion = model()
    challenger = {
        "as good": model,
        "better": lambda: model(noise=0.1),
        "worse": lambda: model(noise=0.8),
        # Each score is one that the champion gives too, but to the row at the other end.
        "inverted": lambda: np.sort(champion)[::-1][np.argsort(np.argsort(champion))],
        "constant": lambda: np.full(len(day), 0.24),
    }[kind]()
    asked = rng.random(len(day)) < SHARE

    def sample(score: np.ndarray, answered: np.ndarray) -> Sample:
        latencies = rng.lognormal(0.5, 0.5, answered.sum())
        return Sample(requests=int(answered.sum()), scores=score[answered], latencies_ms=latencies)

    return sample(champion, ~asked), sample(challenger, asked), rows(champion, challenger, label, day)


def rows(champion: Any, challenger: Any, label: Any, day: Any) -> pl.DataFrame:
    """Both models' answers, as the judge takes them."""
    times = [START + timedelta(days=number) for number in np.asarray(day).tolist()]
    columns = {"champion": np.asarray(champion), "challenger": np.asarray(challenger), "label": np.asarray(label)}
    return pl.DataFrame({"event_time": times, **columns})


def after(days: int, kind: str, seed: int, **options: float) -> Verdict:
    champion, challenger, labelled = bake(kind, seed, days, **options)
    return judge(champion, challenger, labelled=labelled, elapsed_days=days)


def rates(kind: str, days: int = BAKE, **options: float) -> dict[str, float]:
    actions = [after(days, kind, seed, **options).action for seed in range(REPEATS)]
    return {action: actions.count(action) / REPEATS for action in ("promote", "roll_back", "wait")}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["as good", "better"])
def test_a_good_challenger_is_promoted_after_one_bake_and_rarely_rolled_back_by_chance(kind: str):
    measured = rates(kind)
    assert measured["roll_back"] == 0
    assert measured["promote"] >= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("base", [-1.3, -2.2])
def test_an_inverted_ranking_with_the_usual_scores_is_caught_by_its_labels_also_where_they_are_rare(base: float):
    verdict = after(BAKE, "inverted", 1, base=base)
    assert verdict.measures["score_distance"] < 0.1
    assert re.match(r"loss is 0\.\d{4} higher than the champion's 0\.\d{4} \(", verdict.reasons[0])
    measured = rates("inverted", base=base)
    assert measured["roll_back"] >= 0.9
    assert measured["promote"] == 0


@pytest.mark.slow
def test_a_model_that_is_somewhat_worse_is_rolled_back_not_promoted_for_lying_within_the_slack():
    measured = rates("worse")
    assert measured["roll_back"] >= 0.8


def test_a_loss_is_told_by_how_far_it_is_from_the_champion_s_and_never_with_a_sign():
    for kind, action, way in (("better", "promote", "lower"), ("inverted", "roll_back", "higher")):
        verdict = after(BAKE, kind, 1)
        measures = verdict.measures
        sure = abs(measures["loss_difference"]) / measures["loss_error"]
        assert verdict.action == action
        assert verdict.reasons[0].startswith(
            f"loss is {abs(measures['loss_difference']):.4f} {way} than the champion's {measures['champion_loss']:.4f} "
            f"({sure:.1f} standard errors), on 5,950 labels of 7 days"
        )


def test_a_promotion_with_a_higher_loss_says_how_much_is_let_pass():
    champion, challenger, labelled = bake("as good", 1)
    higher = labelled.with_columns(pl.col("challenger") * 0.9)
    verdict = judge(champion, challenger, labelled=higher, elapsed_days=BAKE)
    assert verdict.action == "promote"
    assert verdict.measures["loss_difference"] > 0
    assert verdict.reasons[0].endswith(
        f"of 7 days; up to {0.2 * verdict.measures['champion_loss']:.4f} higher is let pass"
    )
    assert "let pass" not in after(BAKE, "better", 1).reasons[0]


def test_a_loss_that_is_not_surely_low_enough_is_told_with_the_most_that_it_may_be():
    champion, challenger, labelled = bake("worse", 2, days=5)
    labelled = labelled.filter(pl.int_range(pl.len()) % 40 == 0)
    reasons = judge(champion, challenger, labelled=labelled, elapsed_days=BAKE).reasons
    found = re.fullmatch(
        r"loss may be (0\.\d{4}) higher than the champion's (0\.\d{4}), expected at most (0\.\d{4})", reasons[0]
    )
    assert found
    assert len(reasons) == 1
    most, loss, bound = map(float, found.groups())
    assert most > bound == pytest.approx(0.2 * loss, abs=1e-4)


def test_garbage_is_caught_by_its_scores_before_any_label():
    champion, challenger, _ = bake("constant", 1)
    verdict = judge(Sample(requests=600, scores=champion.scores), Sample(requests=60, scores=challenger.scores))
    assert verdict.action == "roll_back"
    assert "distributed unlike the champion's" in verdict.reasons[0]


def test_a_first_model_is_not_held_against_a_constant_baseline():
    champion, challenger, _ = bake("as good", 1)
    constant = np.full(len(np.asarray(champion.scores)), 0.24)
    assert judge(Sample(requests=600, scores=constant), Sample(requests=60, scores=challenger.scores)).action == "wait"


def test_regression_is_judged_by_the_same_rule():
    rng = np.random.default_rng(0)
    day = np.repeat(np.arange(7), 500)
    value = rng.normal(100, 30, 3500)
    near, far = (value + rng.normal(0, spread, 3500) for spread in (20, 24))
    answered = Sample(scores=near[::5])
    assert judge(answered, answered, labelled=rows(near, far, value, day), elapsed_days=7).action == "roll_back"
    assert judge(answered, answered, labelled=rows(far, near, value, day), elapsed_days=7).action == "promote"


def test_errors_end_it_at_once():
    healthy = Sample(requests=900, errors=1)
    assert judge(healthy, Sample(requests=3, errors=3)).action == "roll_back"
    assert judge(healthy, Sample(requests=100, errors=8)).reasons == [
        "8 of 100 requests failed; the champion's rate is 0.17%"
    ]
    assert judge(healthy, Sample(requests=100, errors=1)).action == "wait"


def test_errors_that_the_champion_has_too_are_not_held_against_it():
    assert judge(Sample(requests=900, errors=72), Sample(requests=100, errors=8)).action == "wait"


def test_slow_answers_end_it_at_once_but_fast_enough_is_fast_enough():
    rng = np.random.default_rng(0)
    usual = rng.lognormal(3, 0.3, 5400)
    assert judge(Sample(latencies_ms=usual), Sample(latencies_ms=usual[:600] * 4)).action == "roll_back"
    assert judge(Sample(latencies_ms=usual / 20), Sample(latencies_ms=usual[:600] / 5)).action == "wait"
    assert judge(Sample(latencies_ms=usual), Sample(latencies_ms=usual[:100] * 9)).action == "wait"
    hiccup = np.where(np.arange(600) < 8, 900, usual[:600])
    assert judge(Sample(latencies_ms=usual), Sample(latencies_ms=hiccup)).action == "wait"


def test_scores_and_losses_that_are_not_finite_are_no_success():
    champion, challenger, labelled = bake("as good", 1)
    scores = np.array(challenger.scores)
    scores[3] = math.nan
    assert judge(champion, Sample(scores=scores)).reasons == ["1 scores are not finite"]
    third = pl.int_range(pl.len()) == 3
    broken = labelled.with_columns(challenger=pl.when(third).then(math.nan).otherwise("challenger"))
    verdict = judge(champion, challenger, labelled=broken, elapsed_days=BAKE)
    assert (verdict.action, verdict.reasons) == ("roll_back", ["the challenger's loss is not finite"])


def test_it_waits_without_traffic_without_labels_and_before_the_bake_is_over():
    champion, challenger, labelled = bake("as good", 1)
    assert judge(Sample(), Sample()).reasons == [
        "0 labels of 0 days have come, expected at least 50 of 5 days",
        "it has answered 0 rows, expected at least 50",
        "0 of 7 days of the bake have passed",
    ]
    unlabelled = labelled.with_columns(label=pl.lit(None, dtype=pl.Float64))
    assert judge(champion, challenger, labelled=unlabelled, elapsed_days=7).action == "wait"
    assert judge(champion, challenger, labelled=labelled, elapsed_days=6).reasons == [
        "6 of 7 days of the bake have passed"
    ]
    assert judge(champion, challenger, CanaryPolicy(bake_days=14), labelled=labelled, elapsed_days=7).action == "wait"


def test_labels_of_few_days_say_nothing_however_many_they_are():
    champion, challenger, labelled = bake("inverted", 1, days=4)
    verdict = judge(champion, challenger, CanaryPolicy(bake_days=1), labelled=labelled, elapsed_days=4)
    assert verdict.action == "wait"
    assert verdict.reasons == [f"{labelled.height} labels of 4 days have come, expected at least 50 of 5 days"]


def test_a_challenger_that_nobody_asked_is_not_promoted():
    champion, _, labelled = bake("better", 1)
    verdict = judge(champion, Sample(), labelled=labelled, elapsed_days=BAKE)
    assert (verdict.action, verdict.reasons) == ("wait", ["it has answered 0 rows, expected at least 50"])


def test_what_is_not_shown_to_be_good_in_twice_the_bake_goes_back():
    verdict = judge(Sample(), Sample(), elapsed_days=14)
    assert verdict.action == "roll_back"
    assert verdict.reasons[0] == "not shown to be good enough in twice the bake"


def test_a_shock_of_one_day_does_not_make_a_level_that_is_a_little_higher_a_worse_ranking():
    day = np.repeat(np.arange(7), 400)
    rng = np.random.default_rng(0)
    risk = rng.uniform(0.1, 0.4, 2800)
    label = (rng.random(2800) < np.where(day == 3, 0.05, risk)).astype(float)
    labelled = rows(risk, risk + 0.05, label, day)
    within = loss_difference(labelled, within_days=True)
    assert within is not None
    assert within.mean == pytest.approx(0, abs=1e-12)
    answered = Sample(scores=risk[:100])
    assert judge(answered, answered, labelled=labelled, elapsed_days=7).action == "promote"


def test_the_statistics_are_the_textbooks():
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=300), rng.normal(0.1, 1, 200)
    assert ks_distance(a, b) == pytest.approx(stats.ks_2samp(a, b).statistic)
    noise = ks_noise(300, 200, 0.01)
    assert stats.kstwobign.sf(noise * math.sqrt(300 * 200 / 500)) == pytest.approx(0.01, rel=0.02)
    assert binomial_tail(7, 300, 0.01) == pytest.approx(stats.binom.sf(6, 300, 0.01))
    assert one_sided(3) == pytest.approx(stats.norm.sf(3))
    beyond = [quantile_bound(rng.normal(size=600), 0.99, 3) > stats.norm.ppf(0.99) for _ in range(300)]
    assert np.mean(beyond) > 0.98
