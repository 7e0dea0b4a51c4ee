"""`make destroy ENV=dev`: Pulumi's destroy, where the settings let data go, and a look at what is left."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from botocore.exceptions import BotoCoreError, ClientError

from infra import log_groups, offline, protection, session, stackfiles, tags
from infra.parsing import SettingsError
from infra.settings import Settings
from infra.source import ROOT

USAGE = """Destroy an environment, and say what is left of it in the account.

Runs `pulumi destroy`, which asks before it deletes anything (ARGS=--yes does not ask). Then offers to delete the log
groups that AWS's services have made by themselves. Refuses where the settings protect the data. Exit codes: 0 nothing
is left, 1 something is, or Pulumi's own, 2 it cannot be done as things are (stderr says why).

Examples: `make destroy ENV=dev`, `python -m infra.teardown dev --yes`
"""
NO_CLI = (
    "there is no `pulumi` on the path, expected Pulumi's CLI (www.pulumi.com/docs/install): only it knows the stack"
)
RECORDS = re.compile(
    r":sagemaker:[^:]+:\d+:(processing|training|hyper-parameter-tuning)-job/|:pipeline/[^/]+/execution/"
)
"""What SageMaker remembers of runs that have ended. It cannot be deleted, and costs nothing."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=USAGE)
def main(
    env: Annotated[str, typer.Argument(help="The environment, such as dev or prod.")],
    yes: Annotated[bool, typer.Option("--yes", help="Destroy without asking.")] = False,
    root: Annotated[Path, typer.Option(help="The project's folder.")] = ROOT,
) -> None:
    try:
        settings = stackfiles.settings(root, env)
        connection = session.connection_of(stackfiles.read(root, env).config)
        program = offline.run(root, env)
    except SettingsError as error:
        _stop(str(error), 2)
    if settings.data.protect:
        _stop(protection.refusal(program), 2)
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        _stop(NO_CLI, 2)
    command = [pulumi, "destroy", "--stack", env, *(["--yes"] if yes else [])]
    if status := subprocess.run(command, cwd=root, check=False).returncode:  # noqa: S603
        _stop(
            f"`pulumi destroy --stack {env}` ended with {status}: run it again when what it says is put right", status
        )

    def client(service: str) -> Any:
        return session.client(service, connection)

    try:
        groups = _groups_left(client("logs"), program, yes=yes)
        found = sorted({*left(client, settings), *groups})
    except (ClientError, BotoCoreError) as error:
        _stop(f"{env} is destroyed; nobody could look at what is left: {error}", 1)
    for arn in found:
        typer.echo(f"left: {arn}")
    if found:
        _stop(f"{len(found)} resources of {settings.prefix} are left, by their tag or name: delete them by hand", 1)
    typer.echo(f"nothing carries the tag {tags.STACK}={settings.prefix} any more, but keys that AWS is deleting")


def _groups_left(logs: Any, program: offline.Program, *, yes: bool) -> list[str]:
    """The ARNs of log groups that services have made by themselves, unless they are deleted. Raises ClientError."""
    groups = log_groups.existing(logs, program)
    for name in groups:
        typer.echo(f"made by the service that writes to it, not by Pulumi: {name}")
    if not groups or not (yes or typer.confirm("Delete these log groups?")):
        return list(groups.values())
    for name in groups:
        logs.delete_log_group(logGroupName=name)
    typer.echo(f"deleted {len(groups)} log groups")
    return []


def left(client: Callable[[str], Any], settings: Settings) -> list[str]:
    """The ARNs of what carries the stack's tag and should not be there. Raises ClientError, BotoCoreError."""
    filters = [{"Key": tags.STACK, "Values": [settings.prefix]}]
    pages = client("resourcegroupstaggingapi").get_paginator("get_resources").paginate(TagFilters=filters)
    found = [item["ResourceARN"] for page in pages for item in page["ResourceTagMappingList"]]
    return sorted(arn for arn in found if not RECORDS.search(arn) and not _is_leaving(client, arn))


def _is_leaving(client: Callable[[str], Any], arn: str) -> bool:
    """Whether it is a key in its deletion window: it can be brought back until that ends, and costs nothing."""
    if ":kms:" not in arn:
        return False
    return client("kms").describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "PendingDeletion"


def _stop(text: str, status: int) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(status)


if __name__ == "__main__":
    app()
