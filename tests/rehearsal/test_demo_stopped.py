"""`make demo` where the loop cannot go on: one sentence and exit code 1."""

import runpy
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from mlflow.exceptions import MlflowException
from typer.testing import CliRunner

from infra.rehearsal import demo
from infra.rehearsal.execution import JobFailedError
from ml import replay
from tests.rehearsal.stack import shipped


@contextmanager
def applied(*_arguments: object, **_options: object) -> Generator[SimpleNamespace]:
    """What the loop needs to begin."""
    yield SimpleNamespace(
        resources=[], variables={}, acting=None, started=None, aws=SimpleNamespace(refusals=list[str])
    )


@pytest.fixture(autouse=True)
def stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "rehearse", applied)
    # This process's own handler stays.
    monkeypatch.setattr(signal, "signal", lambda *_arguments: None)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (MlflowException("request to /alias failed with error code 403"), "MLflow: request to /alias failed with"),
        (JobFailedError("evaluate ended with exit code 6: MLflow is away"), "evaluate ended with exit code 6: MLflow"),
    ],
)
def test_what_the_loop_asks_that_does_not_answer_is_named(
    error: Exception, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def fails(*_arguments: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(replay, "run", fails)
    done = CliRunner().invoke(demo.app, ["demo", "--fast", "--root", str(shipped(tmp_path))])
    assert (done.exit_code, done.stderr) == (1, "")
    (line,) = [line for line in done.output.splitlines() if line.startswith("the rehearsal stopped: ")]
    assert sentence in line
    assert list((tmp_path / demo.FOLDER).iterdir()) == []


def test_an_interruption_before_anything_is_begun_ends_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    class Interrupted:
        def __getattr__(self, name: str) -> None:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "infra.rehearsal.demo", Interrupted())
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("infra.rehearsal", run_name="__main__")
    assert (ended.value.code, capsys.readouterr().err) == (130, "interrupted: nothing was begun\n")
