"""What an update does to a scaled endpoint, without the fleet's look before it and with it."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra import served as seen
from infra.fleet import FleetProvider
from infra.rehearsal.credentials import ADMIN
from infra.served import UnsettledError
from tests.rehearsal.front.engine import Engine, EngineError, host
from tests.rehearsal.front.hosted import Account
from tests.rehearsal.front.scaling import WHICH, held, policy, register

Prepare = Callable[..., dict[str, Any]]


def scaled_to(account: Account, count: int) -> None:
    """What Application Auto Scaling does with a registered variant that is busy."""
    register(account, 1, 10)
    policy(account)
    wanted = [{"VariantName": "champion", "DesiredInstanceCount": count}]
    account.sagemaker.update_endpoint_weights_and_capacities(EndpointName="e", DesiredWeightsAndCapacities=wanted)
    account.clock.step()


def instances(account: Account) -> int:
    return account.describe()["ProductionVariants"][0]["DesiredInstanceCount"]


def update(account: Account, **config: Any) -> None:
    account.config("next", "new", **config)
    account.update("next")
    account.clock.step(2)


@pytest.fixture
def connection(_modelled: str) -> dict[str, Any]:
    endpoints = dict.fromkeys(["sagemaker", "appautoscaling"], _modelled)
    return {"region": "eu-west-1", "profile": "", "endpoints": endpoints}


@pytest.fixture
def prepare(connection: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Prepare:
    """The fleet's step of an `up`, as Pulumi takes it: a creation, or an update of what the last one gave back."""
    for name, value in ADMIN.variables.items():
        monkeypatch.setenv(name, value)

    def step(olds: dict[str, Any] | None = None, instance: str = "ml.m5.large", **counts: int) -> dict[str, Any]:
        variants = {
            name: {"instance": instance, "count": n, "weight": 1} for name, n in (counts or {"champion": 2}).items()
        }
        news = {"endpoint": "e", "content": instance, "variants": variants, "connection": connection}
        provider = FleetProvider()
        assert not provider.check({}, news).failures
        if olds is None:
            return dict(provider.create(news).outs or {})
        return dict(provider.update("e", olds, news).outs or {})

    return step


def test_without_it_an_update_scales_a_busy_endpoint_back(served: Account):
    scaled_to(served, 7)
    assert instances(served) == 7
    update(served)
    assert instances(served) == 2


def test_with_it_an_update_starts_with_as_many_as_run_then(served: Account, prepare: Prepare):
    scaled_to(served, 7)
    counts = prepare()["counts"]
    assert counts == {"champion": 7}
    update(served, count=counts["champion"])
    assert instances(served) == 7


def test_an_idle_endpoint_starts_with_as_many_as_the_settings_say(served: Account, prepare: Prepare):
    scaled_to(served, 1)
    assert prepare(champion=4)["counts"] == {"champion": 4}


def test_without_scaling_the_settings_alone_say_how_many(served: Account, prepare: Prepare):
    """Somebody may have scaled by hand; fewer instances in the settings are fewer instances."""
    wanted = [{"VariantName": "champion", "DesiredInstanceCount": 7}]
    served.sagemaker.update_endpoint_weights_and_capacities(EndpointName="e", DesiredWeightsAndCapacities=wanted)
    served.clock.step()
    assert prepare()["counts"] == {"champion": 2}


def test_before_there_is_an_endpoint_the_settings_say_how_many(account: Account, prepare: Prepare):
    made = prepare(champion=3)
    assert made["counts"] == {"champion": 3}
    assert made["registration"]


def test_without_it_another_instance_type_is_refused(served: Account):
    scaled_to(served, 3)
    with pytest.raises(ClientError, match="registered as a scalable target"):
        update(served, instance="ml.m5.xlarge")


def test_with_it_another_instance_type_ends_the_scaling_first_and_asks_for_it_anew(served: Account, prepare: Prepare):
    made = prepare()
    scaled_to(served, 3)
    changed = prepare(made, instance="ml.m5.xlarge")
    assert held(served) == [0, 0, 0]
    assert changed["registration"] != made["registration"]
    update(served, instance="ml.m5.xlarge", count=changed["counts"]["champion"])
    assert instances(served) == 3
    # What Pulumi does where the registration changed: the old target goes, which is gone, and is made anew.
    with pytest.raises(ClientError, match="ObjectNotFoundException"):
        served.scaling.deregister_scalable_target(**WHICH)
    register(served)
    again = prepare(changed, instance="ml.m5.xlarge", champion=3)
    assert again["registration"] == changed["registration"]


def test_a_release_keeps_the_registration(served: Account, prepare: Prepare):
    made = prepare()
    scaled_to(served, 3)
    assert prepare(made, champion=3)["registration"] == made["registration"]
    assert held(served) == [1, 1, 0]


def test_a_change_of_type_that_is_taken_back_half_way_registers_anew(served: Account, prepare: Prepare):
    """The scaling was ended, the update failed: with the old type again there must be scaling again."""
    made = prepare()
    scaled_to(served, 3)
    changed = prepare(made, instance="ml.m5.xlarge")
    back = prepare(changed)
    assert len({made["registration"], changed["registration"], back["registration"]}) == 3


def test_a_variant_that_goes_is_no_longer_scaled(account: Account, prepare: Prepare):
    account.config("both", "old", "champion", "challenger")
    account.create("both")
    account.clock.step()
    for variant in ("champion", "challenger"):
        register(account, ResourceId=f"endpoint/e/variant/{variant}")
    kept = prepare({**prepare(champion=2, challenger=2), "registration": "r"}, champion=2)
    assert kept["registration"] == "r"
    assert held(account) == [1, 0, 0]


def test_what_is_under_way_with_the_endpoint_is_waited_for(
    served: Account, prepare: Prepare, monkeypatch: pytest.MonkeyPatch
):
    scaled_to(served, 3)
    served.update("new")
    monkeypatch.setattr(seen.time, "sleep", lambda _seconds: served.clock.step(2))
    assert prepare()["counts"] == {"champion": 2}
    served.update("old")
    monkeypatch.setattr(seen, "LIMIT_SECONDS", -1)
    with pytest.raises(UnsettledError, match="the endpoint e is still Updating"):
        prepare(instance="ml.m5.xlarge")
    assert held(served) == [1, 1, 0]


def test_only_what_it_was_told_makes_it_look_again(prepare: Prepare, account: Account):
    made = prepare()
    told = {name: made[name] for name in ("endpoint", "content", "variants", "connection")}
    provider = FleetProvider()
    assert not provider.diff("e", {**made, "counts": {"champion": 9}}, {**told, "counts": {"champion": 2}}).changes
    assert provider.diff("e", made, {**told, "content": "another"}).changes


@pytest.mark.slow
def test_pulumi_s_own_host_takes_it_through_creation_change_and_rest(served: Account, connection: dict[str, Any]):
    asked: dict[str, Any] = {
        "endpoint": "e",
        "content": "one",
        "variants": {"champion": {"instance": "ml.m5.large", "count": 2, "weight": 1}},
        "connection": connection,
        "counts": {"champion": 2},
        "registration": "",
    }
    with host({**os.environ, **ADMIN.variables}) as stub:
        fleet = Engine(stub, FleetProvider())
        assert fleet.up(asked) == "create"
        first = fleet.outputs["registration"]
        scaled_to(served, 7)
        assert fleet.up(asked) == "same"
        assert fleet.up({**asked, "content": "two"}) == "update"
        assert fleet.outputs["counts"] == {"champion": 7}
        assert fleet.outputs["registration"] == first
        assert fleet.up({**asked, "content": "two"}) == "same"
        with pytest.raises(EngineError, match="content is missing"):
            fleet.up({**asked, "content": ""})
        fleet.destroy()
    assert held(served) == [1, 1, 0]
