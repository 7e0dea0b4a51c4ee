from collections import Counter
from itertools import islice, pairwise

import pytest

from ml.serving.choice import SmoothChoice
from ml.serving.policy import PolicyError, RolloutPolicy


@pytest.mark.parametrize("percent", [1, 10, 33, 50, 100])
def test_shares_are_exact_in_every_hundred_requests(percent):
    choice = SmoothChoice({"champion": 100 - percent, "challenger": percent})
    chosen = [choice.next() for _ in range(300)]
    for start in (0, 7, 150):
        assert Counter(islice(chosen, start, start + 100))["challenger"] == percent


def test_the_challenger_is_asked_evenly_not_in_bursts():
    choice = SmoothChoice({"champion": 90, "challenger": 10})
    at = [index for index in range(100) if choice.next() == "challenger"]
    assert {after - before for before, after in pairwise(at)} == {10}


def test_a_session_keeps_its_variant_and_only_moves_to_the_challenger_as_its_share_grows():
    keys = [f"session {number}".encode() for number in range(2000)]
    shares = {}
    before: set[bytes] = set()
    for percent in (10, 30, 60):
        choice = SmoothChoice({"champion": 100 - percent, "challenger": percent})
        now = {key for key in keys if choice.sticky(key) == "challenger"}
        assert now == {key for key in keys if choice.sticky(key) == "challenger"}
        assert before <= now
        shares[percent], before = len(now) / len(keys), now
    assert shares == pytest.approx({10: 0.1, 30: 0.3, 60: 0.6}, abs=0.03)


@pytest.mark.parametrize(
    ("text", "percent", "shadow", "sticky"),
    [
        ('{"strategy": "canary", "percent": [10]}', (10,), False, False),
        ('{"strategy": "canary", "percent": 5}', (5,), False, False),
        ('{"strategy": "linear", "percent": [10, 50]}', (10, 50), False, False),
        ('{"strategy": "all-at-once", "percent": []}', (100,), False, False),
        ('{"strategy": "blue-green"}', (100,), False, False),
        ('{"strategy": "shadow", "percent": [10]}', (0,), True, False),
        ('{"strategy": "a-b", "percent": [40], "bake_days": 14}', (40,), False, True),
    ],
)
def test_the_stacks_policy_is_followed(text, percent, shadow, sticky):
    policy = RolloutPolicy.from_json(text)
    assert (policy.percent, policy.shadow, policy.sticky) == (percent, shadow, sticky)
    assert policy.share == percent[0]


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ({"strategy": "canary", "percent": [10]}, ["answers 10 % of the requests"]),
        ({"strategy": "canary", "percent": [10], "sticky": True}, ["answers 10 % of the callers"]),
        (
            {"strategy": "linear", "percent": [25, 50]},
            ["answers 25 % of the requests, step 1 of 2", "answers 50 % of the requests, step 2 of 2"],
        ),
        ({"strategy": "all-at-once", "percent": []}, ["answers all requests from now on"]),
        ({"strategy": "blue-green", "percent": []}, ["answers all requests; the one before stands by"]),
        ({"strategy": "shadow", "percent": []}, ["gets a copy of every request and answers none"]),
        ({"strategy": "a-b", "percent": [40]}, ["answers 40 % of the callers"]),
        ({"strategy": "a-b", "percent": [40], "sticky": False}, ["answers 40 % of the requests"]),
    ],
)
def test_what_is_told_of_a_rollout_is_what_its_policy_does(policy, words):
    parsed = RolloutPolicy.from_dict(policy)
    assert [parsed.words(step) for step in range(len(parsed.percent))] == words


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "expected an object"),
        ('{"strategy": "big-bang"}', "strategy is 'big-bang', expected one of canary"),
        ('{"percent": [101]}', "expected whole numbers from 0 to 100"),
        ('{"percent": [true]}', "expected whole numbers"),
        ('{"share": 10}', "share is not a key"),
    ],
)
def test_a_policy_that_cannot_be_followed_names_the_key(text, message):
    with pytest.raises(PolicyError, match=message):
        RolloutPolicy.from_json(text)
