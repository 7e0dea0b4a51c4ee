"""The training pipeline: steps that hand files on through one folder, in process or one container each."""

import hashlib
import os
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl

from ml import agreed, bundle, card, charts, evaluation, features, released, runs, training, tuning
from ml.dataset import SCHEMA
from ml.job import Job
from ml.monitoring import checks
from ml.monitoring.trigger import TriggerSettings
from ml.registry import Registry, Release
from ml.steps import STEPS, Check
from ml.store import Bucket
from ml.tables import Tables
from ml.wiring import Wiring

HOLDOUT = timedelta(days=21)
"""The latest labelled weeks: kept from training, to compare candidate and champion on."""
SEED = 2013


class GateRefusedError(Exception):
    """The candidate is not good enough; `reasons` say why."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def begin(job: Job) -> None:
    """Takes the lock, and tells the other steps what the run is. Raises runs.AlreadyRunningError."""
    runs.begin(job.wiring, run=job.run, until=job.until, reason=job.reason, decision=job.decision)
    job.write_json("job.json", {"run": job.run, "until": job.until.isoformat(), "reason": job.reason, "due": True})


def prepare(job: Job) -> None:
    """Pins the tables' versions, builds the features and splits them by time."""
    tables = Tables.of(job.wiring.tables_bucket)
    versions = tables.versions()
    frame = features.build(
        {name: tables.read(name, version=version) for name, version in versions.items()}, end=job.until
    )
    known = frame.filter(pl.col("known_at") <= job.until, pl.col("label").is_not_null())
    split = job.until - HOLDOUT
    train, holdout = known.filter(pl.col("event_time") <= split), known.filter(pl.col("event_time") > split)
    job.write_frame("train.parquet", train)
    job.write_frame("holdout.parquet", holdout)
    matrix = training.matrix(train, SCHEMA)
    job.write_json(
        "data.json",
        {
            "versions": versions,
            "train_rows": train.height,
            "holdout_rows": holdout.height,
            "without_label": frame.height - known.height,
            "trained_until": split.isoformat(),
            "sha256": hashlib.sha256(matrix.tobytes() + train["label"].to_numpy().tobytes()).hexdigest(),
        },
    )


def tune(job: Job) -> None:
    """Chooses the settings to train with."""
    frame = pl.read_parquet(job.folder / "train.parquet")
    job.write_json("tuning.json", tuning.search(frame, SCHEMA, seed=SEED).to_dict())


def train(job: Job) -> None:
    """Fits a candidate, and the reference that monitoring will compare with, into one bundle."""
    frame, settings = pl.read_parquet(job.folder / "train.parquet"), job.read_json("tuning.json")["settings"]
    days = TriggerSettings.parse(job.wiring.monitor).window_days
    # A fit has one thread, so that it always gives the same bytes: the model's runs beside those of the thresholds.
    with ThreadPoolExecutor(1) as beside:
        how: dict[str, Any] = {"seed": SEED, "settings": settings, "checkpoints": job.checkpoints}
        fitted = beside.submit(training.train, frame, SCHEMA, **how)
        reference = checks.fit(training.cross_fit(frame, SCHEMA, days=days, **how), SCHEMA, days=days)
        model = fitted.result()
    (job.folder / agreed.BUNDLE).write_bytes(bundle.write(model=model, schema=SCHEMA, reference=reference))


def evaluate(job: Job) -> None:
    """Compares the candidate with the champion on the latest labelled weeks."""
    holdout = pl.read_parquet(job.folder / "holdout.parquet")
    candidate = _load(job)
    matrix = training.matrix(holdout, SCHEMA)
    prediction, current = candidate.predict(matrix), champion(job.wiring).predict(matrix)
    gate = evaluation.gate(prediction, current, holdout, SCHEMA)
    job.write_json(
        "evaluation.json",
        {
            "candidate": evaluation.evaluate(prediction, holdout, SCHEMA),
            "champion": evaluation.evaluate(current, holdout, SCHEMA),
            "slices": evaluation.by_slice(prediction, holdout, SCHEMA).to_dicts(),
            "calibration": evaluation.calibration_curve(prediction, holdout).to_dicts(),
            "gate": {**asdict(gate), "why": "; ".join(gate.reasons)},
            "sha256": candidate.sha256,
        },
    )


def record(job: Job) -> None:
    """Logs the run in MLflow, refused or not; a refused one has ended with that."""
    data, result, tuned = (job.read_json(name) for name in ("data.json", "evaluation.json", "tuning.json"))
    registry = Registry(job.wiring)
    run_id = registry.start_run(
        f"until {job.until:%Y-%m-%d}",
        params={
            **tuned["settings"],
            "tuned": tuned["name"],
            "seed": SEED,
            "holdout_days": HOLDOUT.days,
            "train_rows": data["train_rows"],
        },
        tags={"reason": job.reason, "code": code_version(), "bundle.sha256": result["sha256"]},
    )
    source = f"s3://{job.wiring.tables_bucket}"
    registry.log_data(run_id, source=source, versions=data["versions"], digest=data["sha256"])
    measures = {f"{who}.{name}": value for who in ("candidate", "champion") for name, value in result[who].items()}
    registry.log_metrics(run_id, measures)
    document = card.render(job.wiring.project, data=data, result=result, reason=job.reason)
    files = {
        "model_card.md": document.encode(),
        "evaluation.json": (job.folder / "evaluation.json").read_bytes(),
        "tuning.json": (job.folder / "tuning.json").read_bytes(),
        "calibration.png": charts.calibration(result["calibration"], "png"),
        "slices.png": charts.slices(
            result["slices"], "png", bound=result["gate"]["measures"].get("gap_bound", evaluation.GAP)
        ),
    }
    registry.log_files(run_id, files)
    (job.folder / "model_card.md").write_text(document)
    registry.end_run(run_id, passed=result["gate"]["passed"], reasons=result["gate"]["reasons"])
    job.write_json("run.json", {"run_id": run_id})
    if not result["gate"]["passed"]:
        _end(job, "refused")


def register(job: Job) -> None:
    """Writes the bundle once at an address that holds its sha256, registers it and leaves a release record."""
    archive, result = (job.folder / agreed.BUNDLE).read_bytes(), job.read_json("evaluation.json")
    data, run_id = job.read_json("data.json"), job.read_json("run.json")["run_id"]
    models = Bucket(job.wiring.models_bucket)
    key = agreed.bundle_key(result["sha256"])
    models.put_new(key, archive)
    tags = {"code": code_version(), "data.sha256": data["sha256"], "trained_until": data["trained_until"]}
    registry = Registry(job.wiring)
    version = registry.register(run_id, url=models.url(key), sha256=result["sha256"], tags=tags)
    release = Release(
        version=version,
        sha256=result["sha256"],
        url=models.url(key),
        run_id=run_id,
        data_version=data["versions"],
        code_version=code_version(),
        trained_until=data["trained_until"],
        measures=result["candidate"],
    )
    models.put(f"releases/{int(version):06d}.json", release.to_json().encode())
    job.write_json("release.json", asdict(release))
    _end(job, "passed")


FUNCTIONS: dict[str, Callable[[Job], None]] = {
    step.__name__: step for step in (prepare, tune, train, evaluate, record, register)
}
"""What each step of `ml.steps` does."""


def run(job: Job) -> Release:
    """Runs every step in this process; returns the release that passed.

    Raises GateRefusedError where the candidate did not, runs.AlreadyRunningError where another run has not ended.
    """
    begin(job)
    try:
        for step in STEPS:
            if isinstance(step, Check):
                check(job, step)
            else:
                FUNCTIONS[step.name](job)
    finally:
        runs.release(job.wiring, run=job.run)
    return Release(**job.read_json("release.json"))


def check(job: Job, step: Check) -> None:
    """Lets the rest run, or stops it. Raises GateRefusedError with what the file says."""
    content = job.read_json(step.file)
    if not _found(content, step.path):
        raise GateRefusedError([str(_found(content, step.why)) if step.why else f"{step.name} is not so"])


def _found(content: Any, path: str) -> Any:
    for name in path.split("."):
        content = content[name]
    return content


def _end(job: Job, outcome: str) -> None:
    runs.end(job.wiring, run=job.run, until=job.until, reason=job.reason, outcome=outcome)


def champion(wiring: Wiring) -> bundle.Bundle:
    """The champion's verified bundle; the baseline before the first promotion."""
    registry = Registry(wiring)
    version = registry.champion()
    archive, sha256 = released.archive(*(registry.address(version) if version else (None, None)))
    return bundle.load(archive, sha256=sha256)


def code_version() -> str:
    """The commit of the code that runs: from git, or as the image was built with."""
    if built := os.environ.get("MLOPS_CODE_VERSION"):
        return built
    command = ["git", "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parent)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


def _load(job: Job) -> bundle.Bundle:
    archive = (job.folder / agreed.BUNDLE).read_bytes()
    return bundle.load(archive, sha256=bundle.digest(archive))
