"""Bad data and poisoned batches: refused as a whole, or stopped by the gate; the champion stays."""

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from ml import evaluation, training
from ml.tables import Tables
from tests.faults.conftest import Stack, arrivals, ingested
from tests.faults.rides import NOW, START, UNTIL
from tests.ml.orders import orders, schema

Change = Callable[[pl.DataFrame], pl.DataFrame]
WEEK = timedelta(weeks=1)
SPOILED: dict[str, tuple[Change, str]] = {
    "a column renamed": (lambda rows: rows.rename({"rides": "count"}), "rides, expected: a column of the contract"),
    "a column lost": (lambda rows: rows.drop("counted_at"), "counted_at, expected: a column of the contract"),
    "a column more": (lambda rows: rows.with_columns(gate=pl.lit("A")), "gate, expected: a column that the contract"),
    "numbers as text": (lambda rows: rows.with_columns(pl.col("rides").cast(pl.String)), "rides = String"),
    "times without a zone": (
        lambda rows: rows.with_columns(pl.col("counted_at").dt.replace_time_zone(None)),
        "counted_at = Datetime",
    ),
    "a thousand times too much": (lambda rows: rows.with_columns(pl.col("rides") * 1000), "expected: from 0 to 1000"),
    "no ids": (lambda rows: rows.with_columns(prediction_id=pl.lit(None, pl.String)), "expected: never null"),
    "NaN": (lambda rows: rows.with_columns(rides=pl.lit(float("nan"))), "rides"),
    "rows twice": (lambda rows: pl.concat([rows, rows.head(3)]), "expected: each row once"),
    "rows of last week": (
        lambda rows: rows.with_columns(pl.col("counted_at") - WEEK),
        "the batch's own dates",
    ),
    "no rows": (lambda rows: rows.clear(), "expected: at least one row"),
}


@pytest.mark.slow
def test_a_spoiled_batch_is_refused_with_a_sentence_kept_in_quarantine_and_reaches_no_table(own_tables: Stack):
    assert ingested(own_tables, "counts", START, START + WEEK).code == 0
    tables = Tables.of(own_tables.wiring.tables_bucket)
    good = pl.read_parquet(arrivals(own_tables.project, "counts", START + WEEK, START + 2 * WEEK))
    for how, (change, said) in SPOILED.items():
        done = ingested(own_tables, "counts", START + WEEK, START + 2 * WEEK, frame=change(good))
        assert done.code == 5, (how, done)
        assert said in done.err, (how, done)
        kept = own_tables.bucket("raw").get("quarantine/counts/2024-01-08.csv") or b""
        assert kept == change(good).write_csv().encode(), how
        assert tables.version("counts") == 0, how
    turned = good.select(reversed(good.columns))
    assert ingested(own_tables, "counts", START + WEEK, START + 2 * WEEK, frame=turned).code == 0
    rows = tables.read("counts").filter(pl.col("prediction_id").is_in(good["prediction_id"].implode()))
    assert rows.sort("prediction_id").equals(good.sort("prediction_id"))


@pytest.mark.slow
def test_a_file_that_is_no_table_is_refused_and_nothing_is_quarantined(own_tables: Stack):
    file = arrivals(own_tables.project, "counts", START, START + WEEK)
    broken = file.with_suffix(".torn")
    broken.write_bytes(file.read_bytes()[:-100])
    period = ["--start", "2024-01-01", "--end", "2024-01-08"]
    done = own_tables.run("ingest", "counts", str(broken), "--batch-id", "torn", *period)
    assert done.code == 2, done
    assert "is not a readable Parquet file" in done.err
    assert not list(own_tables.bucket("raw").keys(""))


@pytest.mark.slow
def test_a_poisoned_batch_that_keeps_the_contract_is_stopped_by_the_gate_and_the_champion_stays(
    own_tables: Stack, stack: Stack
):
    assert stack.run("pipeline", *UNTIL).code == 0
    assert stack.run("promote", "1").code == 0
    split = NOW - timedelta(weeks=3)
    assert ingested(own_tables, "slots", START, NOW).code == 0
    before = pl.read_parquet(arrivals(stack.project, "counts", START, split))
    poisoned = before.with_columns(pl.col("rides").max() - pl.col("rides"))
    assert ingested(own_tables, "counts", START, split, frame=poisoned).code == 0
    assert ingested(own_tables, "counts", split, NOW).code == 0
    done = own_tables.run("pipeline", *UNTIL)
    assert done.code == 3, done
    assert "not surely better" in done.said
    assert list(stack.bucket("models").keys("releases/")) == ["releases/000001.json"]
    assert stack.run("promote", "1").code == 0
    assert stack.run("promote", "2").code == 2


@pytest.mark.slow
def test_a_run_on_data_without_a_label_gives_no_candidate_and_says_so(own_tables: Stack):
    assert ingested(own_tables, "slots", START, NOW).code == 0
    assert ingested(own_tables, "counts", NOW - WEEK, NOW).code == 0
    done = own_tables.run("pipeline", *UNTIL)
    assert done.code == 3, done
    assert done.said.startswith("there is no candidate: no row has a label")


def flipped(rows: pl.DataFrame) -> pl.DataFrame:
    hit = pl.Series(np.random.default_rng(1).random(rows.height) < 0.35)
    return rows.with_columns(label=pl.when(hit).then(1 - pl.col("label")).otherwise("label"))


def one_kind(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(label=pl.when(pl.col("kind") == "lamp").then(1.0).otherwise("label"))


def outliers(rows: pl.DataFrame) -> pl.DataFrame:
    hit = pl.Series(np.random.default_rng(1).random(rows.height) < 0.35)
    return rows.with_columns(
        amount=pl.when(hit).then(0.0).otherwise("amount"), label=pl.when(hit).then(1.0).otherwise("label")
    )


POISONS: dict[str, tuple[Change, str]] = {
    "a third of the labels flipped": (flipped, "kind "),
    "the labels of one kind": (one_kind, "kind lamp"),
    "a third of the rows far off": (outliers, "not surely better"),
}


@pytest.mark.parametrize("how", POISONS)
def test_the_gate_names_what_a_poison_harms(how: str):
    poison, named = POISONS[how]
    rows = orders(12_000, days=56).drop_nulls("label")
    split = rows["event_time"][len(rows) // 2]
    train, holdout = rows.filter(pl.col("event_time") < split), rows.filter(pl.col("event_time") >= split)
    matrix = training.matrix(holdout, schema())
    champion, candidate = (training.fit(frame, schema(), seed=0).predict(matrix) for frame in (train, poison(train)))
    passed = evaluation.gate(champion, np.full(len(holdout), 0.5), holdout, schema(), slices=("kind",))
    assert passed.passed, passed
    refused = evaluation.gate(candidate, champion, holdout, schema(), slices=("kind",))
    assert not refused.passed
    assert any(reason.startswith(named) for reason in refused.reasons), refused.reasons
    assert any(reason.startswith("not surely better") for reason in refused.reasons)
