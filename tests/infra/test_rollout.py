import json
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from infra import quotas, rollout, rollout_limits
from infra.settings import RealTime, Rollout, Serverless, Settings

INSTANCES = RealTime.model_validate({"mode": "real-time", "instances": 10})
STRATEGIES = ("all-at-once", "canary", "linear", "blue-green", "rolling", "shadow", "a-b")


def policy(strategy: str, **values: Any) -> Rollout:
    return Rollout.model_validate({"strategy": strategy, **values})


def update(given: Rollout) -> dict[str, Any]:
    config: Any = rollout.sagemaker(given, INSTANCES, ["errors"])
    return config["blue_green_update_policy"]


def test_a_canary_shifts_its_share_bakes_and_shifts_the_rest():
    assert update(policy("canary", percent=20, bakeMinutes=5)) == {
        "traffic_routing_configuration": {
            "type": "CANARY",
            "canary_size": {"type": "CAPACITY_PERCENT", "value": 20},
            "wait_interval_in_seconds": 300,
        },
        "termination_wait_in_seconds": 300,
        "maximum_execution_timeout_in_seconds": 3600 + 3 * 300,
    }


def test_a_linear_rollout_shifts_equal_steps():
    routing = update(policy("linear", percent=25))["traffic_routing_configuration"]
    assert routing["type"] == "LINEAR"
    assert routing["linear_step_size"] == {"type": "CAPACITY_PERCENT", "value": 25}
    assert rollout.steps(policy("linear", percent=25)) == [25, 50, 75]


def test_a_rolling_update_replaces_batches_and_bakes_each_but_keeps_no_old_fleet():
    config: Any = rollout.sagemaker(policy("rolling", percent=25, bakeMinutes=5), INSTANCES, ["errors"])
    assert config["rolling_update_policy"] == {
        "maximum_batch_size": {"type": "CAPACITY_PERCENT", "value": 25},
        "wait_interval_in_seconds": 300,
        "maximum_execution_timeout_in_seconds": 3600 + 4 * 300,
    }
    assert "blue_green_update_policy" not in config
    assert config["auto_rollback_configuration"]


def test_all_at_once_waits_for_nothing_and_blue_green_keeps_the_old_fleet_for_a_bake():
    assert update(policy("all-at-once"))["termination_wait_in_seconds"] == 0
    assert update(policy("blue-green", bakeMinutes=30))["termination_wait_in_seconds"] == 1800


def test_a_serverless_endpoint_has_no_deployment_config():
    assert rollout.sagemaker(policy("canary"), Serverless(), ["errors"]) is None


def test_the_alarms_roll_an_update_back_and_without_alarms_nothing_does():
    with_alarms: Any = rollout.sagemaker(policy("canary"), INSTANCES, ["errors", "latency"])
    assert with_alarms["auto_rollback_configuration"] == {
        "alarms": [{"alarm_name": "errors"}, {"alarm_name": "latency"}]
    }
    assert "auto_rollback_configuration" not in (rollout.sagemaker(policy("canary"), INSTANCES, []) or {})


def test_an_ab_test_splits_the_weights_and_a_shadow_answers_nobody():
    assert rollout.weights(policy("a-b", percent=30)) == (70, 30)
    assert rollout.weights(policy("shadow")) == (1, None)


@pytest.mark.parametrize(
    ("strategy", "percent", "shadow"),
    [
        ("all-at-once", [], False),
        ("canary", [10], False),
        ("blue-green", [], False),
        ("rolling", [10, 20, 30, 40, 50, 60, 70, 80, 90], False),
        ("shadow", [], True),
        ("a-b", [10], False),
    ],
)
def test_the_local_endpoint_gets_the_same_policy(strategy, percent, shadow):
    assert json.loads(rollout.local(policy(strategy, sticky=True, bakeDays=3))) == {
        "strategy": strategy,
        "percent": percent,
        "shadow": shadow,
        "sticky": True,
        "bake_days": 3,
    }


def accepted(given: Rollout) -> bool:
    settings = Settings.model_validate(
        {
            "project": "a",
            "environment": "b",
            "region": "eu-west-1",
            "alertEmail": "a@example.com",
            "serving": {"mode": "real-time", "instances": 100},
        }
    )
    return not list(rollout_limits.broken(settings.model_copy(update={"rollout": given})))


# Most shares and bakes are refused: by chance too many of them in a row for the check.
@settings(deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(
    strategy=st.sampled_from(STRATEGIES),
    percent=st.none() | st.integers(1, 99),
    bake=st.integers(0, 60),
)
def test_every_policy_stays_within_sagemaker_s_limits_and_a_job_s_variable(strategy, percent, bake):
    given = policy(strategy, percent=percent, bakeMinutes=bake)
    assume(accepted(given))
    made: Any = rollout.sagemaker(given, INSTANCES, [])
    (config,) = made.values()
    routing = config.get("traffic_routing_configuration", config)
    assert 0 <= routing["wait_interval_in_seconds"] <= 3600
    assert 0 <= config.get("termination_wait_in_seconds", 0) <= 3600
    assert 600 <= config["maximum_execution_timeout_in_seconds"] <= 14_400
    assert rollout.bakes(given) * bake <= 45
    steps = rollout.steps(given)
    assert steps == sorted(steps)
    assert all(0 < step < 100 for step in steps)
    # CreateProcessingJob takes values of 256 characters.
    assert len(rollout.local(given)) <= 256


@settings(deadline=None)
@given(percent=st.integers(1, 100), instances=st.integers(1, 100))
def test_the_real_share_is_the_smallest_whole_number_of_instances_that_reaches_the_percent(percent, instances):
    real = quotas.real_share(percent, instances)
    whole = round(real * instances / 100)
    assert abs(real - 100 * whole / instances) < 1e-9
    assert 1 <= whole <= instances
    assert 100 * (whole - 1) < percent * instances <= 100 * whole
