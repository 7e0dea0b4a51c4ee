"""What AWS refuses of scaling and off-hours although each setting is well formed: more rules over several settings."""

import difflib
import zoneinfo
from collections.abc import Iterator

from infra import instances, names
from infra.fitting import SHARES
from infra.limits import Problem, one_of
from infra.quotas import CANARY_PERCENT_LIMIT, real_share
from infra.settings import Async, Function, Serverless, Settings


def broken(settings: Settings) -> Iterator[Problem]:
    """The rules that the settings break."""
    yield from _scaling(settings)
    yield from _off_hours(settings)


def _scaling(settings: Settings) -> Iterator[Problem]:
    """docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling.html and .../async-inference-autoscale.html"""
    scaling, serving = settings.scaling, settings.serving
    if scaling is None:
        return
    if isinstance(serving, Serverless | Function):
        most = "concurrency" if isinstance(serving, Function) else "maxConcurrency"
        expected = f"expected none: {serving.mode} scales by itself, up to serving.{most}"
        yield Problem("scaling", f"is set, {expected}", ("serving.mode",))
        return
    mode, fewest, most = ("serving.mode",), scaling.min_instances, scaling.max_instances
    metrics = ("backlog",) if isinstance(serving, Async) else ("invocations", "concurrency")
    if scaling.metric not in metrics:
        yield Problem("scaling.metric", f"is {scaling.metric!r}, expected {one_of(metrics)} on {serving.mode}", mode)
    yield from _least("scaling.minInstances", fewest, settings)
    if most < fewest:
        expected = f"expected at least scaling.minInstances ({fewest})"
        yield Problem("scaling.maxInstances", f"is {most}, {expected}", ("scaling.minInstances",))
    elif not max(fewest, 1) <= serving.instances <= most:
        yield Problem(
            "serving.instances",
            f"is {serving.instances}, expected {max(fewest, 1)} to {most}: the bounds of scaling",
            (*mode, "scaling.minInstances", "scaling.maxInstances"),
        )
    if serving.instance.startswith(instances.BURSTABLE):
        yield Problem("scaling", f"is set, expected none: {serving.instance} does not scale", ("serving.instance",))
    if settings.rollout.strategy == "shadow":
        why = "a shadow has as many instances as before while its share of the load grows"
        yield Problem("scaling", f"is set, expected none with rollout.strategy shadow: {why}", ("rollout.strategy",))
    yield from _scaled_share(settings, most)


def _scaled_share(settings: Settings, most: int) -> Iterator[Problem]:
    """An update finds as many instances as scaling has left: a step is at most half of them, however many."""
    serving, rollout = settings.serving, settings.rollout
    if (
        isinstance(serving, Serverless | Function)
        or rollout.strategy not in SHARES
        or rollout.percent is None
        or rollout.share > CANARY_PERCENT_LIMIT
    ):
        return
    counts = range(serving.instances + 1, most + 1)
    worst = max(counts, key=lambda count: real_share(rollout.share, count), default=serving.instances)
    if worst > serving.instances and (real := real_share(rollout.share, worst)) > CANARY_PERCENT_LIMIT:
        yield Problem(
            "rollout.percent",
            f"is {rollout.share}, but of {worst} instances, which scaling allows, that is {real:.0f} %; "
            f"expected at most {CANARY_PERCENT_LIMIT} % of any number from {serving.instances} to {most}",
            ("rollout.strategy", "serving.mode", "serving.instances", "scaling.maxInstances"),
        )


def _least(key: str, fewest: int, settings: Settings) -> Iterator[Problem]:
    """How few instances are enough: a queue outlives its instances, an endpoint that answers at once does not."""
    if isinstance(settings.serving, Async):
        return
    least, where = 1, "real-time: only async scales to none"
    if settings.environment == names.PRODUCTION:
        least, where = instances.LEAST_IN_PRODUCTION, f"{names.PRODUCTION}: one instance alone is an outage"
    if fewest < least:
        yield Problem(key, f"is {fewest}, expected at least {least} in {where}", ("serving.mode",))


def _off_hours(settings: Settings) -> Iterator[Problem]:
    hours, scaling = settings.off_hours, settings.scaling
    if hours is None:
        return
    if scaling is None:
        yield Problem("offHours", "is set, expected scaling, too: off-hours change its bounds", ("scaling",))
        return
    if hours.begin == hours.end:
        yield Problem("offHours.end", f"is {hours.end}, expected another time than offHours.begin", ("offHours.begin",))
    zones = zoneinfo.available_timezones()
    # A machine without the database cannot tell.
    if zones and hours.time_zone not in zones:
        near = difflib.get_close_matches(hours.time_zone, zones, 1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        expected = f"expected a time zone such as Europe/Amsterdam{hint}"
        yield Problem("offHours.timeZone", f"is {hours.time_zone!r}, {expected}")
    yield from _least("offHours.minInstances", hours.min_instances, settings)
    if hours.max_instances < hours.min_instances:
        expected = f"expected at least offHours.minInstances ({hours.min_instances})"
        yield Problem("offHours.maxInstances", f"is {hours.max_instances}, {expected}", ("offHours.minInstances",))
    for name, off, on in (
        ("minInstances", hours.min_instances, scaling.min_instances),
        ("maxInstances", hours.max_instances, scaling.max_instances),
    ):
        if off > on:
            expected = f"expected at most scaling.{name} ({on}): off-hours have fewer"
            yield Problem(f"offHours.{name}", f"is {off}, {expected}", (f"scaling.{name}",))
