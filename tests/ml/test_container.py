"""Steps in containers: what lies under /opt/ml goes in, what is left there comes out, and the lock is kept."""

import io
import json
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ml import agreed, container, pipeline, runs
from ml.steps import FIRST, STEPS, Check, Step, step
from ml.wiring import Wiring

WIRING = Wiring(**dict.fromkeys(Wiring.__dataclass_fields__, "x"))
NOW = datetime(2026, 1, 31, 8, tzinfo=UTC)
ORDER = container.Order(run="run-1", until=NOW, reason="a test", decision=None)


@pytest.fixture
def opt_ml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(agreed.OPT_ML, str(tmp_path))
    return tmp_path


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[pipeline.Job]:
    """The jobs of the steps that were run; each leaves a file by its name. The lock is of no bucket."""
    jobs: list[pipeline.Job] = []

    def leaving(name: str):
        def leave(job: pipeline.Job) -> None:
            jobs.append(job)
            job.write_json(f"{name}.json", {"by": name, "found": sorted(path.name for path in job.folder.iterdir())})

        return leave

    monkeypatch.setattr(pipeline, "FUNCTIONS", {name: leaving(name) for name in pipeline.FUNCTIONS})
    monkeypatch.setattr(runs, "begin", lambda *_given, **_how: None)
    monkeypatch.setattr(runs, "release", lambda *_given, **_how: None)
    return jobs


def put(folder: Path, **files: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))


TOLD = {"run": "run-1", "until": NOW.isoformat(), "reason": "as told", "due": True}


def test_the_first_step_tells_the_others_what_the_run_is(opt_ml: Path, done: list[pipeline.Job]):
    container.run(FIRST, WIRING, ORDER)
    told = json.loads((opt_ml / "processing/output/job.json").read_text())
    assert told == {"run": "run-1", "until": NOW.isoformat(), "reason": "a test", "due": True}


def test_a_step_is_given_the_files_of_those_it_reads_and_leaves_its_own_alone(opt_ml: Path, done: list[pipeline.Job]):
    put(opt_ml / "processing/input/prepare", job=TOLD, data={})
    container.run("tune", WIRING, ORDER)
    (job,) = done
    assert (job.run, job.until, job.reason) == ("run-1", NOW, "as told")
    left = {path.name: json.loads(path.read_text()) for path in (opt_ml / "processing/output").iterdir()}
    assert left == {"tune.json": {"by": "tune", "found": ["data.json", "job.json"]}}


def test_a_training_job_has_channels_checkpoints_and_a_model(opt_ml: Path, done: list[pipeline.Job]):
    put(opt_ml / "input/data/prepare", job=TOLD)
    put(opt_ml / "input/data/tune", tuning={})
    container.run("train", WIRING, ORDER)
    assert done[0].checkpoints == opt_ml / "checkpoints"
    assert [path.name for path in (opt_ml / "model").iterdir()] == ["train.json"]


def test_what_a_training_job_left_is_unpacked(opt_ml: Path, done: list[pipeline.Job]):
    put(opt_ml / "processing/input/prepare", job=TOLD)
    folder = opt_ml / "processing/input/train"
    folder.mkdir()
    with tarfile.open(folder / "model.tar.gz", "w:gz") as archive:
        entry = tarfile.TarInfo("model.tar.gz")
        entry.size = 3
        archive.addfile(entry, io.BytesIO(b"abc"))
    container.run("evaluate", WIRING, ORDER)
    left = json.loads((opt_ml / "processing/output/evaluate.json").read_text())
    assert left["found"] == ["job.json", "model.tar.gz"]


def test_a_run_that_is_not_due_is_no_failure_and_says_why(
    opt_ml: Path, done: list[pipeline.Job], monkeypatch: pytest.MonkeyPatch
):
    def taken(*_given: object, **_how: object) -> None:
        raise runs.AlreadyRunningError("another has the lock")

    monkeypatch.setattr(runs, "begin", taken)
    assert container.run(FIRST, WIRING, ORDER) == "not due: another has the lock"
    told = json.loads((opt_ml / "processing/output/job.json").read_text())
    assert told == {"run": "run-1", "due": False, "why": "another has the lock"}
    assert not done


@pytest.mark.parametrize(("name", "released"), [("evaluate", ["run-1"]), ("tune", [])])
def test_a_step_that_fails_gives_the_lock_back_if_it_reaches_the_network(
    opt_ml: Path, done: list[pipeline.Job], monkeypatch: pytest.MonkeyPatch, name: str, released: list[str]
):
    given: list[str] = []

    def fail(_job: pipeline.Job) -> None:
        raise OSError("no")

    monkeypatch.setattr(runs, "release", lambda _wiring, run: given.append(run))
    monkeypatch.setitem(pipeline.FUNCTIONS, name, fail)
    put(opt_ml / "processing/input/prepare", job=TOLD)
    put(opt_ml / "processing/input/train")
    with tarfile.open(opt_ml / "processing/input/train/model.tar.gz", "w:gz"):
        pass
    with pytest.raises(OSError, match="no"):
        container.run(name, WIRING, ORDER)
    assert given == released


def test_what_cannot_be_used_is_named(opt_ml: Path, done: list[pipeline.Job]):
    with pytest.raises(container.ContainerError, match="no step 'fly'"):
        container.run("fly", WIRING, ORDER)
    with pytest.raises(container.ContainerError, match="tune reads what prepare left"):
        container.run("tune", WIRING, ORDER)
    with pytest.raises(container.ContainerError, match="--run is not set"):
        container.run(FIRST, WIRING, container.Order(run="", until=NOW, reason="", decision=None))


def test_every_step_has_a_function_and_reads_earlier_steps_only():
    steps = [item for item in STEPS if isinstance(item, Step)]
    assert [item.name for item in steps] == list(pipeline.FUNCTIONS)
    for number, item in enumerate(steps):
        assert set(item.reads) <= {earlier.name for earlier in steps[:number]}
    assert all(step(item.of).name for item in STEPS if isinstance(item, Check))
