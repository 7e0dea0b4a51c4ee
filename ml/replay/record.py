"""What happened in a replay: all that its report is made from."""

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ml.dataset import ABOUT, LABEL, SCHEMA, TABLES, counted_apart
from ml.ingest import Batch
from ml.monitoring import checks
from ml.monitoring.history import WindowRecord
from ml.monitoring.trigger import Decision
from ml.registry import Registry
from ml.replay.plan import Plan
from ml.replay.traffic import Traffic
from ml.tables import Tables
from ml.wiring import Wiring

OnEvent = Callable[[datetime, str, str], None]
"""Told of each event: when, its kind, a line of text."""
Entries = list[dict[str, Any]]


@dataclass
class Record:
    """Grows with the replay; each entry is one of JSON."""

    on_event: OnEvent
    events: Entries = field(default_factory=list)
    batches: Entries = field(default_factory=list)
    windows: Entries = field(default_factory=list)
    trainings: Entries = field(default_factory=list)
    rollouts: Entries = field(default_factory=list)
    restorations: Entries = field(default_factory=list)
    calibration: Entries = field(default_factory=list)
    card: str = ""
    """The champion's model card, Markdown; empty while the baseline answers."""

    def event(self, at: datetime, kind: str, text: str) -> None:
        self.events.append({"at": at.isoformat(), "kind": kind, "text": text})
        self.on_event(at, kind, text)

    def batch(self, at: datetime, batch: Batch) -> None:
        self.batches.append({"at": at.isoformat(), **dataclasses.asdict(batch)})

    def window(self, record: WindowRecord, decision: Decision) -> None:
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

    def champion(self, folder: Path) -> None:
        """The release that a training run left in a folder has taken over."""
        self.card = (folder / "model_card.md").read_text()
        self.calibration = json.loads((folder / "evaluation.json").read_text())["calibration"]

    def of(
        self, wiring: Wiring, plan: Plan, traffic: Traffic, *, power: dict[str, Any] | None, seconds: float
    ) -> dict[str, Any]:
        """The whole of it, with what the registry and the tables hold at the end."""
        tables = Tables.of(wiring.tables_bucket)
        return {
            "project": wiring.project,
            "environment": wiring.environment,
            "task": SCHEMA.task,
            "label": LABEL,
            "about": dataclasses.asdict(ABOUT),
            "period": f"{plan.served_from:%d %B %Y} to {plan.until:%d %B %Y}",
            "seconds": seconds,
            "rollout": wiring.rollout,
            "events": self.events,
            "batches": self.batches,
            "windows": self.windows,
            "trainings": self.trainings,
            "rollouts": self.rollouts,
            "restorations": self.restorations,
            "power": power,
            "card": self.card,
            "calibration": self.calibration,
            "aliases": Registry(wiring).aliases(),
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
