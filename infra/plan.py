"""The plan of one environment as tables or JSON: resources, outputs, cost, policy findings and what to know."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from infra import cost, names, notes, prices, stackfiles
from infra.offline import Program, Resource, run
from infra.parsing import SettingsError
from infra.policies.rule import Finding
from infra.policies.rules import RULES, findings
from infra.source import ROOT

PROVIDER = "__provider"
USAGE = """Show what the Pulumi program makes in one environment, what it costs, and which policies it breaks.

The program runs in this process: no Pulumi CLI, no credentials, no network, nothing is made. The environments are
the files Pulumi.<env>.yaml; `account` is the account project in infra/account/. Exit codes: 0 the program runs, 1 it
breaks a mandatory policy, 2 a setting cannot be used (stderr says which).

Examples: `make plan ENV=dev`, `python -m infra.offline prod --json | jq .cost.total`
"""
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=USAGE)
def main(
    env: Annotated[str, typer.Argument(help="The environment, such as dev or prod.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")] = False,
    root: Annotated[Path, typer.Option(help="The project's folder.")] = ROOT,
) -> None:
    try:
        program, remarks = planned(root, env)
    except SettingsError as error:
        Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(str(error))
        raise typer.Exit(2) from None
    plan = document(program, remarks)
    if as_json:
        typer.echo(json.dumps(plan, indent=2, sort_keys=True))
    else:
        console = Console()
        _show(plan, console if console.is_terminal else Console(width=120))
    if broken := [entry for entry in plan["policies"]["findings"] if entry["mandatory"]]:
        error = f"{env} breaks mandatory policies ({_counted(broken)}): see docs/policies.md"
        Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(error)
        raise typer.Exit(1)


def planned(root: Path, env: str) -> tuple[Program, list[str]]:
    """The program of an environment, or of the account project, and what to know of it. Raises SettingsError."""
    if env == names.ACCOUNT:
        # Needed here alone.
        from infra.account import settings as of_account

        return run(root / of_account.FOLDER, env), of_account.notes(of_account.read(root))
    program, settings = run(root, env), stackfiles.settings(root, env)
    return program, [*notes.of(settings), *notes.of_budget(settings, _estimate(program.resources))]


def document(program: Program, remarks: list[str]) -> dict[str, Any]:
    """The plan as JSON data. Secret values are masked."""
    resources = list(_tree(program.resources, program.stack))
    by_name = sorted(program.resources, key=lambda entry: entry.urn)
    estimate = _estimate(resources)
    return {
        "project": program.project,
        "environment": program.environment,
        "resources": [_resource(entry) for entry in resources],
        "outputs": masked(program.outputs),
        "cost": {
            "currency": "USD",
            "basis": f"idle, {prices.BASIS}, a month",
            "total": round(estimate.total, 2),
            "lines": [vars(line) for line in estimate.lines if line.usd is not None],
            "not_priced": [vars(line) for line in estimate.unpriced],
            "left_out": estimate.left_out,
        },
        "policies": {"rules": len(RULES), "findings": [_finding(entry) for entry in findings(by_name)]},
        "notes": remarks,
    }


def _estimate(resources: list[Resource]) -> cost.Estimate:
    return cost.estimate((entry.type, entry.name, entry.inputs) for entry in resources if entry.custom)


def masked(value: Any) -> Any:
    """The value with every secret in it replaced, and what is no JSON by its name."""
    if isinstance(value, dict):
        if "4dabf18193072939515e22adb298388d" in value:
            return "[secret]"
        return {key: masked(entry) for key, entry in value.items() if key != PROVIDER}
    if isinstance(value, list):
        return [masked(entry) for entry in value]
    return value if isinstance(value, str | int | float | bool | None) else f"[{type(value).__name__}]"


def _resource(entry: Resource) -> dict[str, Any]:
    return {
        "type": entry.type,
        "name": entry.name,
        "parent": entry.parent.split("::")[-1],
        "protected": entry.protect,
        "retained": entry.retain_on_delete,
        "component": not entry.custom,
        "inputs": masked(entry.inputs),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {**vars(finding), "ids": list(finding.ids)}


def _tree(resources: list[Resource], parent: str) -> Iterator[Resource]:
    """The resources under a parent, each followed by its own, in the order of their names."""
    children = [entry for entry in resources if entry.parent == parent]
    for entry in sorted(children, key=lambda entry: (not entry.custom, entry.type, entry.name)):
        yield entry
        yield from _tree(resources, entry.urn)


def _show(plan: dict[str, Any], console: Console) -> None:
    prefix = f"{plan['project']}-{plan['environment']}-"
    title = f"{plan['project']} in {plan['environment']}"
    if all(entry["name"].startswith(prefix) for entry in plan["resources"]):
        title += f": every name starts with {prefix}"
    resources = Table("type", "name", "parent", "protected", title=title)
    for entry in plan["resources"]:
        held = "protected" if entry["protected"] else "retained" if entry["retained"] else ""
        cells = _short(entry["type"]), entry["name"].removeprefix(prefix), entry["parent"].removeprefix(prefix), held
        resources.add_row(*cells, style="bold" if entry["component"] else None)
    console.print(resources)
    components = sum(entry["component"] for entry in plan["resources"])
    console.print(f"{notes.size(len(plan['resources']) - components, components)}\n")

    outputs = Table("output", "value", title="Stack outputs")
    for name, value in sorted(plan["outputs"].items()):
        outputs.add_row(name, "\n".join(_lines(value)))
    console.print(outputs)

    costs = Table("type", "name", "$ a month", "how", "price", title=f"Cost of an idle month, {prices.BASIS}")
    sources: list[str] = []
    for line in plan["cost"]["lines"]:
        if line["source"] not in sources:
            sources.append(line["source"])
        number = f"[{sources.index(line['source']) + 1}]"
        name = line["name"].removeprefix(prefix)
        costs.add_row(_short(line["type"]), name, f"{line['usd']:.2f}", line["detail"], escape(number))
    costs.add_section()
    unpriced = [line["name"].removeprefix(prefix) for line in plan["cost"]["not_priced"]]
    beside = f"without what is not priced: {', '.join(unpriced)}" if unpriced else ""
    costs.add_row("total", "", f"{plan['cost']['total']:.2f}", beside, "", style="bold")
    console.print(costs)
    for number, source in enumerate(sources, 1):
        console.print(f"[{number}] {source}", markup=False)
    console.print(plan["cost"]["left_out"], highlight=False)
    for line in plan["cost"]["not_priced"]:
        console.print(f"not priced: {_short(line['type'])} {line['name']}: {line['detail']}", markup=False)
    _show_findings(plan["policies"], prefix, console)
    for remark in plan["notes"]:
        console.print(f"note: {remark}", markup=False)


def _lines(value: Any) -> list[str]:
    """An output as lines, however deep."""
    if isinstance(value, dict):
        return [f"{key}: {line}" for key, entry in sorted(value.items()) for line in _lines(entry)]
    return [str(line) for line in value] if isinstance(value, list) else [str(value)]


def _show_findings(policies: dict[str, Any], prefix: str, console: Console) -> None:
    if policies["findings"]:
        table = Table("policy", "resource", "finding", title="Policy findings", show_lines=True)
        for entry in policies["findings"]:
            rule = "\n".join([entry["rule"], *entry["ids"], "mandatory" if entry["mandatory"] else "advisory"])
            resource = f"{_short(entry['type'])}\n{entry['name'].removeprefix(prefix)}"
            table.add_row(escape(rule), escape(resource), escape(entry["text"]))
        console.print(table)
    console.print(f"{_counted(policies['findings'])} by {policies['rules']} rules\n")


def _counted(found: list[dict[str, Any]]) -> str:
    return f"{len(found)} policy finding{'' if len(found) == 1 else 's'}"


def _short(type_: str) -> str:
    """`aws:s3/bucket:Bucket` as `s3 Bucket`."""
    package, module, kind = type_.split(":")
    service = package if package != "aws" else module.split("/")[0]
    return f"{service} {kind}"
