"""What a fit has reached, kept in a folder: one that was stopped goes on from there."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NAME = re.compile(r"(?P<key>[0-9a-f]{64})-(?P<rounds>\d+)-(?P<digest>[0-9a-f]{64})\.ubj")


@dataclass(frozen=True)
class Checkpoints:
    """The boosters of one fit after some of their rounds; `key` is a hash of all that the fit depends on."""

    folder: Path
    key: str

    def latest(self) -> tuple[int, bytearray] | None:
        """The rounds and the bytes of the furthest one that is whole; null where none is."""
        return max(self._whole(), default=None, key=lambda found: found[0])

    def keep(self, rounds: int, booster: bytes | bytearray) -> None:
        """Puts a booster into the folder, as a whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{self.key}-{rounds}-{hashlib.sha256(booster).hexdigest()}.ubj"
        fresh = path.with_suffix(".new")
        fresh.write_bytes(booster)
        fresh.replace(path)

    def _whole(self) -> Iterator[tuple[int, bytearray]]:
        for path in self.folder.glob(f"{self.key}-*.ubj"):
            named, content = NAME.fullmatch(path.name), bytearray(path.read_bytes())
            if named and hashlib.sha256(content).hexdigest() == named["digest"]:
                yield int(named["rounds"]), content
