"""What AWS refuses although each setting is well formed: rules over several settings."""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from infra import cost, instances, names, prices, subnets
from infra.account.scope import boundary_name
from infra.quotas import MLFLOW_APP_REGIONS
from infra.settings import FargateTracking, Function, ManagedTracking, Serverless, Settings
from ml import agreed


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
    yield from _instances(settings)
    yield from _types(settings)
    yield from _models(settings)
    yield from _batch(settings)
    yield from _expiry(settings)
    yield from _boundary(settings)
    yield from _network(settings)
    yield from _tracking(settings)
    monitor = settings.monitor
    if monitor.schedule_days < monitor.cooldown_days:
        yield Problem(
            "monitor.scheduleDays",
            f"is {monitor.schedule_days}, expected at least monitor.cooldownDays ({monitor.cooldown_days})",
            ("monitor.cooldownDays",),
        )


def _batch(settings: Settings) -> Iterator[Problem]:
    batch = settings.batch
    if batch is None:
        return
    if batch.instances > batch.days:
        yield Problem(
            "batch.instances",
            f"is {batch.instances}, expected at most batch.days ({batch.days}): a day is scored by one instance",
            ("batch.days",),
        )
    runs = cost.runs_a_month(batch.schedule)
    if runs is not None and (hours := prices.HOURS / runs) >= batch.fresh_hours:
        yield Problem(
            "batch.freshHours",
            f"is {batch.fresh_hours}, expected more than the {hours:.0f} hours from one run to the next",
            ("batch.schedule",),
        )


def _expiry(settings: Settings) -> Iterator[Problem]:
    try:
        _ = settings.expires == "never" or date.fromisoformat(settings.expires)
    except ValueError:
        yield Problem("expires", f"is {settings.expires!r}, expected a day of the calendar, or never")


def _boundary(settings: Settings) -> Iterator[Problem]:
    """Each environment has a boundary of its own, and its deploy role makes no role within another."""
    found, own = settings.permissions_boundary, boundary_name(settings.prefix)
    if found not in (None, own):
        yield Problem("permissionsBoundary", f"is {found!r}, expected {own}, as `make bootstrap` writes it, or none")


def _network(settings: Settings) -> Iterator[Problem]:
    network = settings.network
    if network is None:
        return
    if (problem := subnets.problem(network.cidr)) is not None:
        yield Problem("network.cidr", f"is {network.cidr!r}, which {problem}")
    if network.nat == "none" and not isinstance(settings.tracking, FargateTracking):
        yield Problem(
            "network.nat",
            f"is 'none', expected one or per-zone: jobs in the network could not reach MLflow "
            f"(tracking.mode {settings.tracking.mode})",
            ("tracking.mode",),
        )


def _tracking(settings: Settings) -> Iterator[Problem]:
    tracking = settings.tracking
    if isinstance(tracking, ManagedTracking) and settings.region not in MLFLOW_APP_REGIONS:
        yield Problem(
            "tracking.mode",
            f"is 'managed', but {settings.region} has no MLflow apps: expected fargate or url, "
            f"or aws:region as {one_of(sorted(MLFLOW_APP_REGIONS))}",
            ("aws:region",),
        )
    if not isinstance(tracking, FargateTracking):
        return
    if settings.network is None:
        yield Problem(
            "network", "is missing, expected {} or more: tracking.mode fargate runs in a network", ("tracking.mode",)
        )
    if (tracking.domain is None) != (tracking.certificate is None):
        one, other = ("domain", "certificate") if tracking.certificate is None else ("certificate", "domain")
        yield Problem(
            f"tracking.{other}",
            f"is missing, expected one for tracking.{one}: a certificate is for a domain, and nobody else has one",
            (f"tracking.{one}",),
        )
    if tracking.certificate is not None and (found := tracking.certificate.split(":")[3]) != settings.region:
        yield Problem(
            "tracking.certificate", f"is in {found}, expected one in {settings.region}: a load balancer takes no other"
        )


def _instances(settings: Settings) -> Iterator[Problem]:
    serving = settings.serving
    if isinstance(serving, Serverless | Function):
        return
    if settings.environment == names.PRODUCTION and serving.instances < instances.LEAST_IN_PRODUCTION:
        yield Problem(
            "serving.instances",
            f"is {serving.instances}, expected at least {instances.LEAST_IN_PRODUCTION} in {names.PRODUCTION}: "
            "one instance alone is an outage whenever it fails",
            ("serving.mode",),
        )


def _types(settings: Settings) -> Iterator[Problem]:
    """Instance types that SageMaker does not know, or not for what they are asked to do."""
    serving, batch = settings.serving, settings.batch
    asked = [("training.instance", settings.training.instance, (instances.PROCESSING, instances.TRAINING))]
    if not isinstance(serving, Serverless | Function):
        asked.append(("serving.instance", serving.instance, (instances.SERVING,)))
    if batch is not None:
        asked.append(("batch.instance", batch.instance, (instances.PROCESSING,)))
    for key, instance, kinds in asked:
        known = frozenset.intersection(*map(instances.known, kinds))
        if instance not in known:
            near = difflib.get_close_matches(instance, sorted(known), 1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            expected = f"expected a type that SageMaker has for {' and '.join(kinds)}{hint}"
            yield Problem(key, f"is {instance!r}, {expected}", ("serving.mode",) if key == "serving.instance" else ())


def _models(settings: Settings) -> Iterator[Problem]:
    for key, model in (("model", settings.model), ("challenger", settings.challenger)):
        if model is not None and not model.url.endswith(end := f"/{agreed.bundle_key(model.sha256)}"):
            yield Problem(
                f"{key}.url",
                f"is {model.url!r}, expected s3://<models bucket>{end}, which is where a run of training leaves it",
                (f"{key}.sha256",),
            )
    rollout = settings.rollout
    if settings.challenger is not None and rollout.strategy not in ("shadow", "a-b"):
        strategy = f"is {rollout.strategy!r}" if "strategy" in rollout.model_fields_set else "is not set"
        yield Problem(
            "challenger",
            f"is set, but rollout.strategy {strategy}: expected shadow or a-b, or no challenger",
            ("rollout.strategy",),
        )
