"""A table's contract, checked by pandera: columns, rules on rows, measures of a batch; findings say what broke."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import pandera.polars as pa
import polars as pl

SHOWN = 5
"""Findings listed for each rule; the last one counts the rows beyond."""
STRUCTURE = ("column_in_dataframe", "column_in_schema")
RULES = {
    "column_in_dataframe": "a column of the contract that is missing",
    "column_in_schema": "a column that the contract does not know",
    "not_nullable": "never null",
    "multiple_fields_uniqueness": "each row once",
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One breach: which row (none: the batch as a whole), column and value, and the rule."""

    rule: str
    column: str | None = None
    row: int | None = None
    value: Any = None
    more: int = 0
    """Rows beyond the listed ones that break the same rule."""

    def __str__(self) -> str:
        where = "batch" if self.row is None else f"row {self.row}"
        subject = f"{self.column} = {self.value}" if self.column else f"{self.value}"
        return f"{where}: {subject}, expected: {self.rule}" + (f" (and {self.more:,} more rows)" if self.more else "")


class ContractError(Exception):
    """A batch that breaks the table's contract and is refused as a whole."""

    def __init__(self, table: str, findings: list[Finding]) -> None:
        super().__init__(f"{table} breaks its contract (ml/validation.py):\n" + "\n".join(map(str, findings)))
        self.table = table
        self.findings = findings


@dataclass(frozen=True, kw_only=True)
class RowRule:
    """What holds for each row; null where the row has nothing to check."""

    column: str
    rule: str
    holds: pl.Expr


@dataclass(frozen=True, kw_only=True)
class BatchRule:
    """A measure of a batch with at least `least_rows` rows, and where it lies."""

    column: str | None
    rule: str
    measure: pl.Expr
    low: float
    high: float
    least_rows: int = 1


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What every batch of a table keeps."""

    columns: Mapping[str, pa.Column]
    keys: tuple[str, ...]
    time: str | None = None
    """When a row arrives: the column that a batch's own dates are checked against."""
    gap: timedelta = timedelta(days=1)
    """How long the source may be silent at the ends of a batch's dates."""
    rows: tuple[RowRule, ...] = ()
    batch: tuple[BatchRule, ...] = ()
    corrected: bool = False
    """Whether a row may come again with other values and a later time, as a corrected label does."""

    def check(self, frame: pl.DataFrame) -> list[Finding]:
        """The breaches of the contract, none in a good batch. A wrong column hides what rests on it."""
        if frame.is_empty():
            return [Finding(rule="at least one row", value="no rows")]
        try:
            self._schema.validate(frame, lazy=True)
        except pa.errors.SchemaErrors as error:
            return self._findings(frame, error.failure_cases)
        return []

    def check_period(self, frame: pl.DataFrame, start: datetime, end: datetime) -> list[Finding]:
        """The breaches of a batch said to cover [start, end): rows of other days, days without rows at its ends."""
        if self.time is None or frame.is_empty() or frame.schema.get(self.time) != pl.Datetime("us", "UTC"):
            return []
        rows = frame.with_row_index("row").select("row", self.time)
        outside = rows.filter(~pl.col(self.time).is_between(start, end, closed="left"))
        rule = f"from {start:%Y-%m-%d} up to {end:%Y-%m-%d}, the batch's own dates"
        findings = [
            Finding(rule=rule, column=self.time, row=row, value=value, more=max(0, outside.height - SHOWN))
            for row, value in outside.head(SHOWN).iter_rows()
        ]
        first: Any = frame[self.time].min()
        last: Any = frame[self.time].max()
        if first >= start + self.gap:
            findings.append(Finding(rule=f"rows from {start:%Y-%m-%d} on", column=self.time, value=first))
        if last < end - self.gap:
            findings.append(Finding(rule=f"rows up to {end:%Y-%m-%d}", column=self.time, value=last))
        return findings

    def require(
        self, table: str, frame: pl.DataFrame, *, start: datetime | None = None, end: datetime | None = None
    ) -> pl.DataFrame:
        """The batch, unchanged, if it keeps the contract and holds the rows of [start, end), where given.

        Raises ContractError with all findings: the batch is refused as a whole.
        """
        findings = self.check(frame)
        if start is not None and end is not None:
            findings += self.check_period(frame, start, end)
        if findings:
            raise ContractError(table, findings)
        return frame

    def news(self, table: str, frame: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
        """The rows of a batch that the table does not hold yet, whichever batch they came with.

        Raises ContractError where a row is held with other values, and is no correction.
        """
        numbered = frame.with_row_index("row")
        new = numbered.join(held, on=frame.columns, how="anti", nulls_equal=True, maintain_order="left")
        rule = "a row that the table does not hold yet"
        if self.corrected and self.time:
            latest = held.group_by(self.keys).agg(pl.col(self.time).max().alias("latest"))
            again = new.join(latest, on=self.keys, maintain_order="left").filter(pl.col(self.time) <= pl.col("latest"))
            rule += ", or its correction later"
        else:
            again = new.join(held, on=self.keys, how="semi", maintain_order="left")
        if not again.is_empty():
            listed = again.head(SHOWN).select("row", self.keys[0]).rows()
            findings = [Finding(rule=rule, column=self.keys[0], row=row, value=value) for row, value in listed]
            raise ContractError(table, _with_the_rest(findings, again.height))
        return new.drop("row")

    @cached_property
    def _schema(self) -> pa.DataFrameSchema:
        checks = [_check(f"row {number}", rule.holds.fill_null(value=True)) for number, rule in enumerate(self.rows)]
        for number, rule in enumerate(self.batch):
            inside = rule.measure.is_between(rule.low, rule.high).fill_null(value=False)
            checks.append(_check(f"batch {number}", inside | (pl.len() < rule.least_rows)))
        return pa.DataFrameSchema(dict(self.columns), checks=checks, unique=list(self.keys), strict=True)

    def _findings(self, frame: pl.DataFrame, cases: pl.DataFrame) -> list[Finding]:
        structure = pl.col("check").is_in(STRUCTURE) | pl.col("check").str.starts_with("dtype(")
        broken = cases.filter(structure)
        findings = []
        for (check, column), group in (cases if broken.is_empty() else broken).group_by(
            "check", "column", maintain_order=True
        ):
            listed = [
                self._finding(frame, str(check), column, case) for case in group.head(SHOWN).iter_rows(named=True)
            ]
            findings += _with_the_rest(listed, group.height)
        return findings

    def _finding(self, frame: pl.DataFrame, check: str, column: Any, case: dict[str, Any]) -> Finding:
        kind, _, number = check.partition(" ")
        if kind == "batch" and number.isdigit():
            measured = self.batch[int(number)]
            value = frame.select(measured.measure).item()
            rule = f"{measured.rule} from {measured.low:g} to {measured.high:g}"
            return Finding(rule=rule, column=measured.column, value=value if value is None else round(value, 4))
        if kind == "row" and number.isdigit():
            broken = self.rows[int(number)]
            value = json.loads(case["failure_case"]).get(broken.column)
            return Finding(rule=broken.rule, column=broken.column, row=case["index"], value=value)
        if check in STRUCTURE:
            return Finding(rule=RULES[check], value=case["failure_case"])
        if check == "multiple_fields_uniqueness":
            row = json.loads(case["failure_case"])
            value = ", ".join(str(row[key]) for key in self.keys)
            return Finding(rule=RULES[check], column=" + ".join(self.keys), row=case["index"], value=value)
        rule = RULES.get(check, check)
        return Finding(rule=rule, column=column, row=case["index"], value=case["failure_case"])


def _with_the_rest(listed: list[Finding], rows: int) -> list[Finding]:
    """The findings that are listed of the rows that break a rule; the last counts those beyond."""
    return [*listed[:-1], replace(listed[-1], more=rows - len(listed))]


def _check(name: str, holds: pl.Expr) -> pa.Check:
    return pa.Check(lambda data: data.lazyframe.select(holds.alias("holds")), name=name, error=name)
