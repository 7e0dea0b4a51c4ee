"""The bundles that the server as a real process refuses to serve."""

import tarfile
from pathlib import Path

import pytest

from ml import bundle
from ml.process import ProcessError
from ml.serving.server import BAD_SETTINGS, BUNDLE_REFUSED
from tests.ml.serving.processes import server
from tests.ml.serving.small_models import folder, save

pytestmark = pytest.mark.slow


def refused(tmp_path: Path, path: Path, sha256: str) -> str:
    """What a server says that refuses its bundle; it must end with the code for that, and one sentence."""
    process, _ = server(tmp_path, path, sha256)
    with pytest.raises(ProcessError) as caught:
        process.start()
    assert caught.value.returncode == BUNDLE_REFUSED
    said = process.tail()
    assert len(said.splitlines()) == 1
    assert said.startswith("the bundle is refused and takes no traffic: ")
    assert (tmp_path / "capture.jsonl").read_bytes() == b""
    return said


def test_a_flipped_byte_is_refused(tmp_path):
    path, sha256 = save(tmp_path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert "sha256" in refused(tmp_path, path, sha256)


def test_a_flipped_byte_in_an_unpacked_bundle_is_refused(tmp_path):
    path, sha256 = folder(tmp_path)
    content = bytearray((path / "model.onnx").read_bytes())
    content[-1] ^= 1
    (path / "model.onnx").write_bytes(content)
    assert "model.onnx differs" in refused(tmp_path, path, sha256)


def test_a_missing_file_is_refused(tmp_path):
    path, sha256 = folder(tmp_path)
    (path / "reference.json").unlink()
    assert "reference.json is missing" in refused(tmp_path, path, sha256)


def test_a_bundle_that_is_not_there_is_refused(tmp_path):
    assert "cannot be read" in refused(tmp_path, tmp_path / "none", "0" * 64)


def test_an_extra_file_is_refused(tmp_path):
    path, sha256 = folder(tmp_path)
    (path / "model.pkl").write_bytes(b"cos\nsystem\n")
    assert "model.pkl" in refused(tmp_path, path, sha256)


def test_a_path_that_escapes_is_refused_and_nothing_is_written(tmp_path):
    unpacked, _ = folder(tmp_path)
    path = tmp_path / "escaping.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for file in unpacked.iterdir():
            tar.add(file, file.name)
        tar.add(unpacked / "schema.json", "../escaped")
    assert "escaped" in refused(tmp_path, path, bundle.digest(path.read_bytes()))
    assert not (tmp_path.parent / "escaped").exists()


def test_an_unknown_format_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "FORMAT", 2)
    path, sha256 = save(tmp_path)
    assert "format is 2, expected 1" in refused(tmp_path, path, sha256)


def test_a_model_that_answers_nan_is_refused(tmp_path):
    assert "nan to missing values" in refused(tmp_path, *save(tmp_path, missing=None))


def test_a_model_without_digest_is_not_served(tmp_path):
    process, _ = server(tmp_path, tmp_path, "")
    with pytest.raises(ProcessError, match="MLOPS_MODEL_SHA256 is not set") as caught:
        process.start()
    assert caught.value.returncode == BAD_SETTINGS
