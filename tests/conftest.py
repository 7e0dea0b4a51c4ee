"""The garbage collector looks through what a test makes, not each time through all that was imported for all tests."""

import gc


def pytest_collection() -> None:
    gc.disable()


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.enable()
