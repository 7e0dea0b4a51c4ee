from collections.abc import Iterator

import pytest

from tests.ml.serving.small_models import Client


@pytest.fixture
def client(tmp_path) -> Iterator[Client]:
    """An app in this process that serves a small model and captures to a file."""
    client = Client(tmp_path / "capture.jsonl")
    yield client
    client.close()
