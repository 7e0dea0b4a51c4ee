"""What AWS refuses although each setting is well formed: rules over several settings."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from infra.quotas import CANARY_PERCENT_LIMIT, LINEAR_PERCENTS, real_share
from infra.rollout import PROVISIONING_SECONDS, bakes
from infra.settings import RealTime, Settings

EXECUTION_LIMIT_SECONDS = 28_800
"""The longest update: docs.aws.amazon.com/sagemaker/latest/APIReference/API_BlueGreenUpdatePolicy.html"""
BAKE_LIMIT_MINUTES = (EXECUTION_LIMIT_SECONDS - PROVISIONING_SECONDS) // 60
SHARE_TOLERANCE = 5


@dataclass(frozen=True)
class Problem:
    """A setting that cannot be used."""

    key: str
    text: str
    others: tuple[str, ...] = ()
    """The other keys that the rule reads."""


def one_of(choices: Iterable[object]) -> str:
    """What can be chosen, in words; a choice without an alternative by itself."""
    *names, last = map(str, choices)
    return f"{', '.join(names)} or {last}" if names else last


def broken(settings: Settings) -> Iterator[Problem]:
    """The rules that the settings break."""
    yield from _rollout(settings)
    yield from _share(settings)
    yield from _models(settings)
    monitor = settings.monitor
    if monitor.schedule_days < monitor.cooldown_days:
        yield Problem(
            "monitor.scheduleDays",
            f"is {monitor.schedule_days}, expected at least monitor.cooldownDays ({monitor.cooldown_days})",
            ("monitor.cooldownDays",),
        )


def _rollout(settings: Settings) -> Iterator[Problem]:
    rollout = settings.rollout
    percent, strategy = rollout.percent, rollout.strategy
    if percent is not None and strategy in ("all-at-once", "blue-green", "shadow"):
        yield Problem("rollout.percent", f"is {percent}, expected none: {strategy} has no share", ("rollout.strategy",))
    if strategy == "canary" and rollout.share > CANARY_PERCENT_LIMIT:
        expected = f"expected at most {CANARY_PERCENT_LIMIT} for a canary"
        yield Problem("rollout.percent", f"is {percent}, {expected}", ("rollout.strategy",))
    if strategy == "linear" and rollout.share not in LINEAR_PERCENTS:
        expected = f"expected {LINEAR_PERCENTS[0]} to {LINEAR_PERCENTS[-1]} for a linear step"
        yield Problem("rollout.percent", f"is {percent}, {expected}", ("rollout.strategy",))
    if (total := bakes(rollout) * rollout.bake_minutes) > BAKE_LIMIT_MINUTES:
        yield Problem(
            "rollout.bakeMinutes",
            f"is {rollout.bake_minutes}, which makes {total} minutes in {bakes(rollout)} bakes; "
            f"expected at most {BAKE_LIMIT_MINUTES} together",
            ("rollout.strategy", "rollout.percent"),
        )
    if strategy in ("shadow", "a-b") and not isinstance(settings.serving, RealTime):
        yield Problem(
            "rollout.strategy",
            f"is {strategy!r}, expected all-at-once, canary, linear or blue-green: "
            "a serverless endpoint has one variant (serving.mode: real-time has several)",
            ("serving.mode",),
        )


def _share(settings: Settings) -> Iterator[Problem]:
    serving, rollout = settings.serving, settings.rollout
    if not isinstance(serving, RealTime) or rollout.strategy not in ("canary", "linear"):
        return
    if rollout.share > CANARY_PERCENT_LIMIT:
        return  # Said already, whatever the instances.
    real = real_share(rollout.share, serving.instances)
    if real > CANARY_PERCENT_LIMIT or abs(real - rollout.share) > SHARE_TOLERANCE:
        yield Problem(
            "rollout.percent",
            f"is {rollout.share}, but {serving.instances} instance(s) give {real:.0f} % of the traffic; "
            f"expected {_possible(serving.instances)}, or serving.instances: {math.ceil(100 / rollout.share)}",
            ("rollout.strategy", "serving.mode", "serving.instances"),
        )


def _possible(instances: int) -> str:
    shares = sorted({round(100 * count / instances) for count in range(1, instances // 2 + 1)})
    if not shares:
        return "strategy all-at-once or blue-green"
    return one_of(shares[:6]) + (" ..." if len(shares) > 6 else "")


def _models(settings: Settings) -> Iterator[Problem]:
    for key, model in (("model", settings.model), ("challenger", settings.challenger)):
        if model is not None and model.sha256 not in model.url:
            yield Problem(
                f"{key}.url",
                f"is {model.url!r}, expected an address that contains the sha256 {model.sha256}",
                (f"{key}.sha256",),
            )
    if settings.challenger is not None and settings.rollout.strategy not in ("shadow", "a-b"):
        yield Problem(
            "challenger",
            f"is set, but rollout.strategy is {settings.rollout.strategy!r}: expected shadow or a-b, or no challenger",
            ("rollout.strategy",),
        )
