"""A replay on a terminal: a progress bar, and a line per event."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ml.serving.policy import STRATEGIES

COLORS = {
    "decided": "yellow",
    "gate": "blue",
    "promoted": "bold green",
    "rolled back": "bold red",
    "released": "cyan",
    "restored": "bold red",
    "refused": "red",
    "planted": "magenta",
    **dict.fromkeys(STRATEGIES, "cyan"),
}


class ReplayConsole:
    """What a replay tells, shown as it happens. Without a terminal only the lines are printed."""

    def __init__(self, console: Console) -> None:
        self.console = console

    @contextmanager
    def bar(self, weeks: int) -> Generator[None]:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("weeks"))
        with Progress(*columns, TimeElapsedColumn(), console=self.console, transient=True) as self.progress:
            self.task = self.progress.add_task("history", total=weeks)
            yield

    def week(self, now: datetime) -> None:
        self.progress.update(self.task, description=f"{now:%B %Y}", advance=1)

    def event(self, at: datetime, kind: str, text: str) -> None:
        color = COLORS.get(kind, "default")
        self.console.print(f"[dim]{at:%Y-%m-%d}[/] [{color}]{kind:>11}[/] {escape(text)}", highlight=False)
