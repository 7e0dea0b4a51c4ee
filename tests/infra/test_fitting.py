"""A rollout that the settings leave open is one that the endpoint can give; one that they name is judged."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra import fitting, rollout_limits
from infra.parsing import SettingsError
from infra.quotas import real_share
from infra.rollout import bakes
from infra.settings import Rollout
from infra.source import ROOT
from tests.infra.planned import settings_of

PAGE = (ROOT / "docs" / "serving.md").read_text()
SCALING = {"maxInstances": 20, "metric": "invocations", "target": 900}


def rollout(instances: int, mode: str = "real-time", /, *, of: dict[str, Any] | None = None, **more: Any) -> Rollout:
    serving = {"mode": mode, "instances": instances, **more.pop("serving", {})}
    return settings_of(serving=serving, **({"rollout": of} if of else {}), **more).rollout


@pytest.mark.parametrize("mode", ["real-time", "async"])
@pytest.mark.parametrize(
    ("instances", "strategy", "percent"),
    [
        (1, "all-at-once", None),
        (2, "canary", 50),
        (3, "canary", 33),
        (4, "canary", 25),
        # 17 % of six instances are two of them.
        (6, "canary", 16),
        (7, "canary", 10),
        (20, "canary", 10),
    ],
)
def test_without_a_word_it_is_a_canary_of_a_tenth_or_of_the_fewest_instances(mode, instances, strategy, percent):
    found = rollout(instances, mode)
    assert (found.strategy, found.percent, found.bake_minutes) == (strategy, percent, 10)


@pytest.mark.parametrize("mode", ["real-time", "async"])
def test_a_mode_alone_is_enough(mode):
    assert settings_of(serving={"mode": mode}).serving.mode == mode


def test_a_mode_without_instances_keeps_its_tenth():
    for serving in ({"mode": "serverless"}, {"mode": "lambda"}):
        found = settings_of(serving=serving).rollout
        assert (found.strategy, found.share) == ("canary", 10)


@pytest.mark.parametrize(
    ("of", "percent", "minutes"),
    [
        ({"strategy": "linear"}, 10, 4),
        ({"strategy": "linear", "percent": 50}, 50, 10),
        ({"strategy": "rolling"}, 10, 4),
        # Whose bakes are told takes larger steps.
        ({"strategy": "linear", "bakeMinutes": 10}, 40, 10),
        ({"strategy": "rolling", "bakeMinutes": 15}, 40, 15),
    ],
)
def test_steps_and_bakes_that_are_left_open_take_no_longer_than_an_update_may(of, percent, minutes):
    found = rollout(10, of=of)
    assert (found.percent, found.bake_minutes) == (percent, minutes)
    assert bakes(found) * found.bake_minutes <= fitting.BAKE_LIMIT_MINUTES


def test_where_no_share_fits_all_that_scaling_allows_nobody_gets_a_canary_unasked():
    assert rollout(2, scaling=SCALING).strategy == "all-at-once"
    assert rollout(4, scaling=SCALING).percent == 25
    with pytest.raises(SettingsError, match=r"no share is at most 50 % of any number of instances .* from 2 to 20"):
        rollout(2, of={"strategy": "canary"}, scaling=SCALING)


def test_instances_whose_traffic_sagemaker_shifts_at_once_get_no_canary():
    assert rollout(10, serving={"instance": "ml.inf1.xlarge"}).strategy == "all-at-once"


def test_what_was_told_is_still_known():
    assert rollout(4, of={"bakeMinutes": 5}).model_fields_set == {"bake_minutes"}


@settings(deadline=None)
@given(
    instances=st.integers(1, 100),
    mode=st.sampled_from(["real-time", "async"]),
    strategy=st.none() | st.sampled_from(["all-at-once", "canary", "linear", "blue-green", "rolling"]),
)
def test_what_is_left_open_fits_any_number_of_instances(instances, mode, strategy):
    of = {"strategy": strategy} if strategy else {}
    if instances == 1 and strategy in fitting.SHARES:
        with pytest.raises(SettingsError, match="1 instance has no share to give"):
            rollout(1, mode, of=of)
        return
    found = rollout(instances, mode, of=of)
    assert strategy in (None, found.strategy)
    if found.percent is not None:
        assert real_share(found.percent, instances) <= 50


@settings(deadline=None)
@given(instances=st.integers(2, 100), percent=st.integers(1, 50))
def test_each_share_that_a_refusal_names_is_taken(instances, percent):
    try:
        rollout(instances, of={"percent": percent})
    except SettingsError as refused:
        words = str(refused).partition("; expected ")[2].partition(", or serving.instances")[0]
        named = [int(word) for word in words.replace(",", " ").split() if word.isdecimal()]
        assert named
        for share in named:
            assert rollout(instances, of={"percent": share}).percent == share


def test_the_page_has_the_defaults_of_each_mode():
    table = PAGE.partition("What the settings leave open")[2].partition("\n\n")[2].partition("\n\n")[0]
    header, _, *rows = [[cell.strip(" `") for cell in line.split("|")[1:-1]] for line in table.splitlines()]
    defaults: dict[str, list[str]] = {}
    for number, mode in enumerate(header[1:]):
        serving = settings_of(serving={"mode": mode}).serving
        for name, value in serving.model_dump(by_alias=True, exclude={"mode"}).items():
            defaults.setdefault(f"serving.{name}", [""] * 4)[number] = str(value)
    told = {name: cells for name, *cells in rows}
    assert {name: cells for name, cells in told.items() if name in defaults} == defaults
    assert sorted(set(told) - set(defaults)) == ["rollout.bakeMinutes", "rollout.percent", "rollout.strategy"]


def test_the_page_has_the_shares_of_each_number_of_instances():
    told = re.findall(r"of (\d+) % (?:on|from) (\d+)", PAGE.partition("On instances, the rollout")[2].partition(".")[0])
    assert [int(instances) for _, instances in told] == [2, 3, 4, 5, 6, 7]
    assert [rollout(int(instances)).percent for _, instances in told] == [int(percent) for percent, _ in told]


def test_the_rules_find_nothing_wrong_with_what_was_chosen():
    chosen = settings_of(serving={"mode": "real-time", "instances": 3}, rollout={"strategy": "linear"})
    assert list(rollout_limits.broken(chosen)) == []
