"""`make env NAME=staging`: one more environment, with the settings of one that exists to begin with."""

import re
from pathlib import Path
from typing import Annotated

import typer

from infra import names, stackfiles
from infra.parsing import SettingsError
from infra.settings import Settings
from infra.source import ROOT

PER_STACK = re.compile(r"^(encryptionsalt|encryptedkey|secretsprovider):.*\n?", re.MULTILINE)
"""What Pulumi writes for one stack: another has its own."""
NEXT = """{file} has the settings of {like}. Change what shall differ, then:
  make plan ENV={name}
  git add {file} && git commit -m "Add the environment {name}"
  pulumi stack init {name} && pulumi up --stack {name}
"""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def add(root: Path, name: str, *, like: str) -> Path:
    """Writes the settings of a new environment, which are those of `like`.

    Raises SettingsError where the name cannot be used or is taken, or where `like` is not there or has a problem.
    """
    stackfiles.settings(root, like)
    if not names.is_environment(name):
        expected = Settings.model_fields["environment"].description
        raise SettingsError(f"NAME is {name!r}, expected {expected}: `make env NAME=staging`")
    path = root / names.settings_file(name)
    text = PER_STACK.sub("", (root / names.settings_file(like)).read_text(encoding="utf-8"))
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise SettingsError(f"{path.name} exists: the environment {name} is there, expected a new name") from None
    return path


@app.command()
def main(
    name: Annotated[str, typer.Argument(help="The new environment, such as staging.", show_default=False)] = "",
    like: Annotated[str, typer.Option(help="The environment whose settings it begins with.")] = "prod",
    root: Annotated[Path, typer.Option(help="The project's folder.")] = ROOT,
) -> None:
    """Add an environment: a file of settings. Nothing is made in AWS.

    Exit codes: 0 done, 2 the name or a setting cannot be used.
    """
    try:
        path = add(root, name, like=like)
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    typer.echo(NEXT.format(file=path.name, name=name, like=like), nl=False)


if __name__ == "__main__":
    app()
