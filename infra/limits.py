"""What AWS refuses although each setting is well formed: rules over several settings."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from infra import cost, instances, names, prices, subnets
from infra.quotas import CANARY_PERCENT_LIMIT, LINEAR_PERCENTS, MLFLOW_APP_REGIONS, ROLLING_PERCENTS, real_share
from infra.rollout import bakes
from infra.settings import FargateTracking, Function, ManagedTracking, RealTime, Serverless, Settings
from ml import agreed

PROVIDER_WAITS_MINUTES = 60
"""How long Pulumi's AWS provider waits for an update before it fails; SageMaker itself gives one eight hours.

github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/sagemaker/endpoint.go, waitEndpointInService;
docs.aws.amazon.com/sagemaker/latest/APIReference/API_BlueGreenUpdatePolicy.html
"""
STARTING_MINUTES = 15
"""Of which starting instances and pulling the image may take as many."""
BAKE_LIMIT_MINUTES = PROVIDER_WAITS_MINUTES - STARTING_MINUTES
SHARE_TOLERANCE = 5
SHARES = {
    "canary": (range(1, CANARY_PERCENT_LIMIT + 1), "a canary"),
    "linear": (LINEAR_PERCENTS, "a linear step"),
    "rolling": (ROLLING_PERCENTS, "a rolling batch"),
}
"""What a strategy that goes by instances takes in one step, and what that step is called."""
OF_FUNCTIONS = ("all-at-once", "canary")
"""docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html"""
ONE_VARIANT = "all-at-once, canary, linear, blue-green"
"""The strategies that every mode can name; a serverless endpoint follows them on the local endpoint alone."""


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
    yield from _instances(settings)
    yield from _models(settings)
    yield from _batch(settings)
    yield from _expiry(settings)
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
    yield from _mode(settings)


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


def _share(settings: Settings) -> Iterator[Problem]:
    serving, rollout = settings.serving, settings.rollout
    if isinstance(serving, Serverless | Function) or rollout.strategy not in SHARES:
        return
    if rollout.share not in SHARES[rollout.strategy][0]:
        return  # Said already, whatever the instances.
    real = real_share(rollout.share, serving.instances)
    if real > CANARY_PERCENT_LIMIT or abs(real - rollout.share) > SHARE_TOLERANCE:
        yield Problem(
            "rollout.percent",
            f"is {rollout.share}, but {serving.instances} instance(s) give {real:.0f} % of the traffic; "
            f"expected {_possible(serving.instances)}, or serving.instances: {math.ceil(100 / rollout.share)}",
            ("rollout.strategy", "serving.mode", "serving.instances"),
        )


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


def _possible(instances: int) -> str:
    shares = sorted({round(100 * count / instances) for count in range(1, instances // 2 + 1)})
    if not shares:
        return "strategy all-at-once or blue-green"
    return one_of(shares[:6]) + (" ..." if len(shares) > 6 else "")


def _instances(settings: Settings) -> Iterator[Problem]:
    serving, strategy = settings.serving, settings.rollout.strategy
    if isinstance(serving, Serverless | Function):
        return
    if settings.environment == names.PRODUCTION and serving.instances < instances.LEAST_IN_PRODUCTION:
        yield Problem(
            "serving.instances",
            f"is {serving.instances}, expected at least {instances.LEAST_IN_PRODUCTION} in {names.PRODUCTION}: "
            "one instance alone is an outage whenever it fails",
            ("serving.mode",),
        )
    if serving.instance.startswith(instances.UNGUARDED) and strategy not in ("all-at-once", "shadow", "a-b"):
        yield Problem(
            "rollout.strategy",
            f"is {strategy!r}, expected all-at-once: SageMaker shifts all traffic at once, without a bake, "
            f"on {serving.instance}",
            ("serving.mode", "serving.instance"),
        )


def _models(settings: Settings) -> Iterator[Problem]:
    for key, model in (("model", settings.model), ("challenger", settings.challenger)):
        if model is not None and not model.url.endswith(end := f"/{agreed.bundle_key(model.sha256)}"):
            yield Problem(
                f"{key}.url",
                f"is {model.url!r}, expected s3://<models bucket>{end}, which is where a run of training leaves it",
                (f"{key}.sha256",),
            )
    if settings.challenger is not None and settings.rollout.strategy not in ("shadow", "a-b"):
        yield Problem(
            "challenger",
            f"is set, but rollout.strategy is {settings.rollout.strategy!r}: expected shadow or a-b, or no challenger",
            ("rollout.strategy",),
        )
