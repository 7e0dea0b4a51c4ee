import os

import pytest

from ml import bundle
from ml.bundle import BundleError
from ml.schema import Feature, Schema
from ml.serving import model
from ml.serving.capture import Capture
from ml.serving.metrics import Metrics
from ml.serving.settings import ServerSettings, SettingsError
from tests.ml.serving.small_models import ROW, SCHEMA, Client, archive


def load(**options):
    content = archive(**options)
    return model.load(content, bundle.digest(content))


def test_a_model_that_answers_nan_to_missing_values_is_refused():
    with pytest.raises(BundleError, match="nan to missing values"):
        load(missing=None)


def test_a_model_that_answers_no_probability_is_refused():
    with pytest.raises(BundleError, match="to ones, expected a probability"):
        load(sigmoid=False, bias=0.9)


def test_a_value_outside_0_to_1_is_fine_for_regression():
    schema = Schema(name="parcels", task="regression", features=SCHEMA.features)
    assert load(schema=schema, sigmoid=False, bias=0.9).predict([dict(ROW)]) == pytest.approx([1.8])


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BundleError, match=r"none\.tar\.gz"):
        model.load(tmp_path / "none.tar.gz", "0" * 64)


@pytest.mark.parametrize("rows", [1, 2, 600])
def test_an_answer_that_is_not_finite_is_a_422_and_is_not_captured(tmp_path, rows):
    schema = Schema(name="parcels", task="regression", features=tuple(Feature(name=name) for name in "abc"))
    client = Client(tmp_path / "capture", schema=schema, weights=(1e30, 1.0, 1.0), sigmoid=False)
    answer = client.invoke({"instances": [[1, 1, 1]] * (rows - 1) + [[1e30, 1, 1]]})
    assert (answer.status, answer.field) == (422, "prediction")
    assert f"row {rows - 1}" in answer.json["error"]["message"]
    assert not client.lines()
    assert client.metrics.not_finite == 1
    client.close()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")  # noqa: PTH110
def test_a_full_disk_costs_the_record_and_not_the_answer(client):
    client.app._capture = Capture.to("/dev/full", client.metrics)
    assert client.invoke({"instances": [ROW, ROW]}).status == 200
    assert client.metrics.capture_lost == 2


def test_a_closed_pipe_costs_the_record_and_not_the_answer(client):
    reading, writing = os.pipe()
    os.close(reading)
    client.app._capture = Capture(writing, client.metrics)
    assert client.invoke({"instances": [ROW]}).status == 200
    assert client.metrics.capture_lost == 1
    os.close(writing)


def test_a_line_after_a_torn_one_starts_afresh(tmp_path, monkeypatch):
    metrics = Metrics()
    capture = Capture.to(str(tmp_path / "capture"), metrics)
    assert capture is not None
    real, calls = os.write, []

    def full_once(descriptor: int, data: bytes) -> int:
        calls.append(data)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return real(descriptor, data[:50] if len(calls) == 1 else data)

    monkeypatch.setattr(os, "write", full_once)
    for row in range(2):
        capture.write([str(row)], [0.5], [ROW], release="r", variant="v", seconds=0.001)
    torn, whole = (tmp_path / "capture").read_bytes().splitlines()
    assert len(torn) == 50
    assert b'"id":"1"' in whole
    assert metrics.capture_lost == 1


def test_capture_can_be_off():
    assert Capture.to("off", Metrics()) is None


def test_settings_come_from_the_environment(tmp_path):
    sent = {"MLOPS_MODEL_DIR": str(tmp_path), "MLOPS_MODEL_SHA256": "ab", "MLOPS_VARIANT": "challenger"}
    read = ServerSettings.from_env({**sent, "MLOPS_CAPTURE": "off"})
    assert read == ServerSettings(model=tmp_path, sha256="ab", variant="challenger", capture="off")
    assert ServerSettings.from_env({}, folder=tmp_path / "none") == ServerSettings()


def test_a_model_without_its_digest_is_not_served(tmp_path):
    with pytest.raises(SettingsError, match="MLOPS_MODEL_SHA256 is not set"):
        ServerSettings.from_env({"MLOPS_MODEL_DIR": str(tmp_path)})
    (tmp_path / "model.onnx").touch()
    with pytest.raises(SettingsError, match="MLOPS_MODEL_SHA256 is not set"):
        ServerSettings.from_env({}, folder=tmp_path)
