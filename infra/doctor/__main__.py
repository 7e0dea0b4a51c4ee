"""The command behind `make doctor`."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from infra import offline, stackfiles
from infra.doctor.examination import examine
from infra.doctor.result import Result
from infra.parsing import SettingsError
from infra.source import ROOT

USAGE = """Look for what would stop `pulumi up` in one environment, before anything is made.

Asks the account that your AWS credentials are of, and changes nothing. What it needs is read from the program itself:
quotas, roles, room for networks, the image, the model. Exit codes: 0 nothing stands in the way (a warning may), 1 a
fault does, 2 a setting cannot be used (stderr says which).

Examples: `make doctor ENV=dev`, `python -m infra.doctor prod --json`
"""
SHOWN = {
    "fine": "[green]fine[/]",
    "warning": "[yellow]warning[/]",
    "fault": "[red]fault[/]",
    "unknown": "[cyan]unknown[/]",
}

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=USAGE)
def main(
    env: Annotated[str, typer.Argument(help="The environment, such as dev or prod.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of a table.")] = False,
    root: Annotated[Path, typer.Option(help="The project's folder.")] = ROOT,
) -> None:
    errors = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    try:
        settings = stackfiles.settings(root, env)
        program = offline.run(root, env)
        with Console(stderr=True).status("asking AWS"):
            results = list(examine(root, program, settings))
    except SettingsError as error:
        errors.print(str(error))
        raise typer.Exit(2) from None
    faults = [result for result in results if result.level == "fault"]
    if as_json:
        typer.echo(json.dumps({"environment": env, "results": [vars(result) for result in results]}, indent=2))
    else:
        console = Console()
        _show(env, results, console if console.is_terminal else Console(width=120))
    if faults:
        errors.print(f"{env}: {len(faults)} of {len(results)} results stand in the way of `pulumi up`")
        raise typer.Exit(1)


def _show(env: str, results: list[Result], console: Console) -> None:
    table = Table("check", "result", "what", title=f"Before `pulumi up --stack {env}`", show_lines=True)
    for result in results:
        fix = f"\n[bold]fix:[/] {escape(result.fix)}" if result.fix else ""
        table.add_row(result.check, SHOWN[result.level], escape(result.text) + fix)
    console.print(table)


if __name__ == "__main__":
    app()
