"""Batch scoring of a large frame of features: from rows to the bytes of the file."""

import time

import polars as pl

from ml import batch, bundle
from tests.benchmarks.figures import Figure
from tests.benchmarks.model import Served, example


def measure(*, rows: int = 1_000_000, served: Served | None = None) -> list[Figure]:
    """The example's rows, over and over, until there are enough."""
    served = served or example()
    loaded = bundle.load(served.archive, sha256=bundle.digest(served.archive))
    frame = pl.concat([served.frame] * (rows // served.frame.height + 1)).head(rows)
    started = time.perf_counter()
    content = batch.encoded(batch.score(frame, loaded))
    return [
        Figure(
            what=f"scoring {rows:,} rows of features into a file",
            measured=time.perf_counter() - started,
            unit=" s",
            goal=10,
            note=f"one thread for the model, {len(content) / 1e6:.0f} MB",
        )
    ]
