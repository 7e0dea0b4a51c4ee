"""The pipeline on the stack of the rehearsal: a mock AWS and a real MLflow server, of this version or the app's."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import polars as pl
import pytest
from mlflow.tracking import MlflowClient
from typer.testing import CliRunner

from infra.rehearsal.environment import aws_variables, environment
from infra.rehearsal.rehearse import rehearse
from ml import bundle, cli, ingest, pipeline, runs
from ml.dataset import LABEL, START, arrivals, spoiled
from ml.monitoring import job as monitor
from ml.monitoring.window import latest_closed
from ml.registry import Registry, Release
from ml.store import Bucket
from ml.tables import Tables
from ml.wiring import Wiring
from tests.ml import managed_app
from tests.rehearsal.stack import shipped

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

NOW = START + timedelta(days=70)


@pytest.fixture(scope="module", params=["own", "managed"])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What a process is told: the rehearsal's own stand-in for the app, or the app's version and SageMaker's plugin."""
    folder = tmp_path_factory.mktemp("rehearsal")
    with rehearse(shipped(folder / "project"), "dev", folder) as rehearsal:
        if request.param == "own":
            yield rehearsal.administrator
            return
        wired = rehearsal.outputs["wiring"]
        with managed_app.running(f"s3://{wired['MLOPS_MODELS_BUCKET']}/mlflow", folder / "managed") as url:
            endpoint = rehearsal.aws.endpoint
            aws = aws_variables(endpoint, rehearsal.aws.region)
            # MLflow keeps an S3 client for each address that it was told by itself, and would ask the stack before.
            yield {**aws, **wired, managed_app.ENDPOINT: url, "MLFLOW_S3_ENDPOINT_URL": endpoint}


@pytest.fixture(scope="module")
def wiring(told: dict[str, str]) -> Iterator[Wiring]:
    with environment(told):
        wiring = Wiring.from_env()
        for table, frame in arrivals(START, NOW).items():
            ingest.ingest(wiring, table, frame, batch_id="first", start=START, end=NOW, now=NOW)
        yield wiring


@pytest.fixture(scope="module")
def release(wiring: Wiring, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The first run's release, made champion."""
    release = pipeline.run(job(wiring, tmp_path_factory.mktemp("first")))
    Registry(wiring).promote(release.version)
    return release


def job(wiring: Wiring, folder: Path, until: datetime = NOW) -> pipeline.Job:
    return pipeline.Job(wiring=wiring, until=until, reason="a test", folder=folder)


def test_a_model_that_nobody_registered_has_neither_champion_nor_alias(wiring: Wiring):
    registry = Registry(replace(wiring, project="nobody-s"))
    assert (registry.champion(), registry.aliases()) == (None, {})


def test_a_release_is_registered_with_checksum_lineage_and_alias(wiring: Wiring, release: Release):
    client = MlflowClient(tracking_uri=wiring.tracking_uri)
    version = client.get_model_version_by_alias(wiring.project, "champion")
    assert version.version == int(release.version) or version.version == release.version
    assert version.tags["sha256"] == release.sha256
    assert version.tags["data.sha256"]
    assert version.source == release.url

    run = client.get_run(release.run_id)
    assert run.data.tags["gate"] == "passed"
    assert run.inputs is not None
    assert {entry.dataset.name for entry in run.inputs.dataset_inputs} == set(release.data_version)
    assert {file.path for file in client.list_artifacts(release.run_id)} >= {"model_card.md", "calibration.png"}


def test_the_bundle_lies_at_an_address_that_holds_its_sha256(wiring: Wiring, release: Release):
    key = f"approved/{release.sha256}/model.tar.gz"
    archive = Bucket(wiring.models_bucket).get(key)
    assert archive is not None
    assert bundle.digest(archive) == release.sha256
    assert release.url == f"s3://{wiring.models_bucket}/{key}"
    record = Bucket(wiring.models_bucket).get_json(f"releases/{int(release.version):06d}.json")
    assert Release(**record) == release


def test_the_champion_is_the_release_that_was_promoted(wiring: Wiring, release: Release):
    assert pipeline.champion(wiring).sha256 == release.sha256


def test_the_gate_stops_a_candidate_that_is_no_better_and_says_why(wiring: Wiring, release: Release, tmp_path: Path):
    # The same data gives the same model, which is not better than itself.
    with pytest.raises(pipeline.GateRefusedError, match="not surely better"):
        pipeline.run(job(wiring, tmp_path))
    assert json.loads((tmp_path / "evaluation.json").read_text())["sha256"] == release.sha256
    assert not (tmp_path / "release.json").exists()
    assert runs.state(wiring) == runs.State(started=NOW, ended=NOW, running=False)


def test_only_one_run_at_a_time(wiring: Wiring, release: Release, tmp_path: Path):
    models = Bucket(wiring.models_bucket)
    since = datetime.now().astimezone()
    models.put(runs.RUNNING, json.dumps({"since": since.isoformat(), "reason": "another"}).encode())
    try:
        with pytest.raises(runs.AlreadyRunningError, match="another"):
            pipeline.run(job(wiring, tmp_path))
        assert models.get(runs.RUNNING) is not None
    finally:
        models.delete(runs.RUNNING)


def test_a_lock_that_a_killed_run_left_is_taken_over_once_it_is_stale(wiring: Wiring, release: Release, tmp_path: Path):
    since = datetime.now().astimezone() - runs.STALE - timedelta(minutes=1)
    left = json.dumps({"since": since.isoformat(), "reason": "killed"}).encode()
    Bucket(wiring.models_bucket).put(runs.RUNNING, left)
    assert not runs.state(wiring).running
    with pytest.raises(pipeline.GateRefusedError):
        pipeline.run(job(wiring, tmp_path))
    assert not runs.state(wiring).running


def test_a_run_reads_the_pinned_version_of_the_tables_and_nothing_from_the_future(wiring: Wiring, tmp_path: Path):
    pipeline.prepare(job(wiring, tmp_path, until=NOW - timedelta(days=20)))
    data = json.loads((tmp_path / "data.json").read_text())
    tables = Tables.of(wiring.tables_bucket)
    assert data["versions"] == tables.versions()
    frame = pl.concat(pl.read_parquet(tmp_path / name) for name in ("train.parquet", "holdout.parquet"))
    assert frame[LABEL].null_count() == 0
    assert frame.filter(pl.col("known_at") > NOW - timedelta(days=20)).is_empty()


def test_a_broken_batch_is_quarantined_with_its_findings_and_changes_nothing(wiring: Wiring):
    start, end = NOW, NOW + timedelta(days=7)
    table, broken, _what = spoiled(arrivals(start, end))
    before = Tables.of(wiring.tables_bucket).versions()
    batch = ingest.ingest(wiring, table, broken, batch_id="broken", start=start, end=end, now=end)
    assert batch.status == "refused"
    assert batch.findings
    assert Tables.of(wiring.tables_bucket).versions() == before
    raw = Bucket(wiring.raw_bucket)
    assert raw.get_json(f"quarantine/{table}/broken.json")["findings"] == batch.findings
    assert pl.read_csv(raw.get(f"quarantine/{table}/broken.csv") or b"").height == broken.height
    assert ingest.refused_between(wiring, end, end + timedelta(days=1)) == [f"{table}/broken"]


def test_a_batch_sent_twice_changes_nothing(wiring: Wiring):
    start, end = NOW, NOW + timedelta(days=7)
    table, _broken, _what = spoiled(arrivals(start, end))
    frame = arrivals(start, end)[table]
    tables = Tables.of(wiring.tables_bucket)
    assert ingest.ingest(wiring, table, frame, batch_id="next", start=start, end=end, now=end).status == "appended"
    version = tables.version(table)
    assert ingest.ingest(wiring, table, frame, batch_id="next", start=start, end=end, now=end).status == "seen before"
    assert ingest.ingest(wiring, table, frame, batch_id="other", start=start, end=end, now=end).status == "seen before"
    assert tables.version(table) == version
    assert tables.restore(table, version - 1) == version + 1
    assert tables.read(table).height == tables.read(table, version=version).height - frame.height


def test_a_batch_from_a_file_is_appended_or_refused_with_a_code_of_its_own(wiring: Wiring, tmp_path: Path):
    start, end = NOW + timedelta(days=7), NOW + timedelta(days=14)
    table, broken, _what = spoiled(arrivals(start, end))
    period = ["--start", f"{start:%Y-%m-%dT%H:%M:%S}", "--end", f"{end:%Y-%m-%dT%H:%M:%S}"]
    for name, frame, code in (("broken", broken, 5), ("right", arrivals(start, end)[table], 0)):
        frame.write_parquet(tmp_path / f"{name}.parquet")
        arguments = ["ingest", table, str(tmp_path / f"{name}.parquet"), "--batch-id", name, *period]
        done = CliRunner().invoke(cli.app, arguments)
        assert done.exit_code == code, done.output


def test_a_version_that_does_not_exist_is_not_promoted(wiring: Wiring, release: Release):
    done = CliRunner().invoke(cli.app, ["promote", "99"])
    assert done.exit_code == 2
    assert "there is no version 99" in done.output
    assert CliRunner().invoke(cli.app, ["promote", release.version]).exit_code == 0


@pytest.mark.parametrize("day", range(1, 8))
def test_the_age_of_the_newest_capture_is_small_on_every_day_of_a_week_with_requests(
    wiring: Wiring, release: Release, day: int
):
    monday = latest_closed(NOW).end
    captures = Bucket(wiring.capture_bucket)
    for number in range(-7, day):
        moment = monday + timedelta(days=number, hours=20)
        line = {
            "capture": 1,
            "id": f"{number}",
            "event_time": moment.isoformat(),
            "at": moment.isoformat(),
            "release": release.sha256[:12],
            "variant": "champion",
            "prediction": 0.5,
            "features": {},
        }
        key = f"capture/{wiring.endpoint_name}/{moment:%Y-%m-%d}/test.jsonl.gz"
        captures.put(key, gzip.compress(json.dumps(line).encode() + b"\n"))
    now = monday + timedelta(days=day)
    record, _decision = monitor.run(wiring, now=now)
    assert record.end <= now
    data = boto3.client("cloudwatch").get_metric_data(
        MetricDataQueries=[
            {
                "Id": "age",
                "MetricStat": {
                    "Metric": {
                        "Namespace": wiring.metrics_namespace,
                        "MetricName": "CaptureAgeHours",
                        "Dimensions": [{"Name": "EndpointName", "Value": wiring.endpoint_name}],
                    },
                    "Period": 60,
                    "Stat": "Maximum",
                },
            }
        ],
        StartTime=datetime.now(UTC) - timedelta(hours=1),
        EndTime=datetime.now(UTC) + timedelta(hours=1),
    )
    assert 0 < max(data["MetricDataResults"][0]["Values"]) < 48
