import zoneinfo
from typing import Any

import pytest

from infra.parsing import SettingsError
from tests.infra.planned import settings_of
from tests.infra.ways import BUSY, NIGHT, QUEUE


def refusal(environment: str = "try", /, **config: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        settings_of(environment, **config)
    return str(caught.value)


def bounds(of: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    return {**(of or BUSY)["scaling"], **changes}


def night(**changes: Any) -> dict[str, Any]:
    return {**NIGHT, **changes}


FAULTS = [
    ({"serving": {"mode": "serverless"}}, "scaling is set, expected none: serverless scales by itself"),
    ({"scaling": bounds(minInstances=0)}, "is 0, expected at least 1 in real-time: only async scales to none"),
    ({"scaling": bounds(minInstances=30)}, "maxInstances is 20, expected at least scaling.minInstances (30)"),
    ({"scaling": bounds(maxInstances=9)}, "serving.instances is 10, expected 4 to 9: the bounds of scaling"),
    ({"scaling": bounds(metric="backlog")}, "is 'backlog', expected invocations or concurrency on real-time"),
    ({"scaling": {"metric": "invocations", "target": 1}}, "maxInstances is missing, expected 1 to 100: the most"),
    ({"scaling": bounds(metric="cpu")}, "metric is 'cpu', expected what is kept near the target: invocations"),
    ({"serving": {**BUSY["serving"], "instance": "ml.t2.medium"}}, "expected none: ml.t2.medium does not scale"),
    ({"rollout": {"strategy": "shadow"}}, "scaling is set, expected none with rollout.strategy shadow"),
    ({"offHours": night(end="20:00")}, "offHours.end is 20:00, expected another time than offHours.begin"),
    ({"offHours": night(begin="24:00")}, "offHours.begin is '24:00', expected the time of day at which"),
    ({"offHours": night(timeZone="Europe/Amsterdm")}, "time zone such as Europe/Amsterdam (did you mean Europe/Ams"),
    ({"offHours": night(minInstances=0)}, "offHours.minInstances is 0, expected at least 1 in real-time"),
    ({"offHours": night(minInstances=3)}, "maxInstances is 2, expected at least offHours.minInstances (3)"),
    ({"offHours": night(maxInstances=21)}, "maxInstances is 21, expected at most scaling.maxInstances (20)"),
    ({"offHours": night(minInstances=5, maxInstances=6)}, "is 5, expected at most scaling.minInstances (4)"),
]


@pytest.mark.parametrize(("changes", "expected"), FAULTS)
def test_scaling_that_aws_or_sense_refuses_names_the_setting_and_what_was_expected(changes, expected):
    text = refusal(**{"serving": BUSY["serving"], "scaling": BUSY["scaling"], **changes})
    assert expected in text
    assert "has 1 problem:" in text


def test_off_hours_without_scaling_are_refused():
    assert "offHours is set, expected scaling, too" in refusal(serving=BUSY["serving"], offHours=NIGHT)


def test_an_asynchronous_endpoint_scales_by_its_queue_and_to_none():
    assert settings_of(**QUEUE, offHours=night(minInstances=0)).scaling
    text = refusal(**{**QUEUE, "scaling": bounds(QUEUE, metric="invocations")})
    assert "scaling.metric is 'invocations', expected backlog on async" in text
    # A request waits for at most six hours: with no instance at all it would be lost over night.
    assert "offHours.maxInstances is 0, expected 1 to 100" in refusal(**QUEUE, offHours=night(maxInstances=0))


def test_prod_keeps_two_instances_at_every_hour():
    text = refusal("prod", **{**BUSY, "scaling": bounds(minInstances=1)})
    assert "scaling.minInstances is 1, expected at least 2 in prod: one instance alone is an outage" in text
    assert "offHours.minInstances is 1, expected at least 2 in prod" in text
    assert settings_of("prod", **{**BUSY, "offHours": night(minInstances=2)}).off_hours
    assert settings_of("prod", **QUEUE).scaling


def test_a_share_that_is_more_than_half_of_some_number_that_scaling_allows_is_refused():
    serving, share = {"mode": "real-time", "instances": 2}, {"strategy": "canary", "percent": 50}
    config = {"serving": serving, "rollout": share, "scaling": bounds(minInstances=2, maxInstances=6)}
    text = refusal(**config)
    assert "rollout.percent is 50, but of 3 instances, which scaling allows, that is 67 %" in text
    assert settings_of(**{**config, "scaling": bounds(minInstances=2, maxInstances=2)}).scaling


def test_a_machine_without_the_database_of_time_zones_lets_them_pass(monkeypatch):
    monkeypatch.setattr(zoneinfo, "available_timezones", set)
    assert settings_of(**{**BUSY, "offHours": night(timeZone="Europe/Amsterdm")}).off_hours
