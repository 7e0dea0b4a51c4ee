"""After the bake: labels that show a worse release bring the one before back, once."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from ml.agreed import RESTORATIONS
from ml.deployed import EndpointError
from ml.monitoring import job, restoration
from ml.monitoring.restoration import key
from ml.releases import RefusedError, Running
from ml.wiring import Wiring
from tests.ml.labels import labelled

START = datetime(2026, 1, 5, tzinfo=UTC)
GOOD, BAD = "a" * 64, "b" * 64
WIRING = Wiring(**{**dict.fromkeys(Wiring.__dataclass_fields__, "x"), "endpoint_name": "shop", "environment": "prod"})


class Endpoint:
    """What serves, and what it was told to."""

    def __init__(self) -> None:
        self.now: Running | None = Running(config="good-1", sha256=GOOD, since=START)
        self.known = {"good-1": self.now}
        self.switched: list[str] = []
        self.fails = self.refuses = False

    def deploy(self, config: str, sha256: str, day: int) -> None:
        self.now = self.known[config] = Running(config=config, sha256=sha256, since=START + timedelta(days=day))

    def running(self) -> Running | None:
        return self.now

    def has(self, config: str) -> bool:
        return config in self.known

    def switch(self, config: str) -> None:
        self.switched.append(config)
        if self.fails:
            raise EndpointError("SageMaker went back")
        if self.refuses:
            raise RefusedError("the instance type cannot change")
        self.now = self.known[config]


class World:
    """A bucket, a registry, a topic and labels: what the monitor touches, in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.objects: dict[str, bytes] = {}
        self.given_back: list[tuple[str, str]] = []
        self.told = 0
        self.worse_by, self.days, self.endpoint = 0.0, 7, Endpoint()
        world = self

        class Bucket:
            def __init__(self, name: str) -> None: ...
            def get(self, key: str) -> bytes | None:
                return world.objects.get(key)

            def get_json(self, key: str) -> Any:
                content = world.objects.get(key)
                return None if content is None else json.loads(content)

            def put(self, key: str, body: bytes) -> None:
                world.objects[key] = body

            def put_new(self, key: str, body: bytes) -> bool:
                return world.objects.setdefault(key, body) == body

            def keys(self, prefix: str) -> list[str]:
                return sorted(name for name in world.objects if name.startswith(prefix))

            def url(self, key: str) -> str:
                return f"s3://models/{key}"

        def registry(_wiring: Wiring) -> Any:
            return SimpleNamespace(give_back=lambda bad, before, reasons: world.given_back.append((bad, before)))

        def told(_wiring: Wiring) -> None:
            world.told += 1

        monkeypatch.setattr(restoration, "Bucket", Bucket)
        monkeypatch.setattr(restoration, "Registry", registry)
        monkeypatch.setattr(restoration, "_tell", told)
        monkeypatch.setattr(restoration, "_bundle", lambda _wiring, seen: SimpleNamespace(sha256=seen.sha256))
        monkeypatch.setattr(job, "observe", lambda _wiring, window, now: SimpleNamespace(frame=window))
        monkeypatch.setattr(restoration.paired, "answers", lambda seen, *_: labelled(seen, self.worse_by, self.days))

    def run(self, day: int) -> dict[str, Any] | None:
        return restoration.run(WIRING, self.endpoint, now=START + timedelta(days=day))

    @property
    def records(self) -> list[str]:
        return [name for name in self.objects if name.startswith(RESTORATIONS)]


@pytest.fixture
def world(monkeypatch) -> World:
    world = World(monkeypatch)
    assert world.run(0) is None
    world.endpoint.deploy("bad-2", BAD, 1)
    assert world.run(1) is None
    return world


def test_a_release_that_is_surely_worse_is_taken_back_and_the_record_says_all_that_git_needs(world: World):
    world.worse_by = 0.3
    record = world.run(8)
    assert record
    assert world.endpoint.now == Running(config="good-1", sha256=GOOD, since=START)
    assert world.given_back == [(BAD, GOOD)]
    assert world.told == 1
    assert json.loads(world.objects[key(BAD)]) == record
    assert (record["outcome"], record["endpoint"], record["environment"]) == ("restored", "shop", "prod")
    assert record["from"] == {"release": BAD, "config": "bad-2", "since": (START + timedelta(days=1)).isoformat()}
    assert record["to"] == {"release": GOOD, "config": "good-1"}
    assert record["at"] == (START + timedelta(days=8)).isoformat()
    assert record["reasons"][0].startswith("loss is ")
    assert record["measures"]["loss"] > record["measures"]["loss_before"]
    assert (record["measures"]["labels"], record["measures"]["days"]) == (2000, 7)


@pytest.mark.parametrize(("worse_by", "days"), [(0.0, 7), (-0.1, 7), (0.001, 7), (0.3, 4)])
def test_one_that_is_as_good_or_not_surely_worse_or_of_few_days_stays(world: World, worse_by, days):
    world.worse_by, world.days = worse_by, days
    assert world.run(8) is None
    assert world.endpoint.switched == world.records == []


def test_two_releases_never_take_turns(world: World):
    """The one before is not judged against the one that it replaced, and whoever rolls that one out again keeps it."""
    world.worse_by = 0.3
    assert world.run(8)
    for day in range(9, 60, 7):
        assert world.run(day) is None
    world.endpoint.deploy("bad-3", BAD, 59)
    for day in range(60, 80, 7):
        assert world.run(day) is None
    assert world.endpoint.switched == ["good-1"]


def test_after_a_restoration_nothing_is_judged_for_some_days(world: World):
    world.worse_by = 0.3
    assert world.run(8)
    world.endpoint.deploy("other-3", "c" * 64, 9)
    assert world.run(9) is None
    assert world.run(14) is None
    record = world.run(16)
    assert record
    assert record["to"]["release"] == GOOD


def test_a_release_found_bad_is_never_gone_back_to(world: World):
    world.worse_by = 0.3
    assert world.run(8)
    world.endpoint.deploy("bad-3", BAD, 20)
    assert world.run(20) is None
    world.endpoint.deploy("other-4", "c" * 64, 21)
    assert world.run(21) is None
    record = world.run(28)
    assert record
    assert record["to"]["config"] == "good-1"


def test_a_release_that_has_served_for_long_is_left_to_training(world: World):
    world.worse_by = 0.3
    assert world.run(1 + restoration.WATCHED.days + 1) is None
    assert world.run(1 + restoration.WATCHED.days)


def test_while_an_update_is_under_way_nothing_is_done(world: World):
    world.worse_by, world.endpoint.now = 0.3, None
    assert world.run(8) is None
    assert world.records == []


def test_a_restoration_that_was_cut_off_is_brought_to_its_end_by_the_next_run(world: World):
    world.worse_by, world.endpoint.fails = 0.3, True
    with pytest.raises(EndpointError):
        world.run(8)
    assert json.loads(world.objects[key(BAD)])["outcome"] == "under way"
    # People hear of it although it failed.
    assert world.told == 1
    world.endpoint.fails, world.worse_by = False, 0.0
    record = world.run(9)
    assert record
    assert (record["outcome"], record["at"]) == ("restored", (START + timedelta(days=8)).isoformat())
    assert world.endpoint.switched == ["good-1", "good-1"]
    assert world.given_back == [(BAD, GOOD)]


def test_what_people_did_in_the_meantime_is_left_alone(world: World):
    world.worse_by, world.endpoint.fails = 0.3, True
    with pytest.raises(EndpointError):
        world.run(8)
    world.endpoint.deploy("other-3", "c" * 64, 8)
    record = world.run(9)
    assert record
    assert record["outcome"] == restoration.MOVED
    assert world.endpoint.switched == ["good-1"]
    assert world.given_back == []


def test_a_configuration_that_is_gone_is_said_to_be(world: World):
    world.worse_by = 0.3
    del world.endpoint.known["good-1"]
    record = world.run(8)
    assert record
    assert record["outcome"] == restoration.GONE
    assert world.endpoint.switched == []
    assert world.told == 1


def test_what_sagemaker_refuses_is_recorded_told_and_not_tried_again_and_blocks_no_later_release(world: World):
    world.worse_by, world.endpoint.refuses = 0.3, True
    record = world.run(8)
    assert record
    assert record["outcome"] == "not restored: the instance type cannot change"
    assert json.loads(world.objects[key(BAD)]) == record
    assert (world.told, world.given_back) == (1, [])
    world.endpoint.refuses = False
    assert world.run(9) is None
    assert world.run(20) is None
    world.endpoint.deploy("other-3", "c" * 64, 20)
    record = world.run(28)
    assert record
    assert (record["outcome"], world.endpoint.switched) == ("restored", ["good-1", "good-1"])


def test_of_two_monitors_at_once_one_acts(world: World, monkeypatch):
    world.worse_by = 0.3
    monkeypatch.setattr(restoration, "_record", lambda *_: {"another": "time"})
    world.objects[key(BAD)] = (
        b'{"outcome": "restored", "from": {"release": "z"}, "to": {"config": "z"}, "at": "2025-01-01T00:00:00+00:00"}'
    )
    assert world.run(8) is None
    assert world.endpoint.switched == []
