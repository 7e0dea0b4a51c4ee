"""`make demo`: the program applied to a mock AWS, the ML loop on what it made, the report, and everything destroyed."""

import json
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from infra import stackfiles
from infra.parsing import SettingsError
from infra.rehearsal import data_set, summary
from infra.rehearsal.data_set import DataSetError
from infra.rehearsal.environment import environment
from infra.rehearsal.execution import JobFailedError
from infra.rehearsal.rehearse import RehearsalError, rehearse
from infra.source import ROOT
from ml import disk, process
from ml.process import ProcessError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
FOLDER = ".demo"
USAGE = """Run the whole loop on this machine: no AWS account, no cost, nothing outside the project's folder.

Applies the Pulumi program to a mock AWS on loopback, replays the example's data through training, serving, monitoring,
retraining, rollout and rollback, destroys everything again and writes one HTML report.

Exit codes: 0 done, 1 something was lost or left behind, 2 a setting or the data set cannot be used, 130 interrupted.
"""
NEXT = """
What to do next:
  put your own data into ml/dataset.py, ml/features.py and ml/validation.py, as docs/dataset.md says;
  then run `make demo` again
  `make plan ENV={env}` shows what would be made in AWS, and what it costs
  to make it, install Pulumi's CLI (www.pulumi.com/docs/install), have AWS credentials at hand, and run
    make bootstrap
    pulumi install
    make doctor ENV={env}
    pulumi up --stack {env}
"""
"""What follows a demo of the environment `env`."""


@app.callback()
def main() -> None:
    """Rehearse the Pulumi program on this machine."""


@app.command(help=USAGE)
def demo(
    fast: Annotated[bool, typer.Option("--fast", help="A few weeks only, in about a minute.")] = False,
    env: Annotated[str, typer.Option(help="The environment, such as dev or prod.")] = "dev",
    root: Annotated[Path, typer.Option(help="The project's folder.")] = ROOT,
) -> None:
    console = Console(soft_wrap=True)
    started = time.monotonic()
    # An end from outside is an interruption like Ctrl-C: everything that was started is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    home, folder = root / FOLDER, None
    try:
        folder = _folder(home)
        record, rehearsal = _run(root, env, folder, console, fast=fast)
    except (SettingsError, DataSetError) as error:
        Console(stderr=True, soft_wrap=True).print(str(error), markup=False, highlight=False)
        raise typer.Exit(2) from None
    except (RehearsalError, ProcessError, JobFailedError, OSError) as error:
        if isinstance(error, OSError) and not disk.at_fault(error):
            raise
        why = disk.words(error, home) if isinstance(error, OSError) else error
        console.print(f"the rehearsal stopped: {why}", markup=False, highlight=False)
        if not isinstance(error, OSError) and disk.is_full(home):
            console.print(f"the disk of {home} is full", markup=False, highlight=False)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        console.print("interrupted: every process has been stopped, and nothing is left")
        raise typer.Exit(130) from None
    finally:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
    if running := process.left_running():
        rehearsal["leftovers"] = True
        rehearsal["destroyed"] += f" Still running: {', '.join(running)}."
    report = _write(home, record, rehearsal)
    console.print(f"\n[bold]The report: {report}[/] ({time.monotonic() - started:.0f} s in all)")
    console.print(NEXT.format(env=env), markup=False, highlight=False)
    if record["latency"]["errors"] or rehearsal["leftovers"]:
        console.print(f"{record['latency']['errors']} requests were lost. {rehearsal['destroyed']}")
        raise typer.Exit(1)


def _folder(home: Path) -> Path:
    """A new folder for this process's run; those of processes that were killed are removed."""
    home.mkdir(exist_ok=True)
    for old in home.glob("run-*-*"):
        try:
            os.kill(int(old.name.split("-")[1]), 0)
        except ProcessLookupError:
            shutil.rmtree(old, ignore_errors=True)
        except (PermissionError, ValueError):
            continue
    return Path(tempfile.mkdtemp(prefix=f"run-{os.getpid()}-", dir=home))


def _run(root: Path, env: str, folder: Path, console: Console, *, fast: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    settings, status = stackfiles.settings(root, env), console.status("applying the program to a mock AWS")
    with status, rehearse(root, env, folder, on_event=status.update, meanwhile=data_set.check) as rehearsal:
        status.stop()
        console.print(f"applied: {summary.size(rehearsal.resources)}", highlight=False)
        # Large, and none of it is needed to say that a setting is wrong.
        from mlflow.exceptions import MlflowException

        from ml import replay

        # The loop knows the stack by these variables and by nothing else.
        with environment(rehearsal.variables):
            try:
                record = replay.run(
                    folder / "loop", console=console, acting=rehearsal.acting, started=rehearsal.started, fast=fast
                )
            except Exception as error:
                if refused := rehearsal.aws.refusals():
                    raise RehearsalError(f"a role may not do what its step needs: {refused[-1]}") from error
                if isinstance(error, MlflowException):
                    raise RehearsalError(f"MLflow: {error}") from error
                raise
        leftovers = rehearsal.destroy()
        console.print(f"destroyed: {leftovers}", highlight=False)
        return record, summary.of(rehearsal, leftovers, settings)


def _write(home: Path, record: dict[str, Any], rehearsal: dict[str, Any]) -> Path:
    """The report and the record behind it, each put in place as a whole."""
    from ml.replay import report

    page = report.render(record, rehearsal=rehearsal)
    for name, text in (
        ("record.json", json.dumps({"loop": record, "program": rehearsal}, indent=1)),
        ("report.html", page),
    ):
        fresh = home / f".{name}.new"
        fresh.write_text(text)
        fresh.replace(home / name)
    return home / "report.html"
