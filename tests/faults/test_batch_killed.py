"""Batch scoring by real processes: killed, run twice, shared among several, and late rows."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import boto3
import numpy as np
import polars as pl
import pytest

from infra.rehearsal.environment import environment
from ml import agreed, bundle
from tests.faults.conftest import Stack, arrivals, ingested, made
from tests.faults.proxy import Proxy, refused, slow, to
from tests.faults.rides import NOW, START, UNTIL
from tests.ml.serving.small_models import archive

pytestmark = pytest.mark.slow

DAYS = 12
WEEKS = ("--days", str(DAYS), *UNTIL)
_numbers = count(1)


@pytest.fixture
def fresh(stack: Stack) -> Stack:
    """The stack with a bucket of its own for what was predicted, which keeps every version of an object."""
    name = made(f"faults-scored-{next(_numbers)}")
    boto3.client("s3").put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return replace(stack, wiring=replace(stack.wiring, capture_bucket=name))


@pytest.fixture
def release(stack: Stack, undisturbed: str) -> tuple[str, ...]:
    """The arguments that name the trained bundle."""
    return "--url", stack.bucket("models").url(agreed.bundle_key(undisturbed)), "--sha256", undisturbed


def scored(stack: Stack) -> dict[str, bytes]:
    """The objects with predictions, by key."""
    bucket = stack.bucket("capture")
    return {key: bucket.get(key) or b"" for key in bucket.keys(agreed.SCORED)}


def versions(stack: Stack) -> Counter[str]:
    """How often each object was written."""
    listed = boto3.client("s3").list_object_versions(Bucket=stack.wiring.capture_bucket, Prefix=agreed.SCORED)
    return Counter(version["Key"] for version in listed.get("Versions", ()))


@pytest.fixture
def whole(stack: Stack, release: tuple[str, ...]) -> dict[str, bytes]:
    """What one run gives that nothing disturbs."""
    alone = replace(stack, wiring=replace(stack.wiring, capture_bucket=made(f"faults-whole-{next(_numbers)}")))
    done = alone.run("score", *WEEKS, *release)
    assert done.code == 0, done.err
    objects = scored(alone)
    assert len(objects) == DAYS
    rows = pl.concat([pl.read_parquet(content) for content in objects.values()])
    assert rows.height == rows["prediction_id"].n_unique() == DAYS * 24 * 6
    assert set(rows["release"]) == {release[-1]}
    return objects


@pytest.fixture
def dawdling(fresh: Stack) -> Iterator[Stack]:
    """The stack with an S3 that takes its time over each day."""
    with Proxy(fresh.s3) as proxy, ExitStack() as broken:
        broken.enter_context(proxy.broken(slow(0.15), when=to("PUT", "scored")))
        yield fresh.through(proxy)


def test_a_killed_run_goes_on_where_it_stopped_and_does_no_day_twice(
    fresh: Stack, dawdling: Stack, release: tuple[str, ...], whole: dict[str, bytes]
):
    random = np.random.default_rng(2013)
    seen: list[int] = []
    for _ in range(3):
        run = dawdling.start("score", *WEEKS, *release)
        before = len(scored(fresh))
        while len(scored(fresh)) < before + 2 and not run.ended:
            time.sleep(0.02)
        time.sleep(random.uniform(0, 0.15))
        run.kill()
        assert run.wait() == -9
        seen.append(len(scored(fresh)))
    assert 0 < seen[0] < seen[1] < seen[2] < DAYS
    done = fresh.run("score", *WEEKS, *release)
    assert done.code == 0, done.err
    # What was on its way to S3 when the run was killed may still have come to it.
    assert done.err.count("there already") in (seen[-1], seen[-1] + 1)
    assert done.err.count("scored, 144 rows") + done.err.count("there already") == DAYS
    assert scored(fresh) == whole
    assert set(versions(fresh).values()) == {1}


def test_shards_at_once_and_one_of_them_twice_write_each_day_once(
    fresh: Stack, dawdling: Stack, release: tuple[str, ...], whole: dict[str, bytes]
):
    runs = [dawdling.start("score", *WEEKS, *release, "--shard", str(shard), "--shards", "3") for shard in (0, 1, 2, 2)]
    assert [run.wait() for run in runs] == [0, 0, 0, 0]
    assert scored(fresh) == whole
    assert set(versions(fresh).values()) == {1}


def test_a_new_release_scores_anew_and_leaves_what_others_scored(
    fresh: Stack, release: tuple[str, ...], whole: dict[str, bytes]
):
    assert fresh.run("score", *WEEKS, *release).code == 0
    done = fresh.run("score", *WEEKS)
    assert done.code == 0, done.err
    both = scored(fresh)
    assert len(both) == 2 * DAYS
    assert {key: both[key] for key in whole} == whole
    others = pl.concat([pl.read_parquet(both[key]) for key in both.keys() - whole.keys()])
    assert set(others["release"]) == {json.loads(done.out)["release"]} != {release[-1]}
    assert others["prediction"].unique().to_list() == [20.0]


def test_rows_that_come_late_are_added_and_what_was_scored_stays(
    own_tables: Stack, fresh: Stack, release: tuple[str, ...]
):
    stack = replace(own_tables, wiring=replace(own_tables.wiring, capture_bucket=fresh.wiring.capture_bucket))
    day = NOW - timedelta(days=1)
    assert ingested(stack, "counts", START, NOW).code == 0
    assert ingested(stack, "slots", START, day).code == 0
    last = ("--days", "1", *UNTIL, *release)
    done = stack.run("score", *last)
    assert (done.code, done.said) == (0, f"{day:%Y-%m-%d} no rows, 0 rows")
    slots = pl.read_parquet(arrivals(stack.project, "slots", day, NOW))
    noon = day + timedelta(hours=12)
    morning = slots.filter(pl.col("event_time") < noon)
    morning.write_parquet(stack.project / "morning.parquet")
    period = ("--start", f"{day:%Y-%m-%dT%H:%M:%S}", "--end", f"{noon:%Y-%m-%dT%H:%M:%S}")
    sent = stack.run("ingest", "slots", str(stack.project / "morning.parquet"), "--batch-id", "morning", *period)
    assert sent.code == 0, sent.err
    assert stack.run("score", *last).said == f"{day:%Y-%m-%d} scored, {morning.height} rows"
    ((_, first),) = scored(stack).items()
    evening = slots.filter(pl.col("event_time") >= noon)
    evening.write_parquet(stack.project / "evening.parquet")
    period = ("--start", f"{noon:%Y-%m-%dT%H:%M:%S}", "--end", f"{NOW:%Y-%m-%dT%H:%M:%S}")
    sent = stack.run("ingest", "slots", str(stack.project / "evening.parquet"), "--batch-id", "evening", *period)
    assert sent.code == 0, sent.err
    assert stack.run("score", *last).said == f"{day:%Y-%m-%d} scored, {evening.height} rows"
    ((_, both),) = scored(stack).items()
    rows = pl.read_parquet(both)
    assert rows["prediction_id"].n_unique() == rows.height == slots.height
    assert rows.head(morning.height).equals(pl.read_parquet(first))
    assert stack.run("score", *last).said == f"{day:%Y-%m-%d} there already, 0 rows"
    assert list(versions(stack).values()) == [2]


def test_a_release_whose_features_are_others_fails_each_day_with_its_reason(fresh: Stack):
    other = archive()
    sha256 = bundle.digest(other)
    fresh.bucket("models").put(agreed.bundle_key(sha256), other)
    url = fresh.bucket("models").url(agreed.bundle_key(sha256))
    done = fresh.run("score", "--days", "2", *UNTIL, "--url", url, "--sha256", sha256)
    assert done.code == 5
    assert done.err.count("distance: is missing") == 4
    assert scored(fresh) == {}


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("--sha256", "a" * 64), 2, "has a sha256 only, expected both or none"),
        (("--url", "file:///model", "--sha256", "a" * 64), 2, "is not an object's address"),
        (("--shard", "3", "--shards", "3"), 2, "shard 3 of 3 is none, expected 0 to 2"),
        (("--url", "s3://faults-models/none/model.tar.gz", "--sha256", "a" * 64), 6, "does not exist"),
    ],
)
def test_a_wrong_argument_ends_in_a_sentence(fresh: Stack, arguments: tuple[str, ...], code: int, reason: str):
    done = fresh.run("score", *UNTIL, *arguments)
    assert done.code == code
    assert reason in done.said
    assert scored(fresh) == {}


def test_a_bundle_with_other_bytes_than_its_digest_scores_nothing(fresh: Stack, release: tuple[str, ...]):
    done = fresh.run("score", *UNTIL, *release[:3], "b" * 64)
    assert (done.code, "expected " + "b" * 64 in done.said) == (6, True)
    assert scored(fresh) == {}


def test_an_s3_that_refuses_ends_the_run_and_the_next_one_goes_on(
    fresh: Stack, release: tuple[str, ...], whole: dict[str, bytes]
):
    with Proxy(fresh.s3) as proxy, proxy.broken(refused(403, "AccessDenied"), when=to("PUT", "scored")):
        done = fresh.through(proxy).run("score", *WEEKS, *release)
    assert done.code == 6
    assert "cannot be written" in done.said
    with environment(fresh.environ):
        assert fresh.run("score", *WEEKS, *release).code == 0
    assert scored(fresh) == whole


def test_the_monitor_reads_what_was_scored_as_what_was_captured(fresh: Stack, undisturbed: str):
    released = fresh.run("pipeline", *UNTIL)
    assert released.code == 0, released.err
    assert fresh.run("promote", "1").code == 0
    now = ("--now", f"{NOW + timedelta(days=2):%Y-%m-%dT%H:%M:%S}")
    assert checked(fresh, *now)["performance"]["status"] == "not enough data"
    url = json.loads(released.out)["url"]
    assert fresh.run("score", *WEEKS, "--url", url, "--sha256", undisturbed).code == 0
    results = checked(fresh, *now)
    assert results["performance"]["status"] in ("ok", "violation")
    assert results["data drift"]["status"] in ("ok", "violation")
    assert results["latency"]["status"] == "not enough data"


def checked(stack: Stack, *now: str) -> dict[str, dict[str, Any]]:
    """What the monitor says of each check."""
    done = stack.run("monitor", *now)
    assert done.code == 0, done.err
    return {result["name"]: result for result in json.loads(done.out)["results"]}
