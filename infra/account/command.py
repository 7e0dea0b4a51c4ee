"""The command behind `make bootstrap`."""

import re
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from infra.account import bootstrap
from infra.account.errors import BootstrapError
from infra.account.settings import REPOSITORY
from infra.account.trust import Repository
from infra.parsing import SettingsError
from infra.source import ROOT

USAGE = """Make an AWS account ready for the project's environments: where Pulumi keeps its state, and who may deliver.

Run it with the credentials of an administrator. It says first what it will do, and can be run again at any time.
Exit codes: 0 done, 1 it was not confirmed, 2 something must be put right first (stderr says what and where).

Examples: `make bootstrap ARGS=--dry-run`, `make bootstrap ARGS="--repository owner/name"`
"""
EXPIRED = ("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException")
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=USAGE)
def main(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    repository: Annotated[str, typer.Option(help="The GitHub repository that delivers, as owner/name.")] = "",
    owner_id: Annotated[str, typer.Option(help="The number of its owner, where gh is not there to ask.")] = "",
    repository_id: Annotated[str, typer.Option(help="The number of the repository, likewise.")] = "",
    root: Annotated[Path, typer.Option(help="The project's folder.")] = ROOT,
) -> None:
    try:
        _main(root, _given(repository, owner_id, repository_id), dry_run=dry_run, yes=yes)
    except (BootstrapError, SettingsError) as error:
        _stop(str(error))
    except NoCredentialsError:
        _stop("there are no AWS credentials, expected an administrator's: `aws login`, `aws sso login` or AWS_PROFILE")
    except ClientError as error:
        expired = error.response["Error"].get("Code") in EXPIRED
        _stop(f"{error}: {'log in anew' if expired else 'expected the credentials of an administrator'}")
    except BotoCoreError as error:
        _stop(f"AWS cannot be reached: {error}")


def _main(root: Path, given: Repository | str, *, dry_run: bool, yes: bool) -> None:
    tools = bootstrap.tools(root, typer.echo)
    known = bootstrap.look(root, tools, given)
    for line in bootstrap.intentions(known, tools):
        typer.echo(line)
    if dry_run:
        return
    if not yes:
        if not sys.stdin.isatty():
            raise BootstrapError("nobody is there to confirm it, expected --yes: `make bootstrap ARGS=--yes`")
        typer.confirm("Do that?", abort=True)
    left = bootstrap.make(root, known, tools)
    if left:
        typer.echo("\nTo be run by you, with Pulumi's CLI (www.pulumi.com/docs/install), in this order:")
        for command in left:
            typer.echo(f"  {shlex.join(command)}")
        typer.echo("  make bootstrap ARGS=--yes   # writes what the account's stack has made into the settings")
    typer.echo("\nCommit what was written:")
    for line in bootstrap.to_commit(known):
        typer.echo(f"  {line}")


def _given(repository: str, owner_id: str, repository_id: str) -> Repository | str:
    """Raises BootstrapError where a value cannot be used, or one number is given without the other or a name."""
    if repository and not re.fullmatch(REPOSITORY, repository):
        raise BootstrapError(f"--repository is {repository!r}, expected owner/name, as on GitHub")
    if not owner_id and not repository_id:
        return repository
    if not (repository and owner_id.isdecimal() and repository_id.isdecimal()):
        raise BootstrapError(
            f"--owner-id is {owner_id!r} and --repository-id {repository_id!r}, expected both as numbers, and "
            "--repository owner/name"
        )
    return Repository(name=repository, owner_id=owner_id, repository_id=repository_id)


def _stop(text: str) -> None:
    typer.echo(text, err=True)
    raise typer.Exit(2)


if __name__ == "__main__":
    app()
