"""Commands whose S3 refuses, is slow or gives other bytes."""

import re
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import polars as pl
import pytest

from infra.rehearsal.environment import environment
from ml import agreed, runs
from ml.tables import Tables
from tests.faults.conftest import Stack, arrivals, ingested
from tests.faults.proxy import Answer, Fault, Proxy, Request, Upstream, cut_off, flipped, refused, slow, to, truncated
from tests.faults.rides import NOW, START, UNTIL

pytestmark = pytest.mark.slow


def test_of_two_runs_that_find_the_same_stale_lock_one_starts(stack: Stack, proxy: Proxy):
    behind = stack.through(proxy)
    both = threading.Barrier(2)

    def together(_request: Request, upstream: Upstream) -> Answer:
        answer = upstream()
        with suppress(threading.BrokenBarrierError):
            both.wait(5)
        return answer

    stack.bucket("models").put(runs.RUNNING, b'{"since": "2024-01-01T00:00:00+00:00", "reason": "killed"}')
    started: list[str] = []
    go_on = threading.Event()

    def run(name: str) -> None:
        with suppress(runs.AlreadyRunningError):
            runs.begin(behind.wiring, run=name, until=NOW, reason="both")
            started.append(name)
            go_on.wait(5)
        runs.release(behind.wiring, run=name)

    # Both see the old lock, then one of them dawdles while the other takes it.
    takes = lambda request: request.method == "DELETE" or "If-Match" in request.headers  # noqa: E731
    planted = proxy.broken(together, when=to("GET", "running"), times=2), proxy.broken(slow(1), when=takes, times=1)
    with environment(behind.environ), planted[0], planted[1]:
        threads = [threading.Thread(target=run, args=(name,)) for name in ("one", "other")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(2)
        go_on.set()
        for thread in threads:
            thread.join()
    assert len(started) == 1
    assert stack.bucket("models").get(runs.RUNNING) is None


COMMIT = "_delta_log/0000"
SENDING: dict[str, tuple[Fault, Callable[[Request], bool], bool]] = {
    "403 for the rows": (refused(403, "AccessDenied"), to("PUT", ".parquet"), False),
    "503 for the commit": (refused(503, "ServiceUnavailable"), to("PUT", COMMIT), False),
    "the answer to the rows lost": (cut_off(), to("PUT", ".parquet"), False),
    "the answer to the commit lost": (cut_off(), to("PUT", COMMIT), True),
    "a truncated log": (truncated(), to("GET", COMMIT), False),
    "a broken list": (truncated(), to("GET", "list-type"), False),
}


@pytest.mark.parametrize("how", SENDING)
def test_a_batch_lands_once_or_not_at_all(own_tables: Stack, proxy: Proxy, how: str):
    fault, when, landed = SENDING[how]
    weeks = [(START + timedelta(weeks=number), START + timedelta(weeks=number + 1)) for number in range(2)]
    first, both = (
        sum(pl.read_parquet(arrivals(own_tables.project, "counts", *week)).height for week in weeks[:n]) for n in (1, 2)
    )
    assert ingested(own_tables, "counts", *weeks[0]).code == 0
    tables = Tables.of(own_tables.wiring.tables_bucket)
    with proxy.broken(fault, when=when) as planted:
        sent = ingested(own_tables.through(proxy), "counts", *weeks[1])
    assert planted.met
    assert sent.code == 6, sent
    assert re.fullmatch(r"counts under s3://\S+ cannot be (read|written): .+", sent.said), sent.err
    assert tables.read("counts").height == (both if landed else first)
    again = ingested(own_tables, "counts", *weeks[1])
    assert (again.code, "seen before" in again.out) == (0, landed)
    rows = tables.read("counts")
    assert rows.height == rows["prediction_id"].n_unique() == both


STOPPED: dict[str, tuple[Fault, Callable[[Request], bool]]] = {
    "the tables truncated": (truncated(), to("GET", ".parquet")),
    "the tables' bytes flipped": (flipped(0.999), to("GET", ".parquet")),
    "the bundle not taken": (refused(503, "SlowDown"), to("PUT", "approved/")),
    "the release record not taken": (refused(403, "AccessDenied"), to("PUT", "releases/")),
}


def test_a_run_that_s3_stops_says_so_and_the_next_one_gives_the_same_model(
    stack: Stack, proxy: Proxy, undisturbed: str
):
    for how, (fault, when) in STOPPED.items():
        with proxy.broken(fault, when=when) as planted:
            done = stack.through(proxy).run("pipeline", *UNTIL)
        assert planted.met, how
        assert done.code == 6, (how, done)
        assert "s3://" in done.said, (how, done)
        assert list(stack.bucket("models").keys("r")) == [runs.STARTED], how
    done = stack.run("pipeline", *UNTIL)
    assert (done.code, undisturbed in done.out) == (0, True), done
    assert len(list(stack.bucket("models").keys("releases/"))) == 1


def test_a_lock_whose_answer_was_lost_does_not_lock_its_own_run_out(stack: Stack, proxy: Proxy, undisturbed: str):
    with proxy.broken(cut_off(), when=to("PUT", "running"), times=1) as planted:
        done = stack.through(proxy).run("pipeline", *UNTIL)
    assert planted.met == 1
    assert (done.code, undisturbed in done.out) == (0, True), done


def test_a_champion_whose_bundle_is_broken_is_neither_compared_with_nor_watched(stack: Stack, undisturbed: str):
    assert stack.run("pipeline", *UNTIL).code == 0
    assert stack.run("promote", "1").code == 0
    models, key = stack.bucket("models"), agreed.bundle_key(undisturbed)
    whole = models.get(key) or b""
    broken = {
        "truncated": whole[:-100],
        "flipped": whole[:5000] + bytes(byte ^ 1 for byte in whole[5000:5001]) + whole[5001:],
        "gone": None,
    }
    try:
        for how, content in broken.items():
            if content is None:
                models.delete(key)
            else:
                models.put(key, content)
            for command in (("monitor", "--now", UNTIL[1]), ("pipeline", *UNTIL))[: 1 + (how == "truncated")]:
                done = stack.run(*command)
                assert done.code == 6, (how, done)
                assert undisturbed in done.said, (how, done)
        assert list(models.keys("releases/")) == ["releases/000001.json"]
        assert not list(stack.bucket("capture").keys("monitoring/"))
    finally:
        models.put(key, whole)


def test_a_monitor_that_cannot_publish_says_so_and_loses_no_window(stack: Stack, proxy: Proxy):
    cloudwatch = lambda request: "monitoring" in request.headers.get("Authorization", "")  # noqa: E731
    with proxy.broken(refused(503, "ServiceUnavailable"), when=cloudwatch) as planted:
        done = stack.through(proxy).run("monitor", "--now", UNTIL[1])
    assert planted.met
    assert done.code == 6, done
    assert "PutMetricData" in done.said
    history = stack.bucket("capture").get("monitoring/history.jsonl") or b""
    assert stack.run("monitor", "--now", UNTIL[1]).code == 0
    assert stack.bucket("capture").get("monitoring/history.jsonl") == history
