"""The example's year in this process: features, training, scoring and monitoring, week by week, without any server."""

import time
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from infra.settings import MonitorSettings
from ml import baseline, bundle, evaluation, features, pipeline, training
from ml.bundle import Bundle
from ml.dataset import HISTORY, HORIZON, LABEL, SCHEMA, START, arrivals, labels
from ml.monitoring import checks
from ml.monitoring.history import WindowRecord
from ml.monitoring.join import join
from ml.monitoring.trigger import TriggerSettings, decide
from ml.monitoring.window import latest_closed
from ml.replay.plan import STEP, Plan
from ml.tables import since
from tests.benchmarks.figures import Figure

MONITOR = MonitorSettings()
TRIGGER = TriggerSettings(
    window_days=MONITOR.window_days, cooldown_days=MONITOR.cooldown_days, schedule_days=MONITOR.schedule_days
)


def measure(*, weeks: int | None = None) -> list[Figure]:
    """The weeks of `make demo`, or its first ones: the same functions and decisions, but no request and no bucket."""
    plan = Plan.of(fast=False)
    started, cpu = time.perf_counter(), time.process_time()
    year = Year()
    for week in range(plan.weeks if weeks is None else weeks):
        year.replay(plan.served_from + week * STEP)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    note = (
        f"{cpu:.0f} s of CPU; {sum(part.height for part in year.predicted):,} predictions in {len(year.history)} "
        f"windows, {year.trainings} trainings, {year.promotions} promotions"
    )
    what = "replaying the year's features, training, scoring and monitoring"
    return [Figure(what=what, measured=seconds, unit=" s", goal=60, note=note)]


def _baseline() -> Bundle:
    archive = baseline.bundle_bytes()
    return bundle.load(archive, sha256=bundle.digest(archive))


@dataclass
class Year:
    """The champion and what it has answered and the monitor has seen so far."""

    champion: Bundle = field(default_factory=_baseline)
    predicted: list[pl.DataFrame] = field(default_factory=list)
    history: list[WindowRecord] = field(default_factory=list)
    trained: datetime | None = None
    trainings: int = 0
    promotions: int = 0

    def replay(self, start: datetime) -> None:
        """One week: its rows are predicted, the window that closed is checked, and a model is trained where due."""
        now = start + STEP
        tables = arrivals(START, now)
        rows = features.build(since(tables, start - HISTORY), start=start, end=now).drop("known_at", LABEL)
        self.predicted.append(self._answered(rows))
        window = latest_closed(now, days=TRIGGER.window_days)
        seen = window.rows(pl.concat(self.predicted[-3:]))
        joined = join(seen, labels(tables.__getitem__), now=now, horizon=HORIZON)
        served = joined.frame.filter(pl.col("release") == bundle.release(self.champion.sha256))
        record = WindowRecord(
            start=window.start,
            end=window.end,
            release=bundle.release(self.champion.sha256),
            rows=served.height,
            labelled=served.height - served[LABEL].null_count(),
            results=checks.calculate(served, self.champion.reference, self.champion.schema),
        )
        self.history.append(record)
        if decide(self.history, TRIGGER, now, trained=self.trained).train:
            self._train(tables, now)

    def _answered(self, rows: pl.DataFrame) -> pl.DataFrame:
        return rows.with_columns(
            pl.Series("prediction", self.champion.predict(training.matrix(rows, SCHEMA)).astype(float)),
            pl.lit(bundle.release(self.champion.sha256)).alias("release"),
            pl.lit(1.0).alias("latency_ms"),
        )

    def _train(self, tables: dict[str, pl.DataFrame], now: datetime) -> None:
        """As the pipeline's steps do, from the tables to the gate."""
        known = features.build(tables, end=now).filter(pl.col("known_at") <= now, pl.col(LABEL).is_not_null())
        split = now - pipeline.HOLDOUT
        frame, holdout = known.filter(pl.col("event_time") <= split), known.filter(pl.col("event_time") > split)
        model = training.train(frame, SCHEMA, seed=pipeline.SEED)
        apart = training.cross_fit(frame, SCHEMA, seed=pipeline.SEED, days=TRIGGER.window_days)
        reference = checks.fit(apart, SCHEMA, days=TRIGGER.window_days)
        archive = bundle.write(model=model, schema=SCHEMA, reference=reference)
        candidate = bundle.load(archive, sha256=bundle.digest(archive))
        matrix = training.matrix(holdout, SCHEMA)
        gate = evaluation.gate(candidate.predict(matrix), self.champion.predict(matrix), holdout, SCHEMA)
        self.trained = now
        self.trainings += 1
        if gate.passed:
            self.champion = candidate
            self.promotions += 1
