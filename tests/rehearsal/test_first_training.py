"""The first hour of a stack whose own MLflow server has made nothing yet, and hides what its asker did not make."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from typer.testing import CliRunner

from infra.rehearsal.environment import environment
from infra.rehearsal.rehearse import Rehearsal, rehearse
from ml import bundle, cli, ingest
from ml.baseline import bundle_bytes
from ml.dataset import START, arrivals
from ml.monitoring import job
from ml.registry import CHAMPION, DENIED, Registry
from ml.wiring import Wiring
from tests.rehearsal.stack import shipped

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
NOW = START + timedelta(days=70)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    folder = tmp_path_factory.mktemp("rehearsal")
    with (
        rehearse(shipped(folder / "project"), "prod", folder) as rehearsal,
        environment(rehearsal.environ),
    ):
        yield rehearsal


def registry(name: str) -> Registry:
    """The registry of a project that has nothing in it."""
    return Registry(replace(Wiring.from_env(), project=name))


def test_the_monitor_starts_the_first_training_whose_release_is_promoted_and_watched(stack: Rehearsal, tmp_path: Path):
    wiring = Wiring.from_env()
    with stack.acting("ingest"):
        for table, frame in arrivals(START, NOW).items():
            ingest.ingest(wiring, table, frame, batch_id="first", start=START, end=NOW, now=NOW)
    with stack.acting("watch"):
        before, decision = job.run(wiring, now=NOW)
    assert before.release == bundle.release(bundle.digest(bundle_bytes()))
    assert decision.train
    (start,) = stack.started()
    assert start.execute(tmp_path, NOW) == ""
    release = json.loads((tmp_path / "release.json").read_text())
    with stack.acting("release"):
        assert CliRunner().invoke(cli.app, ["promote", release["version"]]).exit_code == 0
    with stack.acting("watch"):
        after, _decision = job.run(wiring, now=NOW + timedelta(days=7))
        assert Registry(wiring).aliases() == {CHAMPION: release["version"]}
    assert after.release == bundle.release(release["sha256"])
    assert stack.aws.refusals() == []


def test_whatever_is_asked_first_there_is_none(stack: Rehearsal):
    with stack.acting("release"):
        assert registry("champion-first").champion() is None
        assert registry("aliases-first").aliases() == {}
        registry("given-back-first").give_back("a" * 64, before="b" * 64, reasons=["worse"])
        with pytest.raises(MlflowException, match="not found"):
            registry("address-first").address("1")
        run = registry("run-first").start_run("first", params={}, tags={})
        registry("run-first").log_files(run, {"model_card.md": b"a card"})
        registered = registry("run-first").register(
            run, url=f"s3://{Wiring.from_env().models_bucket}/a", sha256="a" * 64, tags={}
        )
        registry("run-first").reject(registered, ["worse"])
        assert registry("run-first").aliases() == {}


def test_a_model_of_somebody_else_s_is_not_taken_for_none(stack: Rehearsal):
    # The administrator's.
    MlflowClient().create_registered_model("another-s")
    with stack.acting("release"):
        for question in ("champion", "aliases"):
            with pytest.raises(MlflowException, match="another-s exists and may not be used") as caught:
                getattr(registry("another-s"), question)()
            assert caught.value.error_code == DENIED
