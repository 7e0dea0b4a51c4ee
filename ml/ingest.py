"""Raw batches on their way into the tables: checked, appended once, or refused and quarantined as a whole."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import polars as pl

from ml.contract import ContractError
from ml.store import Bucket
from ml.tables import Tables
from ml.validation import CONTRACTS
from ml.wiring import Wiring

QUARANTINE = "quarantine/"


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What became of one batch of one table."""

    table: str
    batch_id: str
    rows: int
    status: str
    """`appended`, `seen before` or `refused`."""
    findings: list[str] = field(default_factory=list)


def ingest(
    wiring: Wiring, table: str, frame: pl.DataFrame, *, batch_id: str, start: datetime, end: datetime, now: datetime
) -> Batch:
    """Appends what is new of the batch of [start, end) if it keeps the contract; else it goes to quarantine as a whole.

    `now` is when it came, by which the monitor finds what was refused.
    """
    tables, contract = Tables.of(wiring.tables_bucket), CONTRACTS[table]
    try:
        checked = contract.require(table, frame, start=start, end=end)
        appended = tables.append(table, checked, batch_id, partial(contract.news, table, checked))
    except ContractError as error:
        findings = [str(finding) for finding in error.findings]
        _quarantine(wiring, table, frame, batch_id=batch_id, at=now, findings=findings)
        return Batch(table=table, batch_id=batch_id, rows=frame.height, status="refused", findings=findings)
    return Batch(table=table, batch_id=batch_id, rows=frame.height, status="appended" if appended else "seen before")


def refused_between(wiring: Wiring, start: datetime, end: datetime) -> list[str]:
    """The batches that were quarantined in [start, end), by id."""
    raw = Bucket(wiring.raw_bucket)
    records = (raw.get_json(key) for key in raw.keys(QUARANTINE) if key.endswith(".json"))
    return [record["batch"] for record in records if start <= datetime.fromisoformat(record["at"]) < end]


def _quarantine(
    wiring: Wiring, table: str, frame: pl.DataFrame, *, batch_id: str, at: datetime, findings: list[str]
) -> None:
    raw = Bucket(wiring.raw_bucket)
    name = f"{QUARANTINE}{table}/{batch_id}"
    raw.put(f"{name}.csv", frame.write_csv().encode())
    record = {"batch": f"{table}/{batch_id}", "at": at.isoformat(), "rows": frame.height, "findings": findings}
    raw.put(f"{name}.json", json.dumps(record, indent=1).encode())
