"""What a measurement gives: figures, each with its goal, as a table or as JSON."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal

from rich.table import Table


class CannotMeasureError(Exception):
    """A measurement that this machine cannot make; the message says what is missing and how to get it."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured number and its goal."""

    what: str
    measured: float
    unit: str
    """What follows the number: `x`, ` s`, ` %` or ` MB`."""
    goal: float | None = None
    """None: reported beside another figure, with no goal of its own."""
    better: Literal["more", "less"] = "less"
    spread: tuple[float, float] | None = None
    """The least and the most of the rounds, where there were several."""
    note: str = ""

    @classmethod
    def of(cls, rounds: list[float], **rest: Any) -> "Figure":
        """The median of several rounds, with their spread."""
        return cls(measured=median(rounds), spread=(min(rounds), max(rounds)), **rest)

    @property
    def reached(self) -> bool | None:
        if self.goal is None:
            return None
        return self.measured >= self.goal if self.better == "more" else self.measured <= self.goal

    def to_dict(self) -> dict[str, Any]:
        return {**vars(self), "reached": self.reached}


def table(figures: Iterable[Figure]) -> Table:
    """The figures as people read them."""
    shown = Table("what", "measured", "rounds", "goal", "reached", "note", title="Figures")
    for figure in figures:
        spread = " to ".join(number(value, figure.unit) for value in figure.spread) if figure.spread else ""
        goal = (
            ""
            if figure.goal is None
            else ("≥ " if figure.better == "more" else "≤ ") + number(figure.goal, figure.unit)
        )
        reached = {None: "", True: "yes", False: "[bold red]no[/]"}[figure.reached]
        shown.add_row(figure.what, number(figure.measured, figure.unit), spread, goal, reached, figure.note)
    return shown


def number(value: float, unit: str) -> str:
    """A number with as many digits as it is worth."""
    return f"{value:,.0f}{unit}" if value >= 100 else f"{value:.3g}{unit}"
