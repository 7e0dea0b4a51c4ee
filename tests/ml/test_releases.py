"""Which release to go back to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ml import releases
from ml.releases import ReleasesError, Running

START = datetime(2026, 1, 1, tzinfo=UTC)


def seen(*shas: str) -> list[Running]:
    """Releases that ran one after the other, a week each."""
    known: list[Running] = []
    for week, sha256 in enumerate(shas):
        running = Running(config=f"{sha256}-{week}", sha256=sha256, since=START + timedelta(weeks=week))
        known = releases.noted(known, running)
    return known


def test_what_runs_is_noted_once_with_the_time_of_its_rollout():
    known = seen("a", "b")
    assert releases.noted(known, Running(config="b-1", sha256="b", since=START + timedelta(days=99))) == known
    assert [(each.config, each.since) for each in known] == [("a-0", START), ("b-1", START + timedelta(weeks=1))]


def test_the_list_comes_back_from_its_json_and_does_not_grow_for_ever():
    known = seen(*(str(number) for number in range(releases.KEPT + 5)))
    assert len(known) == releases.KEPT
    assert releases.parse(releases.dump(known)) == known
    assert releases.parse(None) == []


@pytest.mark.parametrize(
    "content",
    [b"{", b"[1]", b'[{"config": "a"}]', b'{"a": 1}', b'[{"config": "a", "sha256": "a", "since": "2026-01-01"}]'],
)
def test_a_list_that_cannot_be_read_is_refused(content):
    with pytest.raises(ReleasesError, match="no list of releases"):
        releases.parse(content)


@pytest.mark.parametrize(
    ("ran", "bad", "expected"),
    [
        (("a",), (), None),
        (("a", "b"), (), "a-0"),
        (("a", "b", "b"), (), "a-0"),
        (("a", "b", "c"), ("b",), "a-0"),
        (("a", "b"), ("a",), None),
        (("a", "b", "a"), (), "b-1"),
        (("", "b"), (), "-0"),
        (("", "b"), ("baseline",), None),
    ],
)
def test_the_release_before_is_the_last_other_one_that_was_not_found_bad(ran, bad, expected):
    found = releases.before(seen(*ran), bad)
    assert (found.config if found else None) == expected


def test_one_that_ran_in_another_shape_is_none_to_go_back_to():
    """An update cannot turn serverless into instances, nor change the set of variants."""
    one, two = seen("a", "b")
    three = replace(two, config="c-2", sha256="c", shape="real-time champion")
    assert releases.before([one, two, three], ()) is None
    alike = replace(one, shape=three.shape)
    assert releases.before([alike, two, three], ()) == alike
    assert releases.parse(releases.dump([three])) == [three]
