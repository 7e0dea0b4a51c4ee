import json
from datetime import UTC, datetime, timedelta

import pytest

from ml.monitoring.history import WindowRecord
from ml.monitoring.result import Result, judge, not_enough
from ml.monitoring.trigger import Decision, TriggerSettings, TriggerSettingsError, decide, persistent

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
SETTINGS = TriggerSettings(window_days=7, cooldown_days=21, schedule_days=90)


def window(week: int, *violated: str, release: str = "abc", judged: bool = True, refused: tuple[str, ...] = ()):
    names = ("data drift", "performance", "calibration")
    results: list[Result] = [
        judge(name, float(name in violated), 0.5, "") if judged else not_enough(name, "3 labels") for name in names
    ]
    return WindowRecord(
        start=MONDAY + timedelta(days=7 * week),
        end=MONDAY + timedelta(days=7 * week + 7),
        release=release,
        rows=1000,
        labelled=1000,
        results=results,
        refused_batches=refused,
    )


def windows(marks: str) -> list[WindowRecord]:
    """A week for each mark: c and p are violations of calibration and performance, d of data drift, . of none."""
    names = {"c": "calibration", "p": "performance", "d": "data drift"}
    return [window(week, *[names[mark]] if mark in names else []) for week, mark in enumerate(marks)]


def at(history: list[WindowRecord], *, trained_days_ago: int = 40, **how) -> Decision:
    now = history[-1].end + timedelta(days=1) if history else MONDAY
    return decide(history, SETTINGS, now, trained=now - timedelta(days=trained_days_ago), **how)


@pytest.mark.parametrize(
    ("marks", "train"),
    [
        ("cc", True),
        ("pc", True),
        ("c...c", True),
        ("c....c", False),
        ("cc.", False),
        ("....c", False),
        ("ccccc.", False),
        ("dd", False),
        ("ddddc", False),
        ("", False),
    ],
)
def test_two_label_based_violations_of_the_last_five_windows_with_the_latest_start_a_run(marks: str, train: bool):
    decision = at(windows(marks))

    assert decision.train is train
    assert decision.cause == ("violation" if train else None)


def test_the_reason_names_what_was_violated():
    assert at(windows("p..c")).reason == (
        "calibration and performance violated in 2 of the last 4 windows, the latest included"
    )


def test_windows_of_an_earlier_model_are_no_reason_to_replace_this_one():
    assert not at([window(0, "calibration", release="old"), window(1, "calibration")]).train


def test_windows_that_were_never_checked_do_not_bring_old_ones_into_the_last_five():
    assert not at([window(0, "calibration"), window(9, "calibration")]).train


def test_windows_count_in_the_order_of_their_time():
    assert not at(windows("cc.")[::-1]).train


def test_a_run_holds_the_next_one_back():
    decision = at(windows("cc"), running=True)

    assert not decision.train
    assert decision.cause == "violation"
    assert decision.held_back == "running"


@pytest.mark.parametrize(("days", "train"), [(20, False), (21, True)])
def test_the_cool_down_holds_a_run_back_until_its_last_day(days: int, train: bool):
    decision = at(windows("cc"), trained_days_ago=days)

    assert decision.train is train
    assert decision.held_back == (None if train else "cool-down")
    assert train or "cool-down until 2024-01-17" in decision.reason


def test_a_failed_run_starts_the_cool_down_but_does_not_count_for_the_schedule():
    now = MONDAY
    trained = now - timedelta(days=95)

    held = decide([], SETTINGS, now, trained=trained, started=now - timedelta(days=3))
    due = decide([], SETTINGS, now, trained=trained, started=now - timedelta(days=30))

    assert held.held_back == "cool-down"
    assert due.train
    assert due.cause == "schedule"


@pytest.mark.parametrize(("days", "train"), [(89, False), (90, True)])
def test_the_schedule_is_counted_from_the_last_training(days: int, train: bool):
    assert at(windows("..."), trained_days_ago=days).train is train


def test_the_first_model_is_trained_at_once():
    decision = decide([], SETTINGS, MONDAY, trained=None)

    assert decision.train
    assert decision.cause == "first model"


def test_a_first_run_that_failed_is_tried_again_after_the_cool_down():
    assert decide([], SETTINGS, MONDAY, trained=None, started=MONDAY - timedelta(days=1)).held_back == "cool-down"


def test_a_broken_contract_in_the_latest_window_starts_a_run_and_one_before_it_does_not():
    broken = at([window(0), window(1, refused=("orders/7",))])

    assert broken.train
    assert broken.cause == "contract"
    assert "orders/7" in broken.reason
    assert not at([window(0, refused=("orders/7",)), window(1)]).train


def test_a_window_that_could_not_be_judged_says_why_and_is_no_reason():
    decision = at([window(0, "calibration"), window(1, judged=False)])

    assert not decision.train
    assert decision.reason == "the latest window could not be judged: 3 labels"


def test_the_rule_needs_the_latest_window():
    assert persistent([True, True])
    assert not persistent([True, True, False])
    assert not persistent([True])
    assert not persistent([])


def test_settings_are_read_from_the_wiring():
    assert TriggerSettings.parse('{"window_days": 7, "cooldown_days": 21, "schedule_days": 90}') == SETTINGS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not JSON"),
        ("[1]", "is not a JSON object with window_days, cooldown_days, schedule_days"),
        ('{"window_days": 7, "cooldown_days": 21}', "schedule_days is None, expected a whole number of days"),
        (
            '{"window_days": 0, "cooldown_days": "a", "schedule_days": true}',
            "window_days is 0.*cooldown_days is 'a'.*True",
        ),
        (json.dumps({"window_days": 7, "cooldown_days": 1, "schedule_days": 9, "window": 3}), "window is unknown"),
        ('{"window_days": 7, "cooldown_days": 30, "schedule_days": 9}', r"schedule_days is 9, expected at least .*30"),
    ],
)
def test_bad_settings_name_every_problem_and_where_to_change_it(text: str, message: str):
    with pytest.raises(TriggerSettingsError, match=message) as error:
        TriggerSettings.parse(text)
    assert "Pulumi.<environment>.yaml" in str(error.value)
