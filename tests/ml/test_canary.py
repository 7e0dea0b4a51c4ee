import math
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from ml.monitoring.canary import CanaryPolicy, Sample, judge, loss_difference
from ml.monitoring.chance import binomial_tail, ks_distance, ks_noise, one_sided, quantile_bound

ROWS, DAYS, SHARE = 6000, 7, 0.1
"""A week of the demo: about 600 rows for a challenger that gets a tenth."""
REPEATS = 100


def week(kind: str, seed: int, *, per_request: int = 1, rows: int = ROWS) -> tuple[Sample, Sample]:
    """Champion and challenger over a simulated week: risk differs by row, by hour and by day."""
    rng = np.random.default_rng(seed)
    day = np.repeat(np.arange(DAYS), rows // DAYS)
    hour = np.tile(np.repeat(np.arange(18), math.ceil(rows / DAYS / 18))[: rows // DAYS], DAYS)
    known = rng.normal(size=len(day)) + 0.06 * (hour - 9)
    moved = rng.normal(0, 0.6, DAYS)[day] + rng.normal(0, 0.3, DAYS * 18)[day * 18 + hour]
    label = (rng.random(len(day)) < 1 / (1 + np.exp(1.3 - 0.9 * known - moved))).astype(float)

    def model(noise: float = 0.25, bias: float = 0.0) -> np.ndarray:
        return 1 / (1 + np.exp(1.3 - bias - 0.75 * known - rng.normal(0, noise, len(day))))

    champion = model()
    challenger = {
        "as good": model,
        "better": lambda: model(noise=0.1),
        "higher scores": lambda: model(bias=0.3),
        # Each score is one that the champion gives too, but to the row at the other end.
        "inverted": lambda: np.sort(champion)[::-1][np.argsort(np.argsort(champion))],
        "constant": lambda: np.full(len(day), 0.24),
    }[kind]()
    asked = np.repeat(rng.random(math.ceil(len(day) / per_request)) < SHARE, per_request)[: len(day)]

    def sample(score: np.ndarray, answered: np.ndarray) -> Sample:
        return Sample(
            requests=int(answered.sum()),
            scores=score[answered],
            losses=(score[answered] - label[answered]) ** 2,
            days=day[answered],
            latencies_ms=rng.lognormal(0.5, 0.5, answered.sum()),
        )

    return sample(champion, ~asked), sample(challenger, asked)


def rates(kind: str, **options: int) -> dict[str, float]:
    actions = [judge(*week(kind, seed, **options)).action for seed in range(REPEATS)]
    return {action: actions.count(action) / REPEATS for action in ("promote", "roll_back", "wait")}


@pytest.mark.parametrize("kind", ["as good", "better", "higher scores"])
def test_a_good_challenger_is_promoted_and_rarely_rolled_back_by_chance(kind):
    measured = rates(kind)
    assert measured["roll_back"] <= 0.02
    assert measured["promote"] >= 0.9


def test_an_inverted_ranking_with_the_usual_scores_is_caught_by_its_labels():
    champion, challenger = week("inverted", 1)
    verdict = judge(champion, challenger)
    assert verdict.measures["score_distance"] < 0.1
    assert verdict.reasons[0].startswith("loss is +")
    assert rates("inverted")["roll_back"] >= 0.95
    assert rates("inverted")["promote"] == 0


def test_requests_of_many_rows_cost_power_but_no_false_alarms():
    assert rates("as good", per_request=40)["roll_back"] <= 0.02
    assert rates("inverted", per_request=40)["roll_back"] >= 0.8


def test_garbage_is_caught_by_its_scores_before_any_label():
    champion, challenger = week("constant", 1)
    verdict = judge(Sample(requests=600, scores=champion.scores), Sample(requests=60, scores=challenger.scores))
    assert verdict.action == "roll_back"
    assert "distributed unlike the champion's" in verdict.reasons[0]


def test_a_first_model_is_not_held_against_a_constant_baseline():
    champion, challenger = week("as good", 1)
    constant = np.full(len(np.asarray(champion.scores)), 0.24)
    assert judge(Sample(requests=600, scores=constant), Sample(requests=60, scores=challenger.scores)).action == "wait"


def test_regression_is_judged_by_the_same_rule():
    rng = np.random.default_rng(0)
    day = np.repeat(np.arange(7), 500)
    good, bad = rng.normal(0, 20, 3500) ** 2, rng.normal(0, 30, 3500) ** 2
    assert judge(Sample(losses=good, days=day), Sample(losses=bad[::5], days=day[::5])).action == "roll_back"
    assert judge(Sample(losses=good, days=day), Sample(losses=good[1::5], days=day[1::5])).action == "promote"


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
    champion, challenger = week("as good", 1)
    scores = np.array(challenger.scores)
    scores[3] = math.nan
    assert judge(champion, Sample(scores=scores)).reasons == ["1 scores are not finite"]
    losses = np.array(challenger.losses)
    losses[3] = math.nan
    verdict = judge(champion, Sample(losses=losses, days=challenger.days))
    assert (verdict.action, verdict.reasons) == ("roll_back", ["the challenger's loss is not finite"])


def test_it_waits_without_traffic_without_labels_and_before_the_bake_is_over():
    champion, challenger = week("as good", 1)
    assert judge(Sample(), Sample()).reasons == [
        "0 labels have come, expected at least 300",
        "0 of 7 days of the bake have passed",
    ]
    assert judge(champion, challenger, elapsed_days=6).reasons == ["6 of 7 days of the bake have passed"]
    assert judge(champion, challenger, CanaryPolicy(bake_days=14)).action == "wait"


def test_what_is_not_shown_to_be_good_in_twice_the_bake_goes_back():
    verdict = judge(Sample(), Sample(), elapsed_days=14)
    assert verdict.action == "roll_back"
    assert verdict.reasons[0] == "not shown to be good enough in twice the bake"


def test_labels_can_come_as_a_window_frame():
    champion, challenger = week("as good", 3)
    frames = []
    for release, sample in (("old", champion), ("new", challenger)):
        losses, days = np.asarray(sample.losses), np.asarray(sample.days)
        frames.append(
            pl.DataFrame(
                {
                    "release": release,
                    "event_time": [datetime(2013, 4, 1 + day, tzinfo=UTC) for day in days],
                    "prediction": np.sqrt(losses),
                    "label": pl.Series([0.0] * (len(losses) - 1) + [None], dtype=pl.Float64),
                }
            )
        )
    verdict = judge(Sample(release="old"), Sample(release="new"), labelled=pl.concat(frames))
    assert verdict.action == "promote"
    whole = judge(champion, challenger)
    assert verdict.measures["loss_difference"] == pytest.approx(whole.measures["loss_difference"], abs=1e-3)


def test_a_day_that_is_bad_for_all_is_not_held_against_the_challenger():
    day = np.repeat([0, 1], 1000)
    loss = np.where(day == 0, 0.1, 0.3) + np.random.default_rng(0).normal(0, 0.05, 2000)
    champion = Sample(losses=loss[::2], days=day[::2])
    mostly_second = np.r_[1:100:2, 1001:2000:2]
    difference = loss_difference(champion, Sample(losses=loss[mostly_second], days=day[mostly_second]))
    assert difference is not None
    assert abs(difference.mean) < 3 * difference.error < 0.02


def test_losses_need_a_day_each():
    with pytest.raises(ValueError, match="2 losses have 1 days"):
        judge(Sample(), Sample(losses=[1.0, 2.0], days=[1]))


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


def paired(challenger: np.ndarray, champion: np.ndarray, label: np.ndarray, *, days: int = 7) -> pl.DataFrame:
    """The challenger's labelled rows with what the champion would have answered to them, some on each day."""
    day = np.arange(len(label)) % days
    return pl.DataFrame(
        {"release": "b", "prediction": challenger, "champion_prediction": champion, "label": label}
    ).with_columns(event_time=pl.Series([datetime(2013, 4, 1 + number, tzinfo=UTC) for number in day.tolist()]))


def test_row_by_row_a_few_hundred_labels_of_a_quiet_month_show_an_inverted_model():
    random = np.random.default_rng(3)
    caught = 0
    for _ in range(50):
        scores = random.beta(2, 12, 600)
        label = (random.random(600) < scores).astype(float)
        inverted = np.sort(scores)[::-1][np.argsort(np.argsort(scores))]
        verdict = judge(Sample(release="a"), Sample(release="b"), labelled=paired(inverted, scores, label))
        caught += verdict.action == "roll_back"
    assert caught >= 48


def test_row_by_row_the_same_answers_are_promoted_and_no_label_means_wait():
    scores = np.random.default_rng(4).random(600)
    label = np.round(scores)
    same = judge(Sample(release="a"), Sample(release="b"), labelled=paired(scores, scores, label))
    assert same.action == "promote"
    nothing = paired(scores, scores, label).with_columns(label=pl.lit(None, dtype=pl.Float64))
    verdict = judge(Sample(release="a"), Sample(release="b"), labelled=nothing)
    assert verdict.action == "wait"
