"""Delta tables: a batch lands once, and every earlier version can be read and restored."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from deltalake import write_deltalake

from ml.dataset import TABLES
from ml.tables import BATCH, TableError, Tables, storage_options

NAME = next(iter(TABLES))


def rows(start: int, count: int = 3) -> pl.DataFrame:
    times = [datetime(2013, 1, 1, hour, tzinfo=UTC) for hour in range(start, start + count)]
    return pl.DataFrame(
        {"id": [f"row {time.hour}" for time in times], "time": times, "value": [None, *range(1, count)]},
        schema={"id": pl.String, "time": pl.Datetime("us", "UTC"), "value": pl.Int64},
    )


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return Tables(str(tmp_path))


def test_what_was_appended_is_read_back_with_its_types_and_nulls(tables: Tables) -> None:
    assert tables.append(NAME, rows(0), "2013-01")
    assert tables.append(NAME, rows(5), "2013-02")
    assert tables.read(NAME).sort("time").equals(pl.concat([rows(0), rows(5)]))
    assert tables.batches(NAME) == ["2013-01", "2013-02"]


def test_a_batch_sent_twice_changes_nothing(tables: Tables) -> None:
    tables.append(NAME, rows(0), "2013-01")
    assert not tables.append(NAME, rows(0), "2013-01")
    assert tables.version(NAME) == 0
    assert tables.read(NAME).height == 3


def test_a_batch_sent_by_several_at_once_lands_once(tables: Tables) -> None:
    tables.append(NAME, rows(0), "2013-01")
    landed: list[bool] = []
    senders = [
        threading.Thread(target=lambda: landed.append(tables.append(NAME, rows(5), "2013-02"))) for _ in range(4)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert sorted(landed) == [False, False, False, True]
    assert tables.read(NAME).height == 6


def test_an_empty_batch_makes_no_version(tables: Tables) -> None:
    assert not tables.append(NAME, rows(0).clear(), "2013-01")
    assert tables.versions() == {}


def test_an_earlier_version_is_read_and_restored_and_its_lost_batch_can_be_sent_again(tables: Tables) -> None:
    tables.append(NAME, rows(0), "2013-01")
    tables.append(NAME, rows(5), "2013-02")
    assert tables.read(NAME, version=0).equals(rows(0))
    assert tables.restore(NAME, 0) == 2
    assert tables.read(NAME).equals(rows(0))
    assert tables.read(NAME, version=1).height == 6
    assert tables.append(NAME, rows(5), "2013-02")
    assert not tables.append(NAME, rows(0), "2013-01")
    assert tables.read(NAME).height == 6
    made = [(entry["version"], entry["operation"], entry["batch_id"]) for entry in tables.history(NAME)]
    assert made == [(3, "WRITE", "2013-02"), (2, "RESTORE", None), (1, "WRITE", "2013-02"), (0, "WRITE", "2013-01")]


def test_a_run_pins_the_version_of_every_table_that_is_there(tables: Tables) -> None:
    for name in TABLES:
        tables.append(name, rows(0), "2013-01")
    tables.append(NAME, rows(5), "2013-02")
    assert tables.versions() == {name: int(name == NAME) for name in TABLES}


def test_a_table_or_version_that_is_not_there_is_named(tables: Tables) -> None:
    with pytest.raises(TableError, match="there is no table orders"):
        tables.read("orders")
    tables.append(NAME, rows(0), "2013-01")
    with pytest.raises(TableError, match="at version 7"):
        tables.read(NAME, version=7)
    with pytest.raises(TableError, match="no version 7, expected 0 to 0"):
        tables.restore(NAME, 7)


def test_the_address_of_a_stand_in_for_s3_comes_from_the_environment() -> None:
    assert storage_options({}) == {}
    local = storage_options({"AWS_ENDPOINT_URL": "http://127.0.0.1:5000"})
    assert local == {"AWS_ENDPOINT_URL": "http://127.0.0.1:5000", "AWS_ALLOW_HTTP": "true"}
    secure = storage_options({"AWS_ENDPOINT_URL": "http://other", "AWS_ENDPOINT_URL_S3": "https://s3.example"})
    assert secure == {"AWS_ENDPOINT_URL": "https://s3.example", "AWS_ALLOW_HTTP": "false"}


def test_rows_that_were_read_before_are_not_read_again(tables: Tables, tmp_path: Path) -> None:
    tables.append(NAME, rows(0), "2013-01")
    tables.read(NAME)
    for file in (tmp_path / NAME).rglob("*.parquet"):
        file.unlink()
    tables.append(NAME, rows(5), "it's")
    assert tables.read(NAME).sort("time").equals(pl.concat([rows(0), rows(5)]))


def test_a_batch_that_grew_by_another_hand_is_read_whole(tables: Tables, tmp_path: Path) -> None:
    tables.append(NAME, rows(0), "2013-01")
    tables.read(NAME)
    more = rows(5).with_columns(pl.lit("2013-01").alias(BATCH))
    write_deltalake(tmp_path / NAME, more, mode="append", partition_by=[BATCH])
    assert tables.read(NAME).sort("time").equals(pl.concat([rows(0), rows(5)]))


def test_a_batch_that_came_back_otherwise_after_a_restore_is_read_as_it_is_now(tables: Tables) -> None:
    tables.append(NAME, rows(0), "2013-01")
    tables.append(NAME, rows(5), "2013-02")
    tables.read(NAME)
    tables.restore(NAME, 0)
    assert tables.read(NAME).equals(rows(0))
    tables.append(NAME, rows(9), "2013-02")
    assert tables.read(NAME).sort("time").equals(pl.concat([rows(0), rows(9)]))
    assert tables.read(NAME, version=1).sort("time").equals(pl.concat([rows(0), rows(5)]))
