"""The ML side of the project from a terminal or a container: `python -m ml.cli`."""

import json
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from ml import disk
from ml.wiring import Wiring, WiringError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Runs one part of the loop. What the stack made is read from the MLOPS_* variables (the output `wiring`).",
)
Until = Annotated[datetime | None, typer.Option(help="Only what was known by then is read; now unless told. UTC.")]


@app.command()
def pipeline(until: Until = None, reason: Annotated[str, typer.Option(help="Why it runs.")] = "on schedule") -> None:
    """Trains a candidate on all data so far, compares it with the champion and leaves a release record.

    Exit codes: 0 the candidate passed, 3 the gate refused it or there is none, 4 another run has not ended, 2 a wrong
    setting, 6 S3, MLflow, a table, the champion's bundle or the disk could not be used: run it again.
    """
    wiring = _wiring()

    from mlflow.exceptions import MlflowException

    from ml import pipeline as steps
    from ml import runs
    from ml.bundle import BundleError
    from ml.training import TrainingError

    with _unusable(MlflowException, BundleError), tempfile.TemporaryDirectory() as folder:
        job = steps.Job(wiring=wiring, until=_utc(until), reason=reason, folder=Path(folder))
        try:
            release = steps.run(job)
        except steps.GateRefusedError as refused:
            _stop(f"the gate refused the candidate: {refused}", 3)
        except TrainingError as error:
            _stop(f"there is no candidate: {error}", 3)
        except runs.AlreadyRunningError as running:
            _stop(str(running), 4)
        typer.echo(release.to_json())


@app.command()
def step(
    name: Annotated[str, typer.Argument(help="The step, as in ml/steps.py.")],
    run: Annotated[str, typer.Option(help="What tells the run from others; asked of the first step alone.")] = "",
    until: Annotated[str, typer.Option(help="Only what was known by then is read: now, or a time. UTC.")] = "now",
    reason: Annotated[str, typer.Option(help="Why it runs.")] = "on schedule",
    decision: Annotated[str, typer.Option(help="The monitor's decision that started it, or none.")] = "none",
) -> None:
    """Runs one step of the pipeline in its container: files are taken from /opt/ml and left there.

    Exit codes: 0 done, or the first step left the run to another; 3 there is no candidate; 2 a wrong setting; 6 S3,
    MLflow, a table, the champion's bundle or the disk could not be used: run it again.
    """
    wiring = _wiring()

    from mlflow.exceptions import MlflowException

    from ml import container
    from ml.bundle import BundleError
    from ml.training import TrainingError

    order = container.Order(
        run=run, until=_moment(until), reason=reason, decision=None if decision == "none" else decision
    )
    with _unusable(MlflowException, BundleError):
        try:
            typer.echo(container.run(name, wiring, order))
        except container.ContainerError as error:
            _stop(str(error), 2)
        except TrainingError as error:
            _stop(f"there is no candidate: {error}", 3)


@app.command()
def monitor(now: Until = None) -> None:
    """Checks the latest closed window of predictions and says whether to train.

    Gives the endpoint back to the release before, where labels show that the present one is surely worse.

    Exit codes: 0 done, 2 a wrong setting, 6 S3, MLflow, CloudWatch, SageMaker, a table, a bundle or what the monitor
    keeps could not be used: run it again, what was done is not done twice.
    """
    wiring = _wiring()

    from botocore.exceptions import BotoCoreError, ClientError
    from mlflow.exceptions import MlflowException

    from ml.bundle import BundleError
    from ml.deployed import EndpointError, SageMakerEndpoint
    from ml.monitoring import job, restoration
    from ml.monitoring.history import HistoryError
    from ml.releases import ReleasesError

    known = (BundleError, HistoryError, ReleasesError, EndpointError)
    with _unusable(MlflowException, BotoCoreError, ClientError, *known):
        record, decision = job.run(wiring, now=_utc(now))
        restored = restoration.run(wiring, SageMakerEndpoint(wiring.endpoint_name), now=_utc(now))
    results = [result.to_dict() for result in record.results]
    told = {"window": record.end.isoformat(), "results": results, "decision": vars(decision), "restoration": restored}
    typer.echo(json.dumps(told, indent=1))


@app.command()
def ingest(
    table: Annotated[str, typer.Argument(help="The raw table, as in ml/dataset.py.")],
    file: Annotated[Path, typer.Argument(help="A Parquet file with the batch.", exists=True, dir_okay=False)],
    batch_id: Annotated[
        str, typer.Option(help="The batch's name: one that was seen before changes nothing, nor do its rows.")
    ],
    start: Annotated[datetime, typer.Option(help="The first moment that the batch covers. UTC.")],
    end: Annotated[datetime, typer.Option(help="The moment up to which the batch goes. UTC.")],
) -> None:
    """Checks a batch of raw data and appends it to its table, or puts it in quarantine with what is wrong.

    Exit codes: 0 appended or seen before, 5 refused, 2 a wrong setting or argument, 6 S3 or the table could not be
    used: send the batch again, one that did land changes nothing.
    """
    wiring = _wiring()

    import polars as pl

    from ml import ingest as batches
    from ml.validation import CONTRACTS

    if table not in CONTRACTS:
        _stop(f"there is no table {table!r}, expected one of {', '.join(CONTRACTS)} (ml/validation.py)", 2)
    try:
        frame = pl.read_parquet(file)
    except pl.exceptions.PolarsError as error:
        _stop(f"{file} is not a readable Parquet file: {error}", 2)
    with _unusable():
        period = {"start": _utc(start), "end": _utc(end)}
        batch = batches.ingest(wiring, table, frame, batch_id=batch_id, **period, now=datetime.now(UTC))
    if batch.status == "refused":
        _stop("\n".join([f"{table} {batch_id} is refused and in quarantine:", *batch.findings]), 5)
    typer.echo(f"{table} {batch_id}, {batch.rows:,} rows: {batch.status}")


@app.command()
def promote(version: Annotated[str, typer.Argument(help="The registered version that production runs now.")]) -> None:
    """Makes a registered version the champion: what candidates are compared with, and what the monitor watches.

    Exit codes: 0 done, 2 there is no such version, 6 MLflow could not be used.
    """
    wiring = _wiring()

    from mlflow.exceptions import MlflowException

    from ml.registry import NO_SUCH, Registry

    registry = Registry(wiring)
    with _unusable(MlflowException):
        try:
            registry.address(version)
        except MlflowException as error:
            if error.error_code not in NO_SUCH:
                raise
            _stop(f"there is no version {version} of {wiring.project}: {error.message}", 2)
        registry.promote(version)
    typer.echo(f"version {version} of {wiring.project} is champion")


@app.command()
def score(
    until: Until = None,
    days: Annotated[int, typer.Option(help="How many of the latest closed days are looked at.", min=1)] = 7,
    url: Annotated[str, typer.Option(help="The released bundle, s3://...; the baseline without it.")] = "",
    sha256: Annotated[str, typer.Option(help="The bundle's sha256.")] = "",
    shard: Annotated[int | None, typer.Option(help="This run's part, from 0; the instance's own unless told.")] = None,
    shards: Annotated[int, typer.Option(help="How many runs share the days.", min=1)] = 1,
) -> None:
    """Scores the rows of the latest days with a released bundle, a day an object; what was scored before stays.

    Exit codes: 0 done, 2 a wrong setting or argument, 5 the rows of a day cannot be scored (the other days are), 6 S3,
    CloudWatch, a table, the bundle or the disk could not be used: run it again, it goes on where it stopped.
    """
    wiring, moment = _wiring(), _utc(until)

    from botocore.exceptions import BotoCoreError, ClientError

    from ml import batch, bundle, released
    from ml.bundle import BundleError
    from ml.serving.model import probe

    outcomes = []
    with _unusable(BundleError, BotoCoreError, ClientError):
        try:
            part = batch.Shard.of_instance() if shard is None else batch.Shard(index=shard, count=shards)
            archive, digest = released.archive(url, sha256)
        except ValueError as error:
            _stop(str(error), 2)
        model = bundle.load(archive, sha256=digest)
        probe(model)
        for outcome in batch.run(wiring, model, batch.closed_days(moment, days), shard=part):
            outcomes.append(outcome)
            typer.echo(f"{outcome.day} {outcome.status}, {outcome.rows:,} rows {outcome.reason}".rstrip(), err=True)
        batch.publish(wiring, outcomes, moment)
    typer.echo(json.dumps({"release": digest, "days": {str(day.day): day.status for day in outcomes}}))
    if failed := [f"{day.day}: {day.reason}" for day in outcomes if day.status == "failed"]:
        _stop("\n".join(["these days could not be scored:", *failed]), 5)


@contextmanager
def _unusable(*errors: type[Exception]) -> Generator[None]:
    """Ends with code 6 and a sentence where something outside of this code is at fault: S3, the disk, and `errors`."""
    from ml.store import StoreError
    from ml.tables import TableError

    try:
        yield
    except (StoreError, TableError, OSError, *errors) as error:
        if isinstance(error, OSError) and not isinstance(error, errors) and not disk.at_fault(error):
            raise
        _stop(str(error), 6)


def _wiring() -> Wiring:
    try:
        return Wiring.from_env()
    except WiringError as error:
        _stop(str(error), 2)


def _utc(moment: datetime | None) -> datetime:
    return moment.replace(tzinfo=UTC) if moment else datetime.now(UTC)


def _moment(text: str) -> datetime:
    try:
        return _utc(None if text == "now" else datetime.fromisoformat(text))
    except ValueError:
        _stop(f"--until is {text!r}, expected now or a time such as 2026-01-31T08:00:00", 2)


def _stop(message: str, code: int) -> NoReturn:
    typer.echo(message, err=True)
    sys.exit(code)


if __name__ == "__main__":
    app()
