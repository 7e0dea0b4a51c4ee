"""`make bench`: the figures of this project, measured on this machine, each with its goal."""

import json
from collections.abc import Callable
from importlib import import_module
from typing import Annotated

import typer
from rich.console import Console

from tests.benchmarks.figures import CannotMeasureError, Figure, table

MEASUREMENTS = {
    "serving": "serving:measure",
    "stack": "serving:measure_stack",
    "drift": "drift:measure",
    "batch": "batch:measure",
    "replay": "replay:measure",
    "plan": "plan:measure",
    "rehearsal": "rehearsal:measure",
    "generation": "generation:measure",
}
USAGE = f"""Measure this project's figures, all of them or those that are named: {", ".join(MEASUREMENTS)}.

Times depend on the machine and on what else it does: ratios are taken in one run, in turns. Needs wrk (a Debian and
Homebrew package) for `serving` and `stack`, and PyPI once for MLServer's own environment (1.1 GB, in .cache/bench).

Exit codes: 0 every goal was reached, 1 one was not, 2 a measurement could not be made (stderr says why).

Examples: `make bench`, `make bench ARGS=drift`, `make bench ARGS="plan rehearsal --json"`
"""
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=USAGE)
def main(
    names: Annotated[list[str] | None, typer.Argument(help="What to measure; all by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of a table.")] = False,
) -> None:
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    figures: list[Figure] = []
    missing = False
    for name in names or list(MEASUREMENTS):
        if name not in MEASUREMENTS:
            errors.print(f"{name} is not known, expected {', '.join(MEASUREMENTS)}")
            raise typer.Exit(2)
    for name in names or list(MEASUREMENTS):
        with errors.status(f"measuring {name}"):
            try:
                figures += measurement(name)()
            except CannotMeasureError as error:
                errors.print(f"{name} was not measured: {error}")
                missing = True
    if as_json:
        typer.echo(json.dumps([figure.to_dict() for figure in figures], indent=1))
    else:
        console = Console()
        (console if console.is_terminal else Console(width=160)).print(table(figures))
    if missing or any(figure.reached is False for figure in figures):
        raise typer.Exit(2 if missing else 1)


def measurement(name: str) -> Callable[[], list[Figure]]:
    """The function that measures; each is imported when its turn comes, so that no other weighs on it."""
    module, _, function = MEASUREMENTS[name].partition(":")
    return getattr(import_module(f"tests.benchmarks.{module}"), function)


if __name__ == "__main__":
    app()
