import pytest

from ml.schema import Schema, Task
from tests.ml.monitoring.things import FEATURES, Frames, frame


@pytest.fixture(params=["binary", "regression"])
def task(request: pytest.FixtureRequest) -> Task:
    return request.param


@pytest.fixture
def schema(task: Task) -> Schema:
    return Schema(name="things", task=task, features=FEATURES)


@pytest.fixture
def binary() -> Schema:
    return Schema(name="things", task="binary", features=FEATURES)


@pytest.fixture
def frames(task: Task) -> Frames:
    return lambda weeks, **how: frame(weeks, task=task, **how)


@pytest.fixture
def binary_frames() -> Frames:
    return frame
