import io
import tarfile
from pathlib import Path

import pytest

from ml import bundle
from ml.baseline import constant
from tests.ml.bundles import REFERENCE, WIDTH
from tests.ml.orders import schema


@pytest.fixture(scope="module")
def archive() -> bytes:
    """A bundle of the orders' schema whose model answers a constant."""
    return bundle.write(model=constant(0.25, width=WIDTH), schema=schema(), reference=REFERENCE)


@pytest.fixture
def folder(archive: bytes, tmp_path: Path) -> Path:
    """The bundle, unpacked."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        tar.extractall(tmp_path / "model", filter="data")
    return tmp_path / "model"
