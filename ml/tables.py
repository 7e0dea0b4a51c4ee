"""The raw tables in Delta: batches appended once, every earlier version still there to be read."""

import os
import re
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from deltalake import (
    CommitProperties,
    DeltaTable,
    PostCommitHookProperties,
    QueryBuilder,
    Transaction,
    write_deltalake,
)
from deltalake.exceptions import CommitFailedError, TableNotFoundError

from ml.contract import ContractError
from ml.dataset import TABLES
from ml.store import ATTEMPTS, SILENCE_SECONDS

BATCH = "batch_id"
"""The partition column: which batch a row came with. Stays inside the tables."""
CHECKPOINT = 3
"""Versions after which the log is summed up: opening a table asks twice for each version since."""
PATIENCE = {
    "max_retries": str(ATTEMPTS - 1),
    "retry_timeout": f"{ATTEMPTS * SILENCE_SECONDS}s",
    "timeout": f"{SILENCE_SECONDS}s",
}
"""The library's own are 10 retries of 30 s each."""
DECORATION = re.compile(r"\x1b\[\d+m|↳|\s+\d+: <unknown>.*", re.DOTALL)
"""Colours, arrows and stack traces in the library's messages."""
LONGEST_REASON = 500

News = Callable[[pl.DataFrame], pl.DataFrame]
"""What of a batch is new, by the rows that its table holds."""


class TableError(Exception):
    """A table that does not exist, or that cannot be read or written."""


class NoTableError(TableError):
    """A table or a version that does not exist."""


@dataclass(frozen=True)
class _Kept:
    """The rows that were read last of a table, and the files that they are of, each with its batch."""

    batches: Mapping[str, str]
    rows: pl.DataFrame


_LAST: dict[str, _Kept] = {}
"""By the table's address. A file never changes: what comes later is read and added."""


@dataclass(frozen=True)
class Tables:
    """All tables under one root: `s3://bucket` or a local folder."""

    root: str
    storage_options: Mapping[str, str] | None = None

    @classmethod
    def of(cls, bucket: str) -> "Tables":
        """The tables of the stack's bucket, reached as boto3 would: by the AWS_* variables of the environment."""
        return cls(f"s3://{bucket}", {**storage_options(), **PATIENCE})

    def append(self, name: str, frame: pl.DataFrame, batch_id: str, news: News | None = None) -> bool:
        """Appends a batch; False where the table holds that batch already, or the batch has no rows.

        By default all of its rows are appended. Raises TableError, and what `news` raises of a batch.
        """
        if frame.is_empty():
            return False
        with self._explained(name, "written"):
            return self._append(name, frame, batch_id, news)

    def _append(self, name: str, frame: pl.DataFrame, batch_id: str, news: News | None) -> bool:
        known = self._find(name)
        if known and batch_id in _batches(known):
            return False
        if known and news and (frame := news(_rows(known))).is_empty():
            return False
        # Of two writers of one batch at once, the transaction lets only one commit on the version that both looked at.
        commit = CommitProperties(custom_metadata={BATCH: batch_id}, app_transactions=[Transaction(batch_id, 1)])
        try:
            write_deltalake(
                known or self._uri(name),
                frame.with_columns(pl.lit(batch_id).alias(BATCH)),
                mode="append",
                partition_by=[BATCH],
                storage_options=self._options(),
                commit_properties=commit,
                # By default a commit deletes versions older than a month: a training run must find what it pinned.
                post_commithook_properties=PostCommitHookProperties(cleanup_expired_logs=False),
            )
        except CommitFailedError:
            if batch_id not in self.batches(name):
                raise
            return False
        if known and known.version() % CHECKPOINT == 0:
            known.create_checkpoint()
        return True

    def read(self, name: str, version: int | None = None) -> pl.DataFrame:
        """The rows of a table, now or as of an earlier version, in no order. Raises TableError where there are none."""
        table = self._open(name, version)
        with self._explained(name, "read"):
            return _rows(table)

    def batches(self, name: str) -> list[str]:
        """The ids of the batches that the table holds now, sorted; after a restore, of those that it held then."""
        known = self._find(name)
        return sorted(_batches(known)) if known else []

    def version(self, name: str) -> int:
        """The latest version of a table."""
        return self._open(name).version()

    def versions(self) -> dict[str, int]:
        """The latest version of each of the data set's tables that is there: what a training run pins."""
        return {name: found.version() for name in TABLES if (found := self._find(name))}

    def restore(self, name: str, version: int) -> int:
        """Brings a table back to an earlier version, as a new version, which it returns."""
        table = self._open(name)
        if not 0 <= version <= table.version():
            raise TableError(f"{name} has no version {version}, expected 0 to {table.version()}")
        with self._explained(name, "restored"):
            table.restore(version)
        return table.version()

    def history(self, name: str) -> list[dict[str, Any]]:
        """What made each version, latest first: version, operation, timestamp, batch_id."""
        return [
            {key: entry.get(key) for key in ("version", "operation", "timestamp", BATCH)}
            for entry in self._open(name).history()
        ]

    def _open(self, name: str, version: int | None = None) -> DeltaTable:
        verb = "read" if version is None else f"read at version {version}"
        try:
            with self._explained(name, verb):
                return DeltaTable(self._uri(name), version=version, storage_options=self._options())
        except TableNotFoundError as error:
            what = "nothing was ingested yet" if version is None else f"or no version {version} of it"
            raise NoTableError(f"there is no table {name} under {self.root}: {what}") from error

    def _find(self, name: str) -> DeltaTable | None:
        try:
            return self._open(name)
        except NoTableError:
            return None

    @contextmanager
    def _explained(self, name: str, verb: str) -> Generator[None]:
        """Raises what goes wrong inside as a TableError. The library also raises bare Exceptions, and Rust's panics."""
        try:
            yield
        except (TableError, TableNotFoundError, ContractError):
            raise
        except BaseException as error:
            if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
                raise
            why = " ".join(DECORATION.sub(" ", str(error)).split())
            raise TableError(f"{name} under {self.root} cannot be {verb}: {why[:LONGEST_REASON]}") from error

    def _options(self) -> dict[str, str] | None:
        return dict(self.storage_options) if self.storage_options else None

    def _uri(self, name: str) -> str:
        return f"{self.root.rstrip('/')}/{name}"


def _batches(table: DeltaTable) -> set[str]:
    return {partition[BATCH] or "" for partition in table.partitions()}


def _rows(table: DeltaTable) -> pl.DataFrame:
    kept = _LAST[table.table_uri] = _up_to_date(table, _LAST.get(table.table_uri))
    return kept.rows


def _up_to_date(table: DeltaTable, kept: _Kept | None) -> _Kept:
    files = pl.DataFrame(table.get_add_actions(flatten=True))
    batches = dict(zip(files["path"], files[f"partition.{BATCH}"], strict=True))
    fresh = {batches[path] for path in batches.keys() - (kept.batches if kept else {}).keys()}
    if kept is None or not kept.batches.items() <= batches.items() or not fresh.isdisjoint(kept.batches.values()):
        return _Kept(batches, _query(table, "true"))
    if not fresh:
        return kept
    names = ", ".join("'" + batch.replace("'", "''") + "'" for batch in sorted(fresh))
    return _Kept(batches, pl.concat([kept.rows, _query(table, f"{BATCH} in ({names})")], how="diagonal"))


def _query(table: DeltaTable, condition: str) -> pl.DataFrame:
    # Not `to_pyarrow_table`: on S3 it aborts the process when it ends.
    rows = QueryBuilder().register("rows", table).execute(f"select * from rows where {condition}")  # noqa: S608
    return pl.DataFrame(rows.read_all()).drop(BATCH)


def since(tables: dict[str, pl.DataFrame], start: datetime) -> dict[str, pl.DataFrame]:
    """The tables from a time on: what the features of later rows need."""
    times = {name: TABLES[name].time for name in tables}
    return {
        name: frame if (time_column := times[name]) is None else frame.filter(pl.col(time_column) >= start)
        for name, frame in tables.items()
    }


def storage_options(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What the Delta library must be told of S3 beyond the AWS_* variables that it reads itself."""
    endpoint = environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL")
    if not endpoint:
        return {}
    return {"AWS_ENDPOINT_URL": endpoint, "AWS_ALLOW_HTTP": str(endpoint.startswith("http://")).lower()}
