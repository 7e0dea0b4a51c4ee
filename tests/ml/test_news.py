"""Of a batch only what its table does not hold is appended, whatever the batch is called."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandera.polars as pa
import polars as pl
import pytest

from ml.contract import Contract, ContractError
from ml.dataset import TABLES
from ml.tables import Tables

NAME = next(iter(TABLES))
FIRST = datetime(2013, 1, 1, tzinfo=UTC)
COLUMNS = {
    "id": pa.Column(pl.Int64),
    "at": pa.Column(pl.Datetime("us", "UTC")),
    "value": pa.Column(pl.Float64, nullable=True),
}
FACTS = Contract(keys=("id",), time="at", columns=COLUMNS)
LABELS = Contract(keys=("id",), time="at", columns=COLUMNS, corrected=True)
TIMELESS = Contract(keys=("id",), columns=COLUMNS)


def rows(*ids: int, value: float | None = None, later: int = 0) -> pl.DataFrame:
    times = [FIRST + timedelta(days=number, hours=later) for number in ids]
    return pl.DataFrame(
        {"id": ids, "at": times, "value": [value] * len(ids)},
        schema={"id": pl.Int64, "at": pl.Datetime("us", "UTC"), "value": pl.Float64},
    )


def refusal(contract: Contract, frame: pl.DataFrame, held: pl.DataFrame) -> list[str]:
    with pytest.raises(ContractError) as refused:
        contract.news("t", frame, held)
    return [str(finding) for finding in refused.value.findings]


@pytest.mark.parametrize("contract", [FACTS, LABELS, TIMELESS])
def test_rows_that_are_held_are_no_news_in_any_order(contract: Contract) -> None:
    held = rows(1, 2, 3)
    assert contract.news("t", rows(3, 2), held).is_empty()
    assert contract.news("t", rows(5, 2, 4), held).equals(rows(5, 4))


def test_a_row_that_is_held_with_other_values_is_refused_by_row_column_value_and_rule() -> None:
    held = rows(1, 2, 3, value=0.5)
    assert refusal(FACTS, pl.concat([rows(4), rows(2, value=0.7)]), held) == [
        "row 1: id = 2, expected: a row that the table does not hold yet"
    ]
    assert refusal(FACTS, rows(1, later=5), held)
    assert refusal(TIMELESS, rows(1, later=5), held)


def test_the_first_rows_are_listed_and_the_rest_counted() -> None:
    findings = refusal(FACTS, rows(*range(9)), rows(*range(9), value=0.5))
    assert [finding.partition(":")[0] for finding in findings] == [f"row {number}" for number in range(5)]
    assert findings[-1].endswith("(and 4 more rows)")


def test_a_correction_comes_later_than_what_it_corrects() -> None:
    held = pl.concat([rows(1, 2), rows(1, value=0.5, later=3)])
    assert LABELS.news("t", rows(1, value=0.7, later=5), held).equals(rows(1, value=0.7, later=5))
    expected = "row 0: id = 1, expected: a row that the table does not hold yet, or its correction later"
    assert refusal(LABELS, rows(1, value=0.7, later=3), held) == [expected]
    assert refusal(LABELS, rows(1, value=0.7, later=1), held) == [expected]


def test_a_batch_under_another_name_changes_nothing_and_one_that_overlaps_brings_what_is_new(tmp_path: Path) -> None:
    tables = Tables(str(tmp_path))

    def sent(frame: pl.DataFrame, batch_id: str) -> bool:
        return tables.append(NAME, frame, batch_id, lambda held: FACTS.news(NAME, frame, held))

    assert sent(rows(1, 2, 3), "week 1")
    assert not sent(rows(1, 2, 3), "2013-01-01")
    assert not sent(rows(2), "a day")
    assert tables.version(NAME) == 0
    assert sent(rows(3, 4), "from the 3rd on")
    with pytest.raises(ContractError, match="row 0: id = 4"):
        sent(rows(4, value=0.5), "the 4th again")
    assert tables.read(NAME).sort("id").equals(rows(1, 2, 3, 4))
    assert tables.batches(NAME) == ["from the 3rd on", "week 1"]
