"""What one check found."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

Level = Literal["fine", "warning", "fault", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Result:
    """One line of the examination."""

    check: str
    level: Level
    """fault: `pulumi up` would fail. unknown: nobody could say, for want of a permission or an answer."""
    text: str
    fix: str = ""
    """What to do, as a command where there is one."""


@dataclass(frozen=True)
class Check:
    """A question and who answers it."""

    name: str
    ask: Callable[[], Iterator[Result]]


def fine(check: str, text: str) -> Result:
    return Result(check=check, level="fine", text=text)


def warning(check: str, text: str, fix: str) -> Result:
    return Result(check=check, level="warning", text=text, fix=fix)


def fault(check: str, text: str, fix: str) -> Result:
    return Result(check=check, level="fault", text=text, fix=fix)


def unknown(check: str, text: str, fix: str = "") -> Result:
    return Result(check=check, level="unknown", text=text, fix=fix)
