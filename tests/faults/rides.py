"""This project with the small second data set of `tests/ml` in it: pipelines of seconds, the same on every machine."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECOND = ROOT / "tests" / "ml" / "second_dataset"
START = datetime(2024, 1, 1, tzinfo=UTC)
NOW = START + timedelta(weeks=10)
UNTIL = ("--until", f"{NOW:%Y-%m-%dT%H:%M:%S}")
"""The pipeline's arguments: all that is in the tables."""


def copied(folder: Path) -> Path:
    """A copy of `ml/` with the data set replaced."""
    shutil.copytree(ROOT / "ml", folder / "ml", ignore=shutil.ignore_patterns("__pycache__"))
    for file in SECOND.glob("*.py"):
        shutil.copy(file, folder / "ml" / file.name)
    return folder
