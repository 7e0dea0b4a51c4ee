"""What all tests share is read and looked through once; what is not wanted is not imported."""

import functools
import gc
import re
from pathlib import Path

import botocore.session
import pytest

SLOW_ALL_THROUGH = re.compile(r"^pytestmark = .*\bpytest\.mark\.slow\b", re.MULTILINE)

# Each session makes a reader of its own, which parses the models of the services anew: 10 MB for EC2.
botocore.session.create_loader = functools.cache(botocore.session.create_loader)  # ty: ignore[invalid-assignment]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leaves a module of slow tests alone where none is wanted: such import MLflow and other large things."""
    if config.option.markexpr != "not slow" or collection_path.suffix != ".py":
        return None
    return True if SLOW_ALL_THROUGH.search(collection_path.read_text()) else None


def pytest_collection() -> None:
    gc.disable()


def pytest_collection_finish() -> None:
    """What was imported for all tests is no garbage: the collector need not look through it each time, nor often."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    # Pytest collects five times when it ends: the first finds what there is.
    gc.collect()
    gc.freeze()
