"""Application Auto Scaling as far as SageMaker's variants go: what it takes, and what goes with a registration."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.front.hosted import Account
from tests.rehearsal.front.scaling import WHICH, action, held, policy, register


def test_a_variant_that_is_there_is_registered_once_however_often_it_is_put(served: Account):
    register(served)
    register(served, most=5)
    assert held(served) == [1, 0, 0]


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ((4, 3), r"MinCapacity \(4\) is more than MaxCapacity \(3\)"),
        ((0, 3), "MinCapacity is 0: only asynchronous endpoints scale to zero"),
    ],
)
def test_bounds_that_aws_refuses_are_refused(served: Account, bounds: tuple[int, int], said: str):
    with pytest.raises(ClientError, match=said):
        register(served, *bounds)


def test_what_is_not_there_and_what_does_not_scale_is_refused(served: Account):
    for resource in ("endpoint/f/variant/champion", "endpoint/e/variant/another"):
        with pytest.raises(ClientError, match=f"Could not find {resource}"):
            register(served, ResourceId=resource)
    served.serverless("serverless")
    served.config("burstable", "old", instance="ml.t2.medium")
    for name, said in (("serverless", "is serverless"), ("burstable", "a burstable instance")):
        served.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        with pytest.raises(ClientError, match=said):
            register(served, ResourceId=f"endpoint/{name}/variant/champion")


@pytest.mark.parametrize("put", [policy, action])
def test_only_a_registered_variant_has_policies_and_scheduled_actions(served: Account, put: Any):
    with pytest.raises(ClientError, match=r"\(ObjectNotFoundException\).*No scalable target endpoint/e/"):
        put(served)


def test_policies_and_scheduled_actions_go_with_the_registration(served: Account):
    register(served)
    policy(served)
    action(served)
    assert held(served) == [1, 1, 1]
    served.scaling.deregister_scalable_target(**WHICH)
    assert held(served) == [0, 0, 0]
    for take, name in (("scaling_policy", "PolicyName"), ("scheduled_action", "ScheduledActionName")):
        with pytest.raises(ClientError, match="ObjectNotFoundException"):
            getattr(served.scaling, f"delete_{take}")(**WHICH, **{name: "load"})
    with pytest.raises(ClientError, match="ObjectNotFoundException"):
        served.scaling.deregister_scalable_target(**WHICH)


def test_what_scales_an_endpoint_goes_with_it_without_a_word(served: Account):
    register(served)
    policy(served)
    served.sagemaker.delete_endpoint(EndpointName="e")
    served.clock.step()
    with pytest.raises(ClientError, match="Could not find endpoint"):
        served.describe()
    assert held(served) == [0, 0, 0]


def test_a_variant_that_is_scaled_cannot_be_taken_away(served: Account):
    register(served)
    served.config("another", "new", "other")
    with pytest.raises(ClientError, match="variant/champion cannot be removed while it is registered"):
        served.update("another")
