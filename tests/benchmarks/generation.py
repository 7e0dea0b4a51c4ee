"""Generating a project from the template, by cookiecutter's API and by its command."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from infra.source import ROOT
from tests.benchmarks.figures import CannotMeasureError, Figure


def measure(*, rounds: int = 5, template: Path = ROOT) -> list[Figure]:
    """From a copy of what git tracks, as from a clone: the rest of a checkout is no part of the template."""
    if not (template / "cookiecutter.json").exists():
        raise CannotMeasureError(f"{template} is a generated project: only the template generates")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clone = folder / "template"
        subprocess.run(["git", "checkout-index", "--all", f"--prefix={clone}/"], cwd=template, check=True)
        settings = folder / "cookiecutter.yaml"
        settings.write_text(f"replay_dir: {folder / 'replay'}\ncookiecutters_dir: {folder / 'templates'}\n")
        ways = {"API": _by_api, "command": _by_command}
        return [
            Figure.of(
                [_seconds(way, clone, settings, folder / f"{label}-{number}") for number in range(rounds)],
                what=f"generating a project, cookiecutter's {label}",
                unit=" s",
                goal=1,
            )
            for label, way in ways.items()
        ]


def _by_api(template: Path, settings: Path, folder: Path) -> None:
    from cookiecutter.main import cookiecutter

    cookiecutter(str(template), no_input=True, output_dir=str(folder), config_file=str(settings))


def _by_command(template: Path, settings: Path, folder: Path) -> None:
    command = [sys.executable, "-m", "cookiecutter", "--no-input", "--config-file", settings]
    subprocess.run([*command, "--output-dir", folder, template], check=True, stdout=subprocess.DEVNULL)


def _seconds(way: Callable[[Path, Path, Path], None], template: Path, settings: Path, folder: Path) -> float:
    started = time.perf_counter()
    way(template, settings, folder)
    seconds = time.perf_counter() - started
    if not list(folder.glob("*/infra/program.py")):
        raise RuntimeError(f"{folder} holds no project")
    return seconds
