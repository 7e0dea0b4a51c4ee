"""What all tests share is done once: AWS's models are read, and the collector looks through what was imported."""

import functools
import gc

import botocore.session
import pytest

# Each session makes a reader of its own, which parses the models of the services anew: 10 MB for EC2.
botocore.session.create_loader = functools.cache(botocore.session.create_loader)  # ty: ignore[invalid-assignment]


def pytest_collection() -> None:
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    # Pytest collects five times when it ends: the first finds what there is.
    gc.collect()
    gc.freeze()
