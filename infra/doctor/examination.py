"""All checks of one environment, in the order in which a fault hides the next."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra import session, stackfiles, tags
from infra.doctor import caller, cli, logs, needs, quotas, roles, sources
from infra.doctor.result import Check, Result, fault, unknown
from infra.offline import Program
from infra.settings import Settings

EVERYTHING_ELSE = "everything else"
DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError")


def examine(root: Path, program: Program, settings: Settings) -> Iterator[Result]:
    """What each check finds, one by one. Without credentials that work nothing is asked of AWS.

    Raises SettingsError.
    """
    stack = stackfiles.read(root, program.environment)
    allowed, connection = stackfiles.account_ids(stack), session.connection_of(stack.config)
    yield from cli.check(root)
    try:
        shell = boto3.Session(profile_name=connection["profile"] or None)
        client = _clients(connection)
        yield from caller.account(client, allowed)
    # botocore reads times in variables without a look at what it was given.
    except (BotoCoreError, ClientError, ValueError) as error:
        yield fault(
            caller.CREDENTIALS,
            f"nobody could be found behind them: {error}",
            session.remedy(error),
        )
        left = [caller.ACCOUNT, *(check.name for check in _checks(None, None, program, settings))]
        yield unknown(EVERYTHING_ELSE, f"nobody was asked about {', '.join(left)}")
        return
    for check in _checks(client, shell, program, settings):
        try:
            yield from check.ask()
        except ClientError as error:
            yield _unanswered(check.name, error)
        except BotoCoreError as error:
            yield unknown(check.name, str(error))


def _checks(client: Any, shell: Any, program: Program, settings: Settings) -> Iterator[Check]:
    region, own = settings.region, (tags.STACK, settings.prefix)
    types = needs.counts(program)
    yield Check(caller.REGION, lambda: caller.region(client, shell, region))
    yield Check(caller.LIFETIME, lambda: caller.lifetime(shell, needs.update_minutes(program)))
    yield Check(quotas.CHECK, lambda: quotas.check(client, needs.of(program), region))
    yield Check(quotas.ROOM, lambda: quotas.room(client, types, own, region))
    yield Check(roles.CHECK, lambda: roles.check(client, types))
    yield Check(logs.CHECK, lambda: logs.check(client, program, own))
    yield Check(sources.TRACKING, lambda: sources.tracking(client, settings))
    yield Check(sources.IMAGE, lambda: sources.image(client, settings))
    yield Check(sources.MODELS, lambda: sources.models(client, settings))


def _clients(connection: dict[str, Any]) -> Any:
    return cache(lambda service: session.client(service, connection))


def _unanswered(check: str, error: ClientError) -> Result:
    said = error.response["Error"]
    if said["Code"] in DENIED:
        operation = error.operation_name
        fix = "ask again with credentials that may, or look by hand"
        return unknown(check, f"these credentials may not ask ({operation}): {said.get('Message', '')}", fix)
    return unknown(check, str(error))
