"""The whole loop over a stretch of the past, week by week, as if it happened now."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from ml import agreed, bundle, features, ingest, pipeline, training
from ml.dataset import FAULTS, HISTORY, LABEL, SCHEMA, START, TABLES, arrivals, spoiled
from ml.monitoring import job, power
from ml.registry import Release
from ml.replay import planted
from ml.replay.acting import Acting, Start, Started
from ml.replay.plan import STEP, Plan
from ml.replay.record import Record
from ml.replay.rollouts import Rollouts
from ml.replay.traffic import Caller
from ml.serving.endpoint import LocalEndpoint
from ml.store import Bucket
from ml.tables import Tables, since
from ml.wiring import Wiring


@dataclass
class Replay:
    """One replay: what it runs on, and the record that the report is made from."""

    wiring: Wiring
    endpoint: LocalEndpoint
    folder: Path
    record: Record
    acting: Acting
    started: Started
    recent: list[pl.DataFrame] = field(default_factory=list)
    """The rows of the last weeks."""

    def run(self, plan: Plan, on_week: Callable[[datetime], None] = lambda _moment: None) -> dict[str, Any]:
        """Replays the plan; returns the record. The endpoint answers from the first week on, by the baseline."""
        started = time.monotonic()
        with self.acting("call"):
            self.caller = Caller(self.wiring.endpoint_name, self.endpoint.url)
        self.rollouts = Rollouts(self.wiring, self.endpoint, self.folder, self.record, self.acting, self.caller.traffic)
        self.rollouts.start_endpoint(plan.served_from)
        self._history(plan.served_from)
        for week in range(plan.weeks):
            now = plan.served_from + (week + 1) * STEP
            on_week(now)
            self._arrive(now - STEP, now, spoil=week == plan.bad_batch_week)
            self._serve(now - STEP, now)
            with self.acting("watch"):
                self.rollouts.judge_with_labels(now)
                self._monitor(now)
                self.rollouts.restore(now)
            # The monitor's decision is an event; what it has started is what is run.
            starts = self.started()
            if starts and not self.rollouts.current:
                # Once is enough to see that it works: containers take ten seconds longer.
                self._train(now, starts[-1], in_containers=not plan.fast and not self.record.trainings)
            if week >= plan.bad_model_week and not self.rollouts.current and not self.rollouts.planted:
                self._plant(now)
            elif self.rollouts.planted and not self.rollouts.current and not self.rollouts.slipped:
                self.rollouts.slip(now)
        self.rollouts.end(plan.until, promoted=False, reasons=["the replay ended before its labels came"])
        with self.acting("watch"):
            measured = None if plan.fast else self._power(plan)
            seconds = time.monotonic() - started
            return self.record.of(self.wiring, plan, self.caller.traffic, power=measured, seconds=seconds)

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
            self.record.event(
                end, "data", f"{table} broken ({what}), then right: {again.status}; once more: {twice.status}"
            )
        for table, frame in raw.items():
            if frame.height:
                self._ingest(table, frame, start, end)

    def _ingest(
        self, table: str, frame: pl.DataFrame, start: datetime, end: datetime, *, name: str = ""
    ) -> ingest.Batch:
        batch_id = name or f"{start:%Y-%m-%d}"
        with self.acting("ingest"):
            batch = ingest.ingest(self.wiring, table, frame, batch_id=batch_id, start=start, end=end, now=end)
        self.record.batch(end, batch)
        if batch.status == "refused":
            self.record.event(end, "refused", f"{table} {batch_id}, {batch.rows:,} rows: {batch.findings[0]}")
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
        self.rollouts.judge_at_once(start + timedelta(days=1))
        self.caller.send(frame.filter(~day))
        with self.acting("deliver"):
            self.endpoint.deliver(Bucket(self.wiring.capture_bucket).put)

    def _monitor(self, now: datetime) -> None:
        """Checks the window; where a run is due, the monitor says so by an event."""
        window, decision = job.run(self.wiring, now=now)
        self.record.window(window, decision)
        if decision.train and not self.rollouts.current:
            self.record.event(now, "decided", f"train: {decision.reason}")

    def _train(self, now: datetime, start: Start, *, in_containers: bool) -> None:
        """A run as on AWS, each step in a container of its own, or in this process, to save time."""
        folder = self.folder / f"{now:%Y-%m-%d}"
        folder.mkdir(parents=True, exist_ok=True)
        reason, decision = start.parameters["Reason"], start.parameters["Decision"]
        run = pipeline.Job(wiring=self.wiring, until=now, reason=reason, folder=folder, decision=decision)
        started = time.monotonic()
        refused = start.execute(folder, now) if in_containers else self._in_process(run)
        release = None if refused else Release(**run.read_json("release.json"))
        if refused:
            self.record.event(now, "gate", f"refused: {refused}")
        result, data = run.read_json("evaluation.json"), run.read_json("data.json")
        self.record.trainings.append(
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
            self.record.event(now, "gate", f"passed: {'; '.join(result['gate']['reasons'])}")
            self.rollouts.begin(now, release.sha256, release)

    def _in_process(self, run: pipeline.Job) -> str:
        try:
            with self.acting("train"):
                pipeline.run(run)
        except pipeline.GateRefusedError as refused:
            return str(refused)
        return ""

    def _plant(self, now: datetime) -> None:
        with self.acting("train"):
            archive = planted.inverted(pipeline.champion(self.wiring), pl.concat(self.recent))
            Bucket(self.wiring.models_bucket).put_new(agreed.bundle_key(bundle.digest(archive)), archive)
        self.record.event(now, "planted", "a release past its gate: healthy HTTP, the usual scores, in the wrong order")
        self.rollouts.begin(now, bundle.digest(archive), None)

    def _power(self, plan: Plan) -> dict[str, Any]:
        """What the alarms are worth on this data; every third row, to be done in seconds."""
        self.record.event(plan.until, "measured", "how often the alarms cry wolf, and what they find of planted faults")
        tables = Tables.of(self.wiring.tables_bucket)
        frame = features.build({name: tables.read(name) for name in TABLES}, end=plan.until)
        labelled = frame.filter(pl.col(LABEL).is_not_null()).gather_every(3)
        train = training.trainer(SCHEMA, seed=pipeline.SEED)
        return power.measure(labelled, train, SCHEMA, faults=FAULTS)
