"""The command behind `make status`."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from infra import offline, stackfiles
from infra.parsing import SettingsError
from infra.source import ROOT
from infra.status.examination import NotThereError, examine
from infra.status.part import Finding, Part
from infra.status.planned import Planned

USAGE = """Show how an environment is: endpoint, alarms, last runs, captures, MLflow, who is told, what was spent.

Asks the account that your AWS credentials are of, and changes nothing. What should be there is read from the program
and its settings. Exit codes: 0 fine, 1 something needs a person, 2 a setting cannot be used, or AWS cannot be asked, or
the stack is not there (stderr says which).

Examples: `make status ENV=dev`, `python -m infra.status prod --json`
"""
SHOWN = {
    "fine": "[green]fine[/]",
    "note": "[yellow]note[/]",
    "person": "[red]needs a person[/]",
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
        planned = Planned(program=offline.run(root, env), settings=stackfiles.settings(root, env))
        with Console(stderr=True).status("asking AWS"):
            account, parts = examine(stackfiles.read(root, env), planned)
    except (SettingsError, NotThereError) as error:
        errors.print(str(error))
        raise typer.Exit(2) from None
    findings = [finding for part in parts for finding in part.findings]
    wanting = [finding for finding in findings if finding.level == "person"]
    if as_json:
        typer.echo(json.dumps(_document(env, account, parts, findings), indent=2))
    else:
        console = Console()
        _show(f"{planned.endpoint} in {account}, {planned.settings.region}", findings, console)
    if unknown := sorted({finding.part for finding in findings if finding.level == "unknown"}):
        errors.print(f"{env}: nothing is known of {', '.join(unknown)}")
    if wanting:
        errors.print(f"{env}: {len(wanting)} of {len(findings)} lines need a person")
        raise typer.Exit(1)


def _document(env: str, account: str, parts: list[Part], findings: list[Finding]) -> dict[str, object]:
    return {
        "environment": env,
        "account": account,
        "parts": {part.name: part.facts for part in parts},
        "findings": [vars(finding) for finding in findings],
    }


def _show(title: str, findings: list[Finding], console: Console) -> None:
    table = Table("part", "is", "what", title=title, show_lines=True)
    for finding in findings:
        fix = f"\n[bold]what to do:[/] {escape(finding.fix)}" if finding.fix else ""
        table.add_row(finding.part, SHOWN[finding.level], escape(finding.text) + fix)
    (console if console.is_terminal else Console(width=120)).print(table)


if __name__ == "__main__":
    app()
