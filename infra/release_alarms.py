"""The alarms of one release, by what its own containers write down: they watch it before an update brings it in.

Old and new fleet share endpoint and variant, so SageMaker's own metrics cannot tell them apart.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pulumi

from infra import alarm
from infra.alarm import Alarm
from infra.metrics import Metric
from infra.place import Place
from infra.settings import Release, Settings

RUNBOOK = "release"
LEAST = 50
"""Rows, or requests, that both this release and the others must have had to be compared."""
REFUSALS = 0.1
"""The share of requests by which a release may refuse more than the others."""
BASELINE = "baseline"
"""What the containers call the release where the image's own model answers: `ml.serving.emitted`."""
ALONE = ("failures", "slow")
"""The alarms that do not compare, so that a challenger has them too: SageMaker takes ten in all."""


@dataclass(frozen=True, kw_only=True)
class ReleaseAlarmsArgs:
    place: Place
    topic_arn: pulumi.Input[str]
    settings: Settings


class ReleaseAlarms(pulumi.ComponentResource):
    """What rolls an update back beside the endpoint's own alarms.

    Their names stay, and turn to each new release before the update that brings it: the provider may make an endpoint
    anew whose `auto_rollback_configuration` changes. An alarm that was in ALARM for the release before is evaluated
    anew within a minute, long before the new fleet stands and its bake begins.
    """

    names: list[pulumi.Output[str]]
    arns: list[pulumi.Output[str]]

    def __init__(self, name: str, args: ReleaseAlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:ReleaseAlarms", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        made = [
            alarm.make(name + ending, each, args.topic_arn, child) for ending, each in of(args.place, args.settings)
        ]
        self.names, self.arns = [one.name for one in made], [one.arn for one in made]
        self.register_outputs({"names": self.names})


def of(place: Place, settings: Settings) -> Iterator[tuple[str, Alarm]]:
    """What is watched, with what its name ends: all of the release that takes over, less of a challenger beside it."""
    champion, challenger = short(settings.model), short(settings.challenger)
    yield from (("", each) for each in of_release(champion, place, settings))
    # A shadow answers nobody.
    if settings.rollout.strategy == "a-b" and settings.challenger is not None and challenger != champion:
        watched = of_release(challenger, place, settings)
        yield from (("-challenger", each) for each in watched if each.name in ALONE)


def short(release: Release | None) -> str:
    """What captures, metrics and alarms call a release: `ml.bundle.release`."""
    return release.sha256[:12] if release else BASELINE


def of_release(release: str, place: Place, settings: Settings) -> list[Alarm]:
    monitor, rows = settings.monitor, f"{settings.monitor.input_shift:.0%} more of its rows than of the others'"
    failures = Alarm(
        name="failures",
        runbook=RUNBOOK,
        what=f"Release {release} answered a request with a server error.",
        metrics={"failures": _metric(place, release, "ServerErrors")},
        threshold=1,
        comparison="GreaterThanOrEqualToThreshold",
        period=60,
        periods=1,
        # Silence is no evidence: an endpoint that nobody asks must be able to get a new release.
        missing="notBreaching",
    )
    slow = replace(
        failures,
        name="slow",
        what=f"Release {release} took longer than {monitor.latency_p99_ms} ms for one in 100 requests.",
        metrics={"latency": _metric(place, release, "Latency", "p99")},
        threshold=monitor.latency_p99_ms,
        comparison="GreaterThanThreshold",
    )

    def compared(name: str, what: str, metric: str, of: str, threshold: float, *, either_way: bool = False) -> Alarm:
        """The share of this release less that of all others together, over the same five minutes."""
        difference = "own / own_of - (all - own) / (all_of - own_of)"
        worse = f"ABS({difference})" if either_way else difference
        return replace(
            slow,
            name=name,
            what=f"Release {release} is unlike the releases beside it: {what}.",
            metrics={
                "own": _metric(place, release, metric),
                "own_of": _metric(place, release, of),
                "all": _metric(place, "", metric),
                "all_of": _metric(place, "", of),
            },
            expression=f"IF(own_of >= {LEAST} AND all_of - own_of >= {LEAST}, {worse}, 0)",
            threshold=threshold,
            # A minute has too few rows.
            period=300,
        )

    refused = f"it refuses {REFUSALS:.0%} more of its requests"
    odd = monitor.input_shift
    return [
        failures,
        slow,
        compared("refusals", refused, "ClientErrors", "Requests", REFUSALS),
        compared("missing", f"{rows} lack a feature that training usually had", "MissingRows", "Rows", odd),
        compared("out-of-range", f"{rows} hold a value that training never saw", "OutOfRangeRows", "Rows", odd),
        compared(
            "scores",
            "its scores lie elsewhere in the range of its training",
            "ScorePositions",
            "Rows",
            monitor.score_shift,
            either_way=True,
        ),
    ]


def _metric(place: Place, release: str, name: str, statistic: str = "Sum") -> Metric:
    """What `ml.serving.emitted` writes: of one release, or of all that the endpoint runs."""
    dimensions = {"EndpointName": place.endpoint_name, **({"Release": release} if release else {})}
    return Metric(namespace=place.metrics_namespace, name=name, dimensions=dimensions, statistic=statistic)
