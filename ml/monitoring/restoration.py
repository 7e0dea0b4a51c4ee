"""Back to the release before, where labels show after the bake that the present one is worse: the monitor's last step.

A release is taken back once in its life, and after a restoration nothing is judged for some days. So no two releases
take turns; if people roll the same release out again, it stays.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import boto3

from ml import agreed, baseline, bundle, published, releases
from ml.monitoring import canary, job, paired
from ml.monitoring.window import Window
from ml.registry import Registry
from ml.releases import RefusedError, ReleasesError, Running
from ml.store import Bucket
from ml.wiring import Wiring

WATCHED = timedelta(days=28)
"""How long a release is compared with the one before it. Later, both are old: then it is training that helps."""
COOLDOWN = timedelta(days=7)
UNDER_WAY, RESTORED, NOT_RESTORED = "under way", "restored", "not restored"
GONE = f"{NOT_RESTORED}: the configuration is gone"
MOVED = f"{NOT_RESTORED}: somebody has moved the endpoint meanwhile"


class Endpoint(Protocol):
    """What serves, on SageMaker or on this machine."""

    def running(self) -> Running | None:
        """What it runs; None while something is under way."""
        ...

    def has(self, config: str) -> bool:
        """Whether it can still run a configuration that it ran before."""
        ...

    def switch(self, config: str) -> None:
        """Runs that configuration from now on; returns when it does. Raises RefusedError where it cannot."""
        ...


@dataclass(frozen=True, kw_only=True)
class Case:
    """The present release and the one before it, with the labels that both were judged on."""

    current: Running
    before: Running
    reasons: list[str]
    """Why the present release is surely worse."""
    measures: Mapping[str, float]


def key(name: str) -> str:
    """Where the record of a release's restoration lies in the models bucket; `name` is its sha256, or baseline."""
    return f"{agreed.RESTORATIONS}{name}.json"


def run(wiring: Wiring, endpoint: Endpoint, *, now: datetime) -> dict[str, Any] | None:
    """Restores the release before, if the present one is surely worse; returns the record, or None.

    A restoration that was cut off is brought to its end first. Raises EndpointError or StoreError: run it again.
    """
    models = Bucket(wiring.models_bucket)
    records = [record for known in models.keys(agreed.RESTORATIONS) if (record := models.get_json(known))]
    for record in records:
        if record["outcome"] == UNDER_WAY:
            return _bring_to_end(wiring, endpoint, record)
    running = endpoint.running()
    if running is None:
        return None
    seen = _note(wiring, models, running)
    case = judge(wiring, seen, records, now)
    if case is None:
        return None
    record = _record(wiring, case, now)
    # Of two monitors that find the same, one acts.
    if not models.put_new(key(case.current.name), _json(record)):
        return None
    return _bring_to_end(wiring, endpoint, record)


def judge(wiring: Wiring, seen: list[Running], records: list[dict[str, Any]], now: datetime) -> Case | None:
    """The case against the present release; None where there is none, or nothing that may be done about it."""
    current, bad = seen[-1], {record["from"]["release"] for record in records}
    if current.name in bad or any(record["to"]["config"] == current.config for record in records):
        return None
    if any(now - datetime.fromisoformat(record["at"]) < COOLDOWN for record in records):
        return None
    earlier = releases.before(seen, bad)
    if earlier is None or not timedelta() < now - current.since <= WATCHED:
        return None
    rows = job.observe(wiring, Window(current.since, now), now=now).frame
    labelled = paired.answers(rows, _bundle(wiring, earlier), _bundle(wiring, current))
    reasons = canary.surely_worse(labelled)
    loss = paired.loss_difference(labelled)
    if not reasons or loss is None:
        return None
    measures = {
        "loss": loss.champion + loss.mean,
        "loss_before": loss.champion,
        "standard_error": loss.error,
        "labels": float(loss.rows),
        "days": float(loss.days),
    }
    return Case(current=current, before=earlier, reasons=reasons, measures=measures)


def _note(wiring: Wiring, models: Bucket, running: Running) -> list[Running]:
    """What the endpoint was seen to run up to now, kept for the next run."""
    place = f"{agreed.SERVED}{wiring.endpoint_name}.json"
    content = models.get(place)
    try:
        known = releases.parse(content)
    except ReleasesError as error:
        raise ReleasesError(f"{models.url(place)}: {error}. Bring back an earlier version of it") from error
    seen = releases.noted(known, running)
    if seen != known:
        models.put(place, releases.dump(seen))
    return seen


def _record(wiring: Wiring, case: Case, now: datetime) -> dict[str, Any]:
    """All that somebody needs who brings git in line: which release, back to which, why, and on what."""
    return {
        "endpoint": wiring.endpoint_name,
        "environment": wiring.environment,
        "at": now.isoformat(),
        "by": "the monitor, on labels",
        "from": {"release": case.current.name, "config": case.current.config, "since": case.current.since.isoformat()},
        "to": {"release": case.before.name, "config": case.before.config},
        "reasons": case.reasons,
        "measures": case.measures,
        "outcome": UNDER_WAY,
    }


def _bring_to_end(wiring: Wiring, endpoint: Endpoint, record: dict[str, Any]) -> dict[str, Any]:
    """Each part can be done twice: what was cut off is done again from its start."""
    source, target, running = record["from"], record["to"], endpoint.running()
    if running is None:
        return record
    # First, so that people hear of what cannot be done, too.
    _tell(wiring)
    outcome = _outcome(endpoint, running, source["config"], target["config"])
    if outcome == RESTORED:
        registry = Registry(wiring)
        registry.give_back(_sha256(source["release"]), before=_sha256(target["release"]), reasons=record["reasons"])
    ended = {**record, "outcome": outcome}
    Bucket(wiring.models_bucket).put(key(source["release"]), _json(ended))
    return ended


def _outcome(endpoint: Endpoint, running: Running, source: str, target: str) -> str:
    if running.config not in (source, target):
        return MOVED
    if running.config == source:
        if not endpoint.has(target):
            return GONE
        try:
            endpoint.switch(target)
        except RefusedError as error:
            return f"{NOT_RESTORED}: {error}"
    return RESTORED


def _tell(wiring: Wiring) -> None:
    """An alarm tells people; the record tells them more."""
    datum = {
        "MetricName": published.RESTORATIONS,
        "Dimensions": [{"Name": published.ENDPOINT, "Value": wiring.endpoint_name}],
        "Value": 1.0,
    }
    boto3.client("cloudwatch").put_metric_data(Namespace=wiring.metrics_namespace, MetricData=[datum])


def _bundle(wiring: Wiring, seen: Running) -> bundle.Bundle:
    if not seen.sha256:
        archive = baseline.bundle_bytes()
        return bundle.load(archive, sha256=bundle.digest(archive))
    models, place = Bucket(wiring.models_bucket), agreed.bundle_key(seen.sha256)
    archive = models.get(place)
    if archive is None:
        raise bundle.BundleError(f"{models.url(place)} served {wiring.endpoint_name} and is gone: bring it back")
    return bundle.load(archive, sha256=seen.sha256)


def _sha256(name: str) -> str:
    return "" if name == "baseline" else name


def _json(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record, indent=1).encode()
