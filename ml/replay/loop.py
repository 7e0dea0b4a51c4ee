"""The whole loop over a stretch of the past, week by week, as if it happened now."""

import dataclasses
import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import polars as pl

from ml import baseline, bundle, features, ingest, pipeline, training
from ml.dataset import ABOUT, FAULTS, HISTORY, LABEL, SCHEMA, START, TABLES, arrivals, counted_apart, spoiled
from ml.monitoring import canary, checks, job, paired, power
from ml.monitoring.window import Window
from ml.registry import Registry, Release
from ml.replay import planted
from ml.replay.plan import STEP, Plan
from ml.replay.traffic import Caller
from ml.serving.endpoint import LocalEndpoint
from ml.store import Bucket
from ml.tables import Tables
from ml.wiring import Wiring

OnEvent = Callable[[datetime, str, str], None]
"""Told of each event: when, its kind, a line of text."""
Step = Literal["ingest", "call", "deliver", "watch", "train", "serve", "release"]
"""What the loop does, each under a role of its own."""
Acting = Callable[[Step], AbstractContextManager[None]]
"""Makes this process what it is in one step on AWS: the credentials of the step's role, and the job's variables."""


@dataclass
class Rollout:
    """A release on its way from challenger to champion, or back."""

    release: Release | None
    sha256: str
    start: datetime
    planted: bool
    requests_before: int
    lost_before: int


@dataclass
class Replay:
    """One replay: what it runs on, and the record that the report is made from."""

    wiring: Wiring
    endpoint: LocalEndpoint
    folder: Path
    on_event: OnEvent
    acting: Acting
    events: list[dict[str, Any]] = field(default_factory=list)
    batches: list[dict[str, Any]] = field(default_factory=list)
    windows: list[dict[str, Any]] = field(default_factory=list)
    trainings: list[dict[str, Any]] = field(default_factory=list)
    rollouts: list[dict[str, Any]] = field(default_factory=list)
    rollout: Rollout | None = None
    recent: list[pl.DataFrame] = field(default_factory=list)
    """The rows of the last weeks."""
    calibration: list[dict[str, Any]] = field(default_factory=list)
    card: str = ""

    def run(self, plan: Plan, on_week: Callable[[datetime], None] = lambda _moment: None) -> dict[str, Any]:
        """Replays the plan; returns the record. The endpoint answers from the first week on, by the baseline."""
        started = time.monotonic()
        with self.acting("call"):
            self.caller = Caller(self.wiring.endpoint_name, self.endpoint.url)
        self.registry = Registry(self.wiring.tracking_uri, self.wiring.project)
        self._start_endpoint(plan.served_from)
        self._history(plan.served_from)
        for week in range(plan.weeks):
            now = plan.served_from + (week + 1) * STEP
            on_week(now)
            self._arrive(now - STEP, now, spoil=week == plan.bad_batch_week)
            self._serve(now - STEP, now)
            with self.acting("watch"):
                self._judge_with_labels(now)
                reason = self._monitor(now)
            if reason and not self.rollout:
                self._train(now, reason)
            if week >= plan.bad_model_week and not self.rollout and not any(r["planted"] for r in self.rollouts):
                self._plant(now)
        if self.rollout:
            self._end_rollout(plan.until, promoted=False, reasons=["the replay ended before its labels came"])
        with self.acting("watch"):
            measured = None if plan.fast else self._power(plan)
            return self._record(plan, measured, time.monotonic() - started)

    @property
    def _policy(self) -> canary.CanaryPolicy:
        return canary.CanaryPolicy(bake_days=self.endpoint.policy.bake_days)

    def event(self, at: datetime, kind: str, text: str) -> None:
        self.events.append({"at": at.isoformat(), "kind": kind, "text": text})
        self.on_event(at, kind, text)

    def _start_endpoint(self, at: datetime) -> None:
        archive = baseline.bundle_bytes()
        self.endpoint.start(self._keep(archive), bundle.digest(archive))
        self.event(at, "served", f"{self.wiring.endpoint_name} answers with the baseline: no model exists yet")

    def _history(self, until: datetime) -> None:
        start = START
        while start < until:
            end = min((start.replace(day=1) + timedelta(days=32)).replace(day=1), until)
            self._arrive(start, end)
            start = end

    def _arrive(self, start: datetime, end: datetime, *, spoil: bool = False) -> None:
        """One batch of each table arrives; in one week a spoiled copy comes first, and is refused."""
        raw = arrivals(start, end)
        if spoil:
            table, broken, what = spoiled(raw)
            self._ingest(table, broken, start, end, name=f"{start:%Y-%m-%d}-broken")
            again = self._ingest(table, raw[table], start, end)
            twice = self._ingest(table, raw.pop(table), start, end)
            self.event(end, "data", f"{table} broken ({what}), then right: {again.status}; once more: {twice.status}")
        for table, frame in raw.items():
            if frame.height:
                self._ingest(table, frame, start, end)

    def _ingest(
        self, table: str, frame: pl.DataFrame, start: datetime, end: datetime, *, name: str = ""
    ) -> ingest.Batch:
        batch_id = name or f"{start:%Y-%m-%d}"
        with self.acting("ingest"):
            batch = ingest.ingest(self.wiring, table, frame, batch_id=batch_id, start=start, end=end)
        self.batches.append({"at": end.isoformat(), **dataclasses.asdict(batch)})
        if batch.status == "refused":
            self.event(end, "refused", f"{table} {batch_id}, {batch.rows:,} rows: {batch.findings[0]}")
        return batch

    def _serve(self, start: datetime, end: datetime) -> None:
        """The week's rows are predicted, the first day's first: a challenger is judged then, before the rest."""
        with self.acting("call"):
            tables = Tables.of(self.wiring.tables_bucket)
            recent = {name: tables.read(name) for name in TABLES}
        frame = features.build(since(recent, start - HISTORY), start=start, end=end)
        self.recent = [*self.recent[-2:], frame]
        day = pl.col("event_time") < start + timedelta(days=1)
        self.caller.send(frame.filter(day))
        if self.rollout:
            verdict = canary.judge(*self.endpoint.samples(), self._policy)
            if verdict.action == "roll_back":
                self._end_rollout(start + timedelta(days=1), promoted=False, reasons=verdict.reasons)
        self.caller.send(frame.filter(~day))
        with self.acting("deliver"):
            self.endpoint.deliver(Bucket(self.wiring.capture_bucket).put)

    def _judge_with_labels(self, now: datetime) -> None:
        if not self.rollout:
            return
        seen = job.observe(self.wiring, Window(self.rollout.start, now), now=now).frame
        challenger = bundle.load(self._archive(self.rollout.sha256), sha256=self.rollout.sha256)
        verdict = canary.judge(
            *self.endpoint.samples(),
            self._policy,
            labelled=paired.answers(seen, pipeline.champion(self.wiring), challenger),
            elapsed_days=(now - self.rollout.start) / timedelta(days=1),
        )
        if verdict.action != "wait":
            self._end_rollout(now, promoted=verdict.action == "promote", reasons=verdict.reasons)
        elif self.endpoint.next_step():
            self._tell_step(now, self.rollout.sha256)

    def _tell_step(self, now: datetime, sha256: str) -> None:
        self.event(now, self.endpoint.policy.strategy, f"{bundle.release(sha256)} {self.endpoint.words()}")

    def _monitor(self, now: datetime) -> str | None:
        """Checks the window; why to train, if so."""
        record, decision = job.run(self.wiring, now=now)
        self.windows.append(
            {
                "start": record.start.isoformat(),
                "end": record.end.isoformat(),
                "release": record.release,
                "rows": record.rows,
                "labelled": record.labelled,
                "results": [result.to_dict() for result in record.results],
                "acted": ", ".join(record.violated(checks.ACTED_ON)),
                "train": decision.train,
                "reason": decision.reason,
            }
        )
        if decision.train and not self.rollout:
            self.event(now, "decided", f"train: {decision.reason}")
        return decision.reason if decision.train else None

    def _train(self, now: datetime, reason: str) -> None:
        folder = self.folder / f"{now:%Y-%m-%d}"
        folder.mkdir(parents=True, exist_ok=True)
        run = pipeline.Job(wiring=self.wiring, until=now, reason=reason, folder=folder)
        started, release = time.monotonic(), None
        try:
            with self.acting("train"):
                release = pipeline.run(run)
        except pipeline.GateRefusedError as refused:
            self.event(now, "gate", f"refused: {refused}")
        result, data = run.read_json("evaluation.json"), run.read_json("data.json")
        self.trainings.append(
            {
                "at": now.isoformat(),
                "because": reason,
                "rows": data["train_rows"],
                "candidate": result["candidate"],
                "champion": result["champion"],
                "passed": release is not None,
                "reasons": result["gate"]["reasons"],
                "seconds": time.monotonic() - started,
            }
        )
        if release:
            self.event(now, "gate", f"passed: {'; '.join(result['gate']['reasons'])}")
            self._roll_out(now, release.sha256, release, planted=False)

    def _plant(self, now: datetime) -> None:
        with self.acting("train"):
            archive = planted.inverted(pipeline.champion(self.wiring), pl.concat(self.recent))
            Bucket(self.wiring.models_bucket).put_new(bundle.key(bundle.digest(archive)), archive)
        self.event(now, "planted", "a release past its gate: healthy HTTP, the usual scores, in the wrong order")
        self._roll_out(now, bundle.digest(archive), None, planted=True)

    def _roll_out(self, now: datetime, sha256: str, release: Release | None, *, planted: bool) -> None:
        with self.acting("serve"):
            archive = self._archive(sha256)
        self.endpoint.deploy_challenger(self._keep(archive), sha256)
        self.rollout = Rollout(release, sha256, now, planted, self.caller.traffic.requests, self.caller.traffic.lost)
        self._tell_step(now, sha256)

    def _end_rollout(self, now: datetime, *, promoted: bool, reasons: list[str]) -> None:
        rollout, self.rollout = self.rollout, None
        if rollout is None:
            return
        _champion, challenger = self.endpoint.samples()
        if promoted:
            self.endpoint.promote()
        else:
            self.endpoint.roll_back()
        with self.acting("release"):
            self._record_outcome(rollout.release, promoted=promoted, reasons=reasons)
        if rollout.release and promoted:
            folder = self.folder / f"{rollout.start:%Y-%m-%d}"
            self.card = (folder / "model_card.md").read_text()
            self.calibration = json.loads((folder / "evaluation.json").read_text())["calibration"]
        self.event(
            now, "promoted" if promoted else "rolled back", f"{bundle.release(rollout.sha256)}: {'; '.join(reasons)}"
        )
        self.rollouts.append(
            {
                "start": rollout.start.isoformat(),
                "end": now.isoformat(),
                "release": bundle.release(rollout.sha256),
                "planted": rollout.planted,
                "promoted": promoted,
                "reasons": reasons,
                "requests": self.caller.traffic.requests - rollout.requests_before,
                "challenger_requests": challenger.requests,
                "lost": self.caller.traffic.lost - rollout.lost_before,
            }
        )

    def _record_outcome(self, release: Release | None, *, promoted: bool, reasons: list[str]) -> None:
        """What the registry is told; a planted release is not in it."""
        if release and promoted:
            self.registry.promote(release.version)
        elif release:
            self.registry.reject(release.version, reasons)

    def _archive(self, sha256: str) -> bytes:
        return Bucket(self.wiring.models_bucket).get(bundle.key(sha256)) or b""

    def _keep(self, archive: bytes) -> Path:
        path = self.folder / "bundles" / bundle.digest(archive) / bundle.FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(archive)
        return path

    def _power(self, plan: Plan) -> dict[str, Any]:
        """What the alarms are worth on this data; every third row, to be done in seconds."""
        self.event(plan.until, "measured", "how often the alarms cry wolf, and what they find of planted faults")
        tables = Tables.of(self.wiring.tables_bucket)
        frame = features.build({name: tables.read(name) for name in TABLES}, end=plan.until)
        labelled = frame.filter(pl.col(LABEL).is_not_null()).gather_every(3)
        train = training.trainer(SCHEMA, seed=pipeline.SEED)
        return power.measure(labelled, train, SCHEMA, faults=FAULTS, shuffles=2)

    def _record(self, plan: Plan, measured: dict[str, Any] | None, seconds: float) -> dict[str, Any]:
        traffic = self.caller.traffic
        tables = Tables.of(self.wiring.tables_bucket)
        return {
            "project": self.wiring.project,
            "environment": self.wiring.environment,
            "task": SCHEMA.task,
            "label": LABEL,
            "about": dataclasses.asdict(ABOUT),
            "period": f"{plan.served_from:%d %B %Y} to {plan.until:%d %B %Y}",
            "seconds": seconds,
            "rollout": self.wiring.rollout,
            "events": self.events,
            "batches": self.batches,
            "windows": self.windows,
            "trainings": self.trainings,
            "rollouts": self.rollouts,
            "power": measured,
            "card": self.card,
            "calibration": self.calibration,
            "aliases": self.registry.aliases(),
            "counted_apart": counted_apart({name: tables.read(name) for name in TABLES}),
            "table_versions": tables.versions(),
            "latency": {
                "requests": traffic.requests,
                "rows": traffic.rows,
                "errors": traffic.lost,
                "p50": traffic.percentile(50),
                "p99": traffic.percentile(99),
            },
        }


def since(tables: dict[str, pl.DataFrame], start: datetime) -> dict[str, pl.DataFrame]:
    """The tables from a time on: what the features of later rows need."""
    times = {name: TABLES[name].time for name in tables}
    return {
        name: frame if (time_column := times[name]) is None else frame.filter(pl.col(time_column) >= start)
        for name, frame in tables.items()
    }
