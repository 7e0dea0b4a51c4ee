"""What the plan says beside its tables, where it applies and nowhere else."""

from datetime import date
from typing import Any

import pytest

from infra import notes
from infra.cost import ENDPOINT_CONFIG, Estimate, Line
from tests.infra.planned import settings_of
from tests.infra.ways import BUSY

RELEASE = {"url": f"s3://models/approved/{'a' * 64}/model.tar.gz", "sha256": "a" * 64}
MODES: dict[str, dict[str, Any]] = {
    mode: {"serving": {"mode": mode}} for mode in ("serverless", "real-time", "async", "lambda")
}


def said(about: str, today: date | None = None, /, **config: Any) -> list[str]:
    return [remark for remark in notes.of(settings_of(**config), today) if about in remark]


@pytest.mark.parametrize("mode", MODES)
def test_an_ab_test_is_spoken_of_where_there_can_be_one(mode: str):
    assert bool(said("a-b", **MODES[mode])) is (mode == "real-time")


def test_what_was_chosen_of_the_rollout_is_said_and_what_was_told_is_not():
    (chosen,) = said("not set: the rollout", **MODES["real-time"])
    assert chosen == (
        "rollout.strategy and rollout.percent are not set: the rollout is canary with 50 % at a time, "
        "chosen to fit 2 instances."
    )
    (chosen,) = said("not set: the rollout", **MODES["async"])
    assert chosen == "rollout.strategy is not set: the rollout is all-at-once, chosen to fit 1 instance."
    (chosen,) = said(
        "not set: the rollout", serving={"mode": "real-time", "instances": 10}, rollout={"strategy": "linear"}
    )
    assert chosen.startswith("rollout.percent and rollout.bakeMinutes are not set: the rollout is linear with 10 % at")
    assert "bakes of 4 minutes" in chosen
    assert not said("not set: the rollout", **MODES["real-time"], rollout={"strategy": "canary", "percent": 50})
    assert not said("not set: the rollout", **MODES["serverless"])


def test_the_instances_of_an_update_are_said_as_they_are():
    serving = {"mode": "real-time", "instances": 10}
    rolling = {"strategy": "rolling", "percent": 25, "bakeMinutes": 5}
    assert said("an update runs 3 instances more for a while", serving=serving, rollout=rolling)
    assert said("an update runs 1 instance more", serving=serving, rollout={**rolling, "percent": 10, "bakeMinutes": 4})
    assert said("an update runs twice the instances for a while", serving=serving)
    assert not said("an update runs", **MODES["lambda"])


@pytest.mark.parametrize(("strategy", "nothing"), [("shadow", "no request is copied"), ("a-b", "no request is shared")])
def test_a_strategy_of_two_variants_without_the_second_says_that_it_does_nothing(strategy: str, nothing: str):
    serving = {"mode": "real-time", "instances": 2}
    (remark,) = said("without a challenger", serving=serving, rollout={"strategy": strategy})
    assert nothing in remark
    assert not said("without a challenger", serving=serving, rollout={"strategy": strategy}, challenger=RELEASE)


def test_a_date_that_is_past_is_pointed_out():
    assert said("which is past", date(2027, 1, 2), expires="2027-01-01")
    assert not said("which is past", date(2027, 1, 1), expires="2027-01-01")
    assert not said("which is past", date(2027, 1, 1))


def test_off_hours_are_told_with_their_bounds_as_no_price_has_them():
    scaled = {key: BUSY[key] for key in ("serving", "scaling")}
    assert not said("offHours", **scaled)
    assert said("offHours", **BUSY) == [
        (
            "offHours from 20:00 to 07:30 (weekdays, Europe/Amsterdam): between 1 and 2 instances then, "
            "which the cost above does not count."
        )
    ]
    assert said("scaling between 4 and 20", **BUSY)[0].endswith("The cost above is that of 4 all month.")


def test_an_address_that_nobody_reads_is_pointed_out():
    assert said("which nobody reads", alertEmail="ml-team@example.com")
    assert not said("which nobody reads", alertEmail="ml-team@example.io")
    assert said("gets a mail to confirm", alertEmail="ml-team@example.io")


def of_budget(*dollars: float | None, budget: int = 100, type_: str = "a:b/c:D") -> list[str]:
    lines = [Line(type=type_, name="it", usd=usd, detail="") for usd in dollars]
    return notes.of_budget(settings_of(monthlyBudget=budget), Estimate(lines=lines, free=0, resources=len(lines)))


def test_an_idle_month_beyond_the_budget_is_pointed_out():
    assert of_budget(60, 40) == []
    assert of_budget(60, 41) == [
        "an idle month costs 101.00 $, and monthlyBudget is 100: the budget's mails would come every month."
    ]
    assert "costs 101.00 $ without what is not priced, and" in of_budget(101, None)[0]


def test_an_endpoint_that_is_not_in_the_total_is_pointed_out():
    assert of_budget(60, None) == []
    (remark,) = of_budget(60, None, type_=ENDPOINT_CONFIG)
    assert remark.startswith("the endpoint's instances have no price here (infra/prices.py), and are not in the total")
    assert of_budget(60, type_=ENDPOINT_CONFIG) == []
