"""`make env NAME=staging`: one more environment, with the settings of one that exists to begin with.

It comes before the last one in the order in which a release passes through them, which `infra/account/` keeps.
"""

import re
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from infra import names, stackfiles
from infra.account import settings as account
from infra.parsing import SettingsError
from infra.settings import Settings
from infra.source import ROOT

PER_STACK = re.compile(
    r"^(?:encryptionsalt|encryptedkey|secretsprovider|  [\w-]+:(?:permissionsBoundary|model|challenger)):.*\n?"
    # What lies under the key.
    r"(?:    .*\n?)*",
    re.MULTILINE,
)
"""What a stack has for itself: what Pulumi and `make bootstrap` write, and bundles in a bucket that it alone reads."""
NEXT = """{file} has the settings of {like}, but for its releases and its boundary.
A release passes through {order} ({account}).
Change what shall differ, then:
  make plan ENV={name}
  make bootstrap       # its stack, its boundary, and the roles that deliver it
  git add {file} {account} && git commit -m "Add the environment {name}"
  make doctor ENV={name}
  pulumi up --stack {name}
Give it a GitHub environment {name} with reviewers: its deploy role is for that environment alone.
"""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def add(root: Path, name: str, *, like: str) -> Path:
    """Writes the settings of a new environment, which are those of `like`.

    Raises SettingsError where the name cannot be used or is taken, where `like` is not there or has a problem, or where
    the project's folder cannot be written to.
    """
    stackfiles.settings(root, like)
    account.read(root)
    if not names.is_environment(name):
        expected = Settings.model_fields["environment"].description
        raise SettingsError(f"NAME is {name!r}, expected {expected}: `make env NAME=staging`")
    path, order = root / names.settings_file(name), _ordered(root / account.FILE, name)
    text = PER_STACK.sub("", (root / names.settings_file(like)).read_text(encoding="utf-8"))
    if path.exists():
        raise SettingsError(f"{path.name} exists: the environment {name} is there, expected a new name")
    # Both files are put in place as a whole, or neither is.
    files = {path: text, root / account.FILE: order}
    fresh = {file: file.with_name(f".{file.name}.new") for file in files}
    try:
        for file, content in files.items():
            fresh[file].write_text(content, encoding="utf-8")
        for file in files:
            fresh[file].replace(file)
    except OSError as error:
        for file in fresh.values():
            with suppress(OSError):
                file.unlink()
        raise SettingsError(
            f"{error.filename or root} cannot be written: {error.strerror}. "
            "Expected a project's folder that can be written to"
        ) from None
    return path


def _ordered(path: Path, name: str) -> str:
    """The account's settings with a new environment before the last one. Raises SettingsError."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{account.FILE} cannot be read: {error.strerror}") from error
    listed = re.search(rf"^  {account.SPACE}:environments:\n(?:    - \w+\n)*(?=    - \w+$)", text, re.MULTILINE)
    if listed is None:
        raise SettingsError(
            f"{account.FILE}: expected {account.SPACE}:environments with one environment a line, each after `    - `"
        )
    return f"{text[: listed.end()]}    - {name}\n{text[listed.end() :]}"


@app.command()
def main(
    name: Annotated[str, typer.Argument(help="The new environment, such as staging.", show_default=False)] = "",
    like: Annotated[str, typer.Option(help="The environment whose settings it begins with.")] = "prod",
    root: Annotated[Path, typer.Option(help="The project's folder.")] = ROOT,
) -> None:
    """Add an environment: a file of settings, and its place in the order. Nothing is made in AWS.

    Exit codes: 0 done, 2 the name or a setting cannot be used, or a file cannot be written.
    """
    try:
        path = add(root, name, like=like)
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    order = " -> ".join(account.read(root).environments)
    typer.echo(NEXT.format(file=path.name, name=name, like=like, order=order, account=account.FILE), nl=False)


if __name__ == "__main__":
    app()
