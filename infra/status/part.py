"""What was seen of one part of an environment, and what it means."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

Level = Literal["fine", "note", "person", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the picture."""

    part: str
    level: Level
    """person: somebody has to do something. note: worth knowing. unknown: these credentials may not ask."""
    text: str
    fix: str = ""
    """What to do, as a command or a page where there is one."""


@dataclass(kw_only=True)
class Part:
    """One part: figures for machines, and findings in words."""

    name: str
    facts: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    refused: bool = False
    """Whether AWS did not answer."""

    def fine(self, text: str) -> None:
        self._add("fine", text)

    def note(self, text: str, fix: str = "") -> None:
        self._add("note", text, fix)

    def person(self, text: str, fix: str) -> None:
        self._add("person", text, fix)

    def unknown(self, text: str) -> None:
        self._add("unknown", text)

    def _add(self, level: Level, text: str, fix: str = "") -> None:
        self.findings.append(Finding(part=self.name, level=level, text=text, fix=fix))


def at(moment: datetime) -> str:
    """A time in words. botocore gives some services' in the zone of this machine."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
