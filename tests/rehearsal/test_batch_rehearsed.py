"""Endpoint and batch of one program: the scheduled job runs as a process under its role, is killed, and goes on."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import polars as pl
import pytest

from infra.rehearsal.environment import environment
from infra.rehearsal.rehearse import Rehearsal, rehearse
from infra.source import ROOT
from ml import agreed, bundle, features, ingest, released
from ml.baseline import bundle_bytes
from ml.dataset import START, arrivals
from ml.store import Bucket
from ml.wiring import Wiring
from tests.faults.proxy import Proxy, slow, to
from tests.rehearsal.stack import RELEASE, stack
from tests.rehearsal.statements import policies, surviving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

DAYS = 12
END = START + timedelta(days=DAYS)
ARRIVED = arrivals(START, END)
UNTIL = ("--until", f"{END:%Y-%m-%dT%H:%M:%S}")


@dataclass(frozen=True)
class Hybrid:
    """An endpoint and batch scoring of one release, with some days of the data set in the tables."""

    rehearsal: Rehearsal
    release: dict[str, str]
    """The bundle that is there, by what the settings name: they were written before the bucket had a name."""

    def run(self, days: int = DAYS, through: str = "") -> subprocess.Popen[str]:
        """The schedule's own command as a process with the job's role and variables."""
        schedule = self.rehearsal.outputs["schedules"]["score"]
        target = self.rehearsal.aws.call("scheduler", "GetSchedule", Name=schedule)["Target"]
        _python, *entry = json.loads(target["Input"])["AppSpecification"]["ContainerEntrypoint"]
        command = [sys.executable, *(self.release.get(word, word) for word in entry), *UNTIL, "--days", str(days)]
        pipe = subprocess.PIPE
        with self.rehearsal.acting("score"):
            environ = {**os.environ, **({"AWS_ENDPOINT_URL": through} if through else {})}
            return subprocess.Popen(command, cwd=ROOT, env=environ, stdout=pipe, stderr=pipe, text=True)

    def objects(self) -> dict[str, bytes]:
        with environment(self.rehearsal.administrator):
            bucket = Bucket(self.rehearsal.outputs["buckets"]["capture"])
            return {key: bucket.get(key) or b"" for key in bucket.keys(agreed.SCORED)}


@pytest.fixture(scope="module")
def hybrid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hybrid]:
    folder = tmp_path_factory.mktemp("hybrid")
    settings = {"batch": {}, "model": RELEASE, "data": {"protect": False}}
    with rehearse(stack(folder, "shop", "dev", settings), "dev", folder / "servers") as rehearsal:
        wiring = Wiring.from_env(rehearsal.environ)
        with rehearsal.acting("ingest"):
            for table, frame in ARRIVED.items():
                done = ingest.ingest(wiring, table, frame, batch_id="all", start=START, end=END, now=END)
                assert done.status == "appended", done
        sha256 = bundle.digest(bundle_bytes())
        place = {"Bucket": wiring.models_bucket, "Key": agreed.bundle_key(sha256)}
        rehearsal.aws.call("s3", "PutObject", **place, Body=bundle_bytes(), IfNoneMatch="*")
        url = f"s3://{wiring.models_bucket}/{agreed.bundle_key(sha256)}"
        yield Hybrid(rehearsal, {RELEASE["url"]: url, RELEASE["sha256"]: sha256})


def test_the_job_runs_under_its_role_is_killed_and_goes_on(hybrid: Hybrid):
    with Proxy(hybrid.rehearsal.aws.endpoint) as proxy, proxy.broken(slow(0.5), when=to("PUT", "scored")):
        killed = hybrid.run(through=proxy.url)
        while len(hybrid.objects()) < 2 and killed.poll() is None:
            time.sleep(0.01)
        killed.kill()
        killed.communicate()
    there = len(hybrid.objects())
    assert killed.returncode == -9
    assert 2 <= there < DAYS
    again = hybrid.run()
    _out, err = again.communicate()
    assert again.returncode == 0, err
    assert err.count("there already") in (there, there + 1)
    rows = pl.concat([pl.read_parquet(content) for content in hybrid.objects().values()])
    expected = features.build(ARRIVED, start=START, end=END)
    assert sorted(rows["prediction_id"]) == sorted(expected["prediction_id"])


def test_each_statement_of_its_roles_is_needed(hybrid: Hybrid):
    def exercise() -> None:
        objects, capture = sorted(hybrid.objects()), hybrid.rehearsal.outputs["buckets"]["capture"]
        hybrid.rehearsal.aws.call("s3", "DeleteObject", Bucket=capture, Key=objects[-1])
        done = hybrid.run(days=2)
        _out, err = done.communicate()
        # Put back for the next one, whatever became of it.
        hybrid.rehearsal.aws.call("s3", "PutObject", Bucket=capture, Key=objects[-1], Body=b"")
        if done.returncode:
            raise RuntimeError(err)
        # A release that is not there is told from one that may not be read.
        models = hybrid.rehearsal.outputs["buckets"]["models"]
        with hybrid.rehearsal.acting("score"), pytest.raises(bundle.BundleError, match="does not exist"):
            released.archive(f"s3://{models}/{agreed.APPROVED}none", "a" * 64)

    for ending in ("-batch-job-role", "-batch-job-scheduler"):
        ((role, policy, document),) = policies(hybrid.rehearsal.aws, ending)
        assert surviving(hybrid.rehearsal.aws, role, policy, document, exercise) == []


def test_destroying_leaves_nothing(hybrid: Hybrid):
    assert not hybrid.rehearsal.destroy()
