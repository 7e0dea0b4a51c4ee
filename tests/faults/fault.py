"""What the corpus says of a fault."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One fault."""

    id: str
    name: str
    how: str
    must: str
    tests: tuple[str, ...]
    """`file::test`, from `tests/`; without a folder, from `tests/faults/`."""
