"""A step of the pipeline in its container: SageMaker mounts what it reads under /opt/ml, and takes from there."""

import os
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ml import pipeline, runs
from ml.agreed import OPT_ML
from ml.steps import FIRST, Step, step
from ml.wiring import Wiring

INPUT, OUTPUT = "processing/input", "processing/output"
CHANNELS, MODEL, CHECKPOINTS = "input/data", "model", "checkpoints"
"""A training job's folders: what it is given, what it leaves, and what is copied to S3 while it runs."""
ARCHIVE = "model.tar.gz"
"""What SageMaker makes of the folder that a training job leaves."""


class ContainerError(Exception):
    """What a step was told, or given, cannot be used."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What the first step is told of the run."""

    run: str
    until: datetime
    reason: str
    decision: str | None


def run(name: str, wiring: Wiring, order: Order) -> str:
    """Runs one step on what lies under /opt/ml; returns what became of it, in words.

    Raises ContainerError, and what the step raises; a step that fails and reaches the network gives the lock back.
    """
    try:
        known = step(name)
    except KeyError:
        raise ContainerError(f"there is no step {name!r}: see ml/steps.py") from None
    root = Path(os.environ.get(OPT_ML) or "/opt/ml")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for earlier in known.reads:
            _bring(root, known, step(earlier), folder)
        given = {path.name for path in folder.iterdir()}
        job = _job(known, wiring, order, folder, root)
        try:
            said = _do(known, job)
        except BaseException:
            if not known.isolated:
                runs.release(wiring, run=job.run)
            raise
        target = root / (MODEL if known.resumes else OUTPUT)
        target.mkdir(parents=True, exist_ok=True)
        for path in folder.iterdir():
            if path.name not in given:
                shutil.copyfile(path, target / path.name)
    return said


def _job(known: Step, wiring: Wiring, order: Order, folder: Path, root: Path) -> pipeline.Job:
    if known.name == FIRST:
        if not order.run:
            raise ContainerError("--run is not set, expected what tells this run from others")
        return pipeline.Job(
            wiring=wiring,
            until=order.until,
            reason=order.reason,
            folder=folder,
            run=order.run,
            decision=order.decision,
        )
    told = pipeline.Job(wiring=wiring, until=order.until, reason="", folder=folder).read_json("job.json")
    return pipeline.Job(
        wiring=wiring,
        until=datetime.fromisoformat(told["until"]),
        reason=told["reason"],
        folder=folder,
        run=told["run"],
        checkpoints=root / CHECKPOINTS if known.resumes else None,
    )


def _do(known: Step, job: pipeline.Job) -> str:
    if known.name == FIRST:
        try:
            pipeline.begin(job)
        except runs.AlreadyRunningError as other:
            # Not a failure: the check behind this step leaves the rest out.
            job.write_json("job.json", {"run": job.run, "due": False, "why": str(other)})
            return f"not due: {other}"
    pipeline.FUNCTIONS[known.name](job)
    return f"{known.name}: done"


def _bring(root: Path, known: Step, earlier: Step, folder: Path) -> None:
    """Copies an earlier step's files; those of a training job are in an archive."""
    source = root / (CHANNELS if known.resumes else INPUT) / earlier.name
    if not source.is_dir():
        raise ContainerError(f"{source} is not there: {known.name} reads what {earlier.name} left")
    if earlier.resumes:
        with tarfile.open(source / ARCHIVE, "r:gz") as archive:
            archive.extractall(folder, filter="data")
        return
    for path in source.iterdir():
        shutil.copyfile(path, folder / path.name)
