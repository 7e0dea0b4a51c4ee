"""The rollout that an endpoint's instances can give, where the settings leave it open. Pure."""

from infra.instances import UNGUARDED
from infra.quotas import CANARY_PERCENT_LIMIT, LINEAR_PERCENTS, ROLLING_PERCENTS, real_share
from infra.rollout import bakes
from infra.settings import BAKE_MINUTES, PERCENT, Function, Rollout, Serverless, Settings

PROVIDER_WAITS_MINUTES = 60
"""How long Pulumi's AWS provider waits for an update before it fails; SageMaker itself gives one eight hours.

github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/sagemaker/endpoint.go, waitEndpointInService;
docs.aws.amazon.com/sagemaker/latest/APIReference/API_BlueGreenUpdatePolicy.html
"""
STARTING_MINUTES = 15
"""Of which starting instances and pulling the image may take as many."""
BAKE_LIMIT_MINUTES = PROVIDER_WAITS_MINUTES - STARTING_MINUTES
SHARE_TOLERANCE = 5
"""How many points the real share may lie from the percent asked for."""
SHARES = {
    "canary": (range(1, CANARY_PERCENT_LIMIT + 1), "a canary"),
    "linear": (LINEAR_PERCENTS, "a linear step"),
    "rolling": (ROLLING_PERCENTS, "a rolling batch"),
}
"""What a strategy that goes by instances takes in one step, and what that step is called."""


def counts(settings: Settings) -> range:
    """How many instances an update may find: those of the settings, up to as many as scaling allows."""
    serving, scaling = settings.serving, settings.scaling
    if isinstance(serving, Serverless | Function):
        return range(0)
    most = scaling.max_instances if scaling else serving.instances
    return range(serving.instances, max(most, serving.instances) + 1)


def shares(settings: Settings, strategy: str) -> list[int]:
    """The percents that a step of the strategy can be, the one to take first: 10, else the fewest instances'."""
    found = counts(settings)
    fitting = [share for share in SHARES[strategy][0] if is_near(share, found.start) and not _too_large(share, found)]
    return sorted(fitting, key=lambda share: (share != PERCENT, *_closeness(share, found.start)))


def fitted(settings: Settings) -> Settings:
    """The settings, with a rollout that the endpoint can give where they leave it open.

    What is told stays, possible or not. A share that is not told stays open where no share is possible.
    """
    rollout = settings.rollout
    if isinstance(settings.serving, Serverless | Function):
        return settings
    strategy = rollout.strategy
    if "strategy" not in rollout.model_fields_set and not _can_be_canary(settings):
        strategy = "all-at-once"
    percent = rollout.percent
    if percent is None and strategy in SHARES:
        percent = _share(settings, strategy)
    chosen = rollout.model_dump() | {"strategy": strategy, "percent": percent}
    if "bake_minutes" not in rollout.model_fields_set:
        chosen["bake_minutes"] = min(BAKE_MINUTES, BAKE_LIMIT_MINUTES // _bakes(rollout, strategy, percent))
    # What was told is still known: the plan's notes say what was not.
    return settings.model_copy(update={"rollout": Rollout.model_construct(rollout.model_fields_set, **chosen)})


def _can_be_canary(settings: Settings) -> bool:
    serving = settings.serving
    if isinstance(serving, Serverless | Function) or serving.instance.startswith(UNGUARDED):
        return False
    return settings.rollout.percent is not None or bool(shares(settings, "canary"))


def _share(settings: Settings, strategy: str) -> int | None:
    """The first share whose bakes are short enough, where the settings say how long one is."""
    possible, rollout = shares(settings, strategy), settings.rollout
    if "bake_minutes" in rollout.model_fields_set:
        limit = BAKE_LIMIT_MINUTES
        short = [share for share in possible if _bakes(rollout, strategy, share) * rollout.bake_minutes <= limit]
        possible = short or possible
    return possible[0] if possible else None


def _bakes(rollout: Rollout, strategy: str, percent: int | None) -> int:
    return max(bakes(rollout.model_copy(update={"strategy": strategy, "percent": percent})), 1)


def is_near(share: int, instances: int) -> bool:
    """Whether whole instances give a share that is not far from the percent asked for."""
    return abs(real_share(share, instances) - share) <= SHARE_TOLERANCE


def _too_large(share: int, found: range) -> bool:
    return any(real_share(share, count) > CANARY_PERCENT_LIMIT for count in found)


def _closeness(share: int, instances: int) -> tuple[float, float]:
    real = real_share(share, instances)
    return real, abs(real - share)
