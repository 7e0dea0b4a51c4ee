"""One run of the pipeline, and the files that its steps hand on to one another."""

import io
import json
import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from ml.wiring import Wiring


@dataclass(frozen=True, kw_only=True)
class Job:
    """One run of the pipeline."""

    wiring: Wiring
    until: datetime
    """Only what was known by then is read."""
    reason: str
    folder: Path
    run: str = field(default_factory=lambda: os.urandom(8).hex())
    """What tells this run from others."""
    decision: str | None = None
    """The monitor's decision that started it: the same one starts no second run."""
    checkpoints: Path | None = None
    """Where fits are kept as they go on, so that they can be stopped."""

    def write_json(self, name: str, data: Any) -> None:
        (self.folder / name).write_text(json.dumps(data, indent=1, sort_keys=True))

    def read_json(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text())

    def write_frame(self, name: str, frame: pl.DataFrame) -> None:
        # polars takes a full disk for a wrong file.
        content = io.BytesIO()
        frame.write_parquet(content)
        (self.folder / name).write_bytes(content.getbuffer())
