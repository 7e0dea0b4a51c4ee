"""The baseline: the base rate for any row, in a bundle like any other."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
import pytest

from ml import baseline, bundle
from ml.dataset import BASE_RATE, SCHEMA


def test_it_answers_the_base_rate_whatever_is_asked() -> None:
    archive = baseline.bundle_bytes()
    loaded = bundle.load(archive, sha256=bundle.digest(archive))
    rows = np.array([[np.nan], [0], [3e38]], dtype=np.float32).repeat(len(SCHEMA.features), axis=1)
    assert loaded.predict(rows) == pytest.approx([BASE_RATE] * 3)
    assert loaded.schema == SCHEMA
    assert loaded.reference == {}


def test_its_graph_is_valid_onnx() -> None:
    onnx.checker.check_model(onnx.load_from_string(baseline.constant(0.5, width=3)), full_check=True)


def test_it_is_written_into_a_folder_for_the_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    baseline.main(tmp_path / "baseline")
    written = tmp_path / "baseline" / "model.tar.gz"
    assert capsys.readouterr().out == f"{hashlib.sha256(written.read_bytes()).hexdigest()}  model.tar.gz\n"
    assert bundle.load(written, sha256=bundle.digest(baseline.bundle_bytes())).schema == SCHEMA
