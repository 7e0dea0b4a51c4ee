"""A stack of real servers with a small project on it, and the ways to break what lies underneath."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import NamedTuple

import boto3
import polars as pl
import pytest

from infra.rehearsal.environment import aws_variables, environment
from infra.rehearsal.servers import Mlflow, Server, mlflow_server, moto_server
from ml import runs
from ml.store import Bucket
from ml.wiring import Wiring, variable
from tests.faults.forked import Forked, Run
from tests.faults.proxy import Proxy
from tests.faults.rides import NOW, START, UNTIL, copied

REGION = "eu-west-1"
_numbers = count(1)
BUCKETS = ("raw", "tables", "models", "capture")
MONITOR = json.dumps({"window_days": 7, "cooldown_days": 7, "schedule_days": 28})


class Done(NamedTuple):
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Its last line, the sentence; the table library writes its own threads' panics before it."""
        return self.err.splitlines()[-1]


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Buckets on moto, an MLflow server, and a copy of this project whose data set is small: `rides`."""

    project: Path
    wiring: Wiring
    s3: str
    mlflow: Mlflow
    forked: Forked

    @property
    def environ(self) -> dict[str, str]:
        """What every process of the project is told."""
        told = {**aws_variables(self.s3, REGION), **self.mlflow.client_variables}
        told |= {variable(field): value for field, value in asdict(self.wiring).items()}
        return {**told, "PYTHONPATH": str(self.project), "MLOPS_CODE_VERSION": "tests"}

    def through(self, proxy: Proxy) -> "Stack":
        """The same stack, with every AWS client behind a proxy."""
        return replace(self, s3=proxy.url)

    def start(self, *arguments: str, **environ: str) -> Run:
        """Starts `python -m ml.cli`."""
        with environment({**self.environ, **environ}):
            return self.forked.start(list(arguments), os.environ, self.project / "logs")

    def run(self, *arguments: str, **environ: str) -> Done:
        """Runs `python -m ml.cli` to its end, which is never a traceback."""
        run = self.start(*arguments, **environ)
        done = Done(run.wait(), run.out.read_text(), run.err.read_text())
        assert "Traceback" not in done.err, done.err
        return done

    def bucket(self, name: str) -> Bucket:
        """One of the buckets, for this process; past any proxy."""
        return Bucket(getattr(self.wiring, f"{name}_bucket"))


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = moto_server(tmp_path_factory.mktemp("moto"))
    with server.process:
        yield server


@pytest.fixture(scope="session")
def base(moto: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack with ten weeks of rides in its tables."""
    folder = tmp_path_factory.mktemp("stack")
    project = copied(folder / "project")
    with environment(aws_variables(moto.url, REGION)):
        names = {f"{name}_bucket": made(f"faults-{name}") for name in BUCKETS}
        mlflow = mlflow_server(folder / "mlflow", "s3://faults-models/mlflow", moto.url, REGION)
        forked = Forked(project, os.environ)
    # Nothing of the environment outlives this: fixtures of other scopes end in between.
    with mlflow.process, forked:
        wiring = Wiring(
            project="rides",
            environment="dev",
            tracking_uri=mlflow.url,
            endpoint_name="rides-dev",
            metrics_namespace="rides",
            capture_form="lines",
            rollout="{}",
            monitor=MONITOR,
            **names,
        )
        stack = Stack(project=project, wiring=wiring, s3=moto.url, mlflow=mlflow, forked=forked)
        for table in ("slots", "counts"):
            done = ingested(stack, table, START, NOW)
            assert done.code == 0, done.err
        yield stack


@pytest.fixture
def stack(base: Stack) -> Iterator[Stack]:
    """The stack, with no run, no release and no capture yet."""
    if not base.mlflow.process.running:
        base.mlflow.process.start()
    with environment(base.environ):
        for name, prefix in {"models": "r", "capture": "", "raw": ""}.items():
            bucket = base.bucket(name)
            for key in list(bucket.keys(prefix)):
                bucket.delete(key)
        yield replace(base, wiring=replace(base.wiring, project=f"rides-{next(_numbers)}"))


@pytest.fixture
def own_tables(stack: Stack) -> Stack:
    """The stack with a bucket for tables that nothing is in yet."""
    return replace(stack, wiring=replace(stack.wiring, tables_bucket=made(f"faults-tables-{next(_numbers)}")))


@pytest.fixture(scope="session")
def undisturbed(base: Stack) -> str:
    """The sha256 of the bundle that a run gives when nothing breaks."""
    with environment(base.environ):
        done = base.run("pipeline", *UNTIL)
    assert done.code == 0, done.err
    return json.loads(done.out)["sha256"]


def made(bucket: str) -> str:
    """The name of a new bucket."""
    boto3.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    return bucket


@pytest.fixture
def proxy(stack: Stack) -> Iterator[Proxy]:
    with Proxy(stack.s3) as proxy:
        yield proxy


def arrivals(project: Path, table: str, start: datetime, end: datetime) -> Path:
    """A Parquet file with what the project's own data set brings in [start, end)."""
    file = project / f"{table}-{start:%Y%m%d}-{end:%Y%m%d}.parquet"
    if not file.exists():
        make = "import sys; from datetime import datetime; from ml.dataset import arrivals; arrivals("
        make += "*map(datetime.fromisoformat, sys.argv[2:4]))[sys.argv[1]].write_parquet(sys.argv[4])"
        arguments = [sys.executable, "-c", make, table, start.isoformat(), end.isoformat(), str(file)]
        subprocess.run(arguments, cwd=project, check=True, env={**os.environ, "PYTHONPATH": str(project)})
    return file


def ingested(stack: Stack, table: str, start: datetime, end: datetime, *, frame: pl.DataFrame | None = None) -> Done:
    """Sends the batch of [start, end) as `ml.cli ingest` takes it: the data set's own, or another one."""
    file = arrivals(stack.project, table, start, end)
    if frame is not None:
        file = file.with_suffix(".broken")
        frame.write_parquet(file)
    period = ["--start", f"{start:%Y-%m-%dT%H:%M:%S}", "--end", f"{end:%Y-%m-%dT%H:%M:%S}"]
    return stack.run("ingest", table, str(file), "--batch-id", f"{start:%Y-%m-%d}", *period)


def age_lock(stack: Stack) -> None:
    """Makes the lock of a run as old as one that is taken over."""
    lock = stack.bucket("models").get_json(runs.RUNNING)
    since = datetime.fromisoformat(lock["since"]) - runs.STALE - timedelta(minutes=1)
    stack.bucket("models").put(runs.RUNNING, json.dumps({**lock, "since": since.isoformat()}).encode())
