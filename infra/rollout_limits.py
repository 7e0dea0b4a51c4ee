"""What AWS refuses of a rollout although each setting is well formed: more rules over several settings."""

import math
from collections.abc import Iterator

from infra import fitting
from infra.fitting import BAKE_LIMIT_MINUTES, SHARES
from infra.instances import UNGUARDED
from infra.limits import Problem, one_of
from infra.quotas import CANARY_PERCENT_LIMIT, real_share
from infra.rollout import bakes
from infra.settings import Function, RealTime, Serverless, Settings

OF_FUNCTIONS = ("all-at-once", "canary")
"""docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html"""
ONE_VARIANT = "all-at-once, canary, linear, blue-green"
"""The strategies that every mode can name; a serverless endpoint follows them on the local endpoint alone."""


def broken(settings: Settings) -> Iterator[Problem]:
    """The rules that the settings break."""
    yield from _rollout(settings)
    yield from _mode(settings)
    yield from _instance(settings)
    yield from _share(settings)


def _rollout(settings: Settings) -> Iterator[Problem]:
    rollout = settings.rollout
    percent, strategy = rollout.percent, rollout.strategy
    if percent is not None and strategy in ("all-at-once", "blue-green", "shadow"):
        yield Problem("rollout.percent", f"is {percent}, expected none: {strategy} has no share", ("rollout.strategy",))
    shares, step = SHARES.get(strategy, (range(100), ""))
    if rollout.share not in shares:
        expected = f"expected {shares[0]} to {shares[-1]} for {step}"
        yield Problem("rollout.percent", f"is {percent}, {expected}", ("rollout.strategy",))
    elif (total := bakes(rollout) * rollout.bake_minutes) > BAKE_LIMIT_MINUTES and not isinstance(
        settings.serving, Serverless | Function
    ):
        yield Problem(
            "rollout.bakeMinutes",
            f"is {rollout.bake_minutes}, which makes {total} minutes in {bakes(rollout)} bakes; "
            f"expected at most {BAKE_LIMIT_MINUTES} together",
            ("rollout.strategy", "rollout.percent", "serving.mode"),
        )


def _mode(settings: Settings) -> Iterator[Problem]:
    """What a mode of serving cannot do.

    docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html#serverless-endpoints-how-it-works-exclusions,
    .../deployment-guardrails-exclusions.html; InvokeEndpointAsync has no TargetVariant, and shadow tests exclude it.
    """
    strategy, serving = settings.rollout.strategy, settings.serving
    several = strategy in ("shadow", "a-b")
    if isinstance(serving, Function):
        if strategy not in OF_FUNCTIONS:
            yield Problem(
                "rollout.strategy",
                f"is {strategy!r}, expected {one_of(OF_FUNCTIONS)}: an alias of a function shares requests out between "
                "two versions, once (serving.mode: real-time has the others)",
                ("serving.mode",),
            )
    elif isinstance(serving, Serverless) and (several or strategy == "rolling"):
        why = "has one variant" if several else "has no instances to replace in batches"
        where = "real-time has several" if several else "real-time and async have them"
        yield Problem(
            "rollout.strategy",
            f"is {strategy!r}, expected {one_of(ONE_VARIANT.split(', '))}: "
            f"a serverless endpoint {why} (serving.mode: {where})",
            ("serving.mode",),
        )
    elif several and not isinstance(serving, RealTime):
        yield Problem(
            "rollout.strategy",
            f"is {strategy!r}, expected {one_of([*ONE_VARIANT.split(', '), 'rolling'])}: "
            "an asynchronous endpoint has one variant (serving.mode: real-time has several)",
            ("serving.mode",),
        )


def _instance(settings: Settings) -> Iterator[Problem]:
    """What an instance's type cannot do, whatever the mode."""
    strategy, serving = settings.rollout.strategy, settings.serving
    if isinstance(serving, Serverless | Function) or strategy in ("all-at-once", "shadow", "a-b"):
        return
    if serving.instance.startswith(UNGUARDED):
        yield Problem(
            "rollout.strategy",
            f"is {strategy!r}, expected all-at-once: SageMaker shifts all traffic at once, without a bake, "
            f"on {serving.instance}",
            ("serving.mode", "serving.instance"),
        )


def _share(settings: Settings) -> Iterator[Problem]:
    serving, rollout = settings.serving, settings.rollout
    if isinstance(serving, Serverless | Function) or rollout.strategy not in SHARES:
        return
    if rollout.percent is None:
        if not fitting.shares(settings, rollout.strategy):
            yield _no_share(settings)
        return
    if rollout.share not in SHARES[rollout.strategy][0]:
        return  # Said already, whatever the instances.
    real = real_share(rollout.share, serving.instances)
    if real > CANARY_PERCENT_LIMIT or not fitting.is_near(rollout.share, serving.instances):
        yield Problem(
            "rollout.percent",
            f"is {rollout.share}, but {serving.instances} instance(s) give {real:.0f} % of the traffic; "
            f"expected {_possible(serving.instances)}, or serving.instances: {math.ceil(100 / rollout.share)}",
            ("rollout.strategy", "serving.mode", "serving.instances"),
        )


def _no_share(settings: Settings) -> Problem:
    """What is wrong with a strategy that is told without a percent, where the instances can give none."""
    found = fitting.counts(settings)
    why, instead = "1 instance has no share to give", "serving.instances: 2"
    if len(found) > 1:
        of = f"any number of instances that scaling allows, from {found.start} to {found.stop - 1}"
        why, instead = f"no share is at most {CANARY_PERCENT_LIMIT} % of {of}", "more serving.instances"
    return Problem(
        "rollout.strategy",
        f"is {settings.rollout.strategy!r}, but {why}; expected all-at-once or blue-green, or {instead}",
        ("serving.mode", "serving.instances", "scaling.maxInstances"),
    )


def _possible(instances: int) -> str:
    # Rounded up, a percent would be of one instance more.
    shares = sorted({100 * count // instances for count in range(1, instances // 2 + 1)})
    if not shares:
        return "strategy all-at-once or blue-green"
    return one_of(shares[:6]) + (" ..." if len(shares) > 6 else "")
