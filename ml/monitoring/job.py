"""The monitor job: one window's captures and labels in; results, metrics, history and a decision out."""

import gzip
import zlib
from datetime import datetime, timedelta

import boto3
import polars as pl

from ml import batch, bundle, events, pipeline, published, runs
from ml.dataset import HORIZON, SCHEMA, labels
from ml.ingest import refused_between
from ml.monitoring import checks, history, platform
from ml.monitoring.captures import captured
from ml.monitoring.history import HistoryError, WindowRecord
from ml.monitoring.join import Joined, join
from ml.monitoring.trigger import Decision, TriggerSettings, decide
from ml.monitoring.window import Window, latest_closed
from ml.store import Bucket, StoreError
from ml.tables import Tables
from ml.wiring import Wiring

HISTORY = "monitoring/history.jsonl"
VARIANTS = ("champion", "challenger")
"""The endpoint's, by the names that its configuration gives them."""
FRESH = timedelta(days=3)
"""How far back the job looks for the newest capture: longer than the alarm on its age waits."""


def run(wiring: Wiring, *, now: datetime) -> tuple[WindowRecord, Decision]:
    """Checks the latest closed window and decides whether to train; the same window is never recorded twice."""
    settings = TriggerSettings.parse(wiring.monitor)
    window = latest_closed(now, days=settings.window_days)
    champion = pipeline.champion(wiring)
    joined = observe(wiring, window, now=now)
    served = joined.frame.filter(pl.col("release") == bundle.release(champion.sha256))
    record = WindowRecord(
        start=window.start,
        end=window.end,
        release=bundle.release(champion.sha256),
        rows=served.height,
        labelled=served.height - served["label"].null_count(),
        results=checks.calculate(served, champion.reference, champion.schema),
        refused_batches=refused_between(wiring, window.start, now),
        counts=joined.counts,
    )
    past = history.merge(read_history(wiring), record)
    Bucket(wiring.capture_bucket).put(HISTORY, history.dump(past).encode())
    _publish(wiring, record, _newest(wiring, joined.frame, now), now)
    state = runs.state(wiring)
    decision = decide(past, settings, now, trained=state.ended, started=state.started, running=state.running)
    if decision.train:
        _tell(wiring, record, decision)
    return record, decision


def observe(wiring: Wiring, window: Window, *, now: datetime) -> Joined:
    """What was predicted in the window, on request and in batches, joined to the labels known by now."""
    tables = Tables.of(wiring.tables_bucket)
    scored = batch.captured(Bucket(wiring.capture_bucket), window.dates())
    rows = pl.concat([predictions(wiring, window), scored], how="diagonal")
    return join(window.rows(rows), labels(tables.read), now=now, horizon=HORIZON)


def predictions(wiring: Wiring, window: Window) -> pl.DataFrame:
    """What was captured of the window."""
    captures = Bucket(wiring.capture_bucket)
    lines: list[bytes] = []
    for day in window.dates():
        for key in captures.keys(f"capture/{wiring.endpoint_name}/{day:%Y-%m-%d}/"):
            try:
                lines += gzip.decompress(captures.get(key) or b"").splitlines()
            except (EOFError, OSError, zlib.error) as error:
                raise StoreError(f"{captures.url(key)} is not whole: {error}. Delete it or bring it back") from error
        # Both forms are read, whichever it is today: an endpoint may have changed its mode in the window.
        for variant in VARIANTS:
            for key in captures.keys(platform.folder(wiring.endpoint_name, variant, day)):
                lines += platform.lines((captures.get(key) or b"").splitlines(), variant, SCHEMA)
    return window.rows(captured(lines, SCHEMA))


def read_history(wiring: Wiring) -> list[WindowRecord]:
    """The windows that were checked before, oldest first."""
    captures = Bucket(wiring.capture_bucket)
    try:
        return history.parse((captures.get(HISTORY) or b"").decode(errors="replace"))
    except HistoryError as error:
        raise HistoryError(f"{captures.url(HISTORY)}: {error}. Bring back an earlier version of it") from error


def _newest(wiring: Wiring, window: pl.DataFrame, now: datetime) -> datetime | None:
    """The latest event time that was captured, of the window or since; null where nothing was."""
    recent = predictions(wiring, Window(now - FRESH, now))
    times = pl.concat([window["event_time"], recent["event_time"]]).sort()
    return times[-1] if len(times) else None


def _tell(wiring: Wiring, record: WindowRecord, decision: Decision) -> None:
    """The decision as one event, which starts the pipeline. Raises StoreError where it was not taken."""
    name = events.decision(record.end, record.release, decision.cause or "none")
    entry = events.entry(f"{wiring.project}-{wiring.environment}", decision=name, reason=decision.reason)
    answer = boto3.client("events").put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise StoreError(f"the event that starts the training was not taken: {answer['Entries'][0]}")


def _publish(wiring: Wiring, record: WindowRecord, newest: datetime | None, now: datetime) -> None:
    """The results as CloudWatch metrics."""
    endpoint = [{"Name": published.ENDPOINT, "Value": wiring.endpoint_name}]
    figures: list[tuple[str, list[dict[str, str]], float]] = [
        (published.MONITOR_RUNS, endpoint, 1.0),
        (published.PREDICTIONS, endpoint, float(record.rows)),
    ]
    if newest:
        figures.append((published.CAPTURE_AGE_HOURS, endpoint, (now - newest).total_seconds() / 3600))
    for result in record.results:
        check = [*endpoint, {"Name": published.CHECK, "Value": result.name}]
        if result.value is not None:
            figures.append((published.VALUE, check, result.value))
        if result.judged:
            figures.append((published.VIOLATION, check, float(result.status == "violation")))
    data = [{"MetricName": name, "Dimensions": dimensions, "Value": value} for name, dimensions, value in figures]
    boto3.client("cloudwatch").put_metric_data(Namespace=wiring.metrics_namespace, MetricData=data)
