"""A fit that is stopped goes on where it was, and ends with the same bytes."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ml import training
from tests.ml.orders import orders, schema

FIT = """
import sys, time
from pathlib import Path
from ml import training
from ml.checkpoints import Checkpoints
from tests.ml.orders import orders, schema
kept = Checkpoints.keep
def slowly(self, rounds, booster):
    kept(self, rounds, booster)
    time.sleep(60)
Checkpoints.keep = slowly
training.train(orders(3_000), schema(), seed=1, checkpoints=Path(sys.argv[1]))
"""


def rounds(folder: Path) -> list[int]:
    return sorted(int(path.name.split("-")[1]) for path in folder.glob("*.ubj"))


@pytest.mark.slow
def test_a_fit_that_was_killed_goes_on_and_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    whole = training.train(orders(3_000), schema(), seed=1)
    root = Path(__file__).parents[2]
    fit = subprocess.Popen([sys.executable, "-c", FIT, str(tmp_path)], cwd=root)
    deadline = time.monotonic() + 60
    while not rounds(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    fit.send_signal(signal.SIGKILL)
    assert fit.wait() == -signal.SIGKILL
    assert rounds(tmp_path) == [50]

    fitted = []
    fit_part = training._model
    monkeypatch.setattr(training, "_model", lambda *given: fitted.append(given[0]["n_estimators"]) or fit_part(*given))
    assert training.train(orders(3_000), schema(), seed=1, checkpoints=tmp_path) == whole
    # Two parts were left, of 50 rounds each; the whole is loaded for the next part and at the end.
    assert fitted.count(50) == 2
    assert rounds(tmp_path) == [50, 100, 150]


def test_a_finished_fit_is_not_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    first = training.train(orders(400), schema(), seed=1, checkpoints=tmp_path)
    monkeypatch.setattr("xgboost.XGBRegressor.fit", None)
    assert training.train(orders(400), schema(), seed=1, checkpoints=tmp_path) == first


def test_a_checkpoint_of_other_rows_settings_or_seed_is_none(tmp_path: Path):
    training.train(orders(400), schema(), seed=1, checkpoints=tmp_path)
    others = {
        "rows": training.train(orders(401), schema(), seed=1),
        "seed": training.train(orders(400), schema(), seed=2),
        "settings": training.train(orders(400), schema(), seed=1, settings={**training.SETTINGS, "max_depth": 2}),
    }
    again = {
        "rows": training.train(orders(401), schema(), seed=1, checkpoints=tmp_path),
        "seed": training.train(orders(400), schema(), seed=2, checkpoints=tmp_path),
        "settings": training.train(
            orders(400), schema(), seed=1, settings={**training.SETTINGS, "max_depth": 2}, checkpoints=tmp_path
        ),
    }
    assert again == others


def test_a_checkpoint_that_is_not_whole_is_passed_over(tmp_path: Path):
    whole = training.train(orders(400), schema(), seed=1, checkpoints=tmp_path)
    for path in tmp_path.glob("*.ubj"):
        path.write_bytes(path.read_bytes()[:-100])
    assert training.train(orders(400), schema(), seed=1, checkpoints=tmp_path) == whole
