"""One look at all parts of an environment."""

from collections.abc import Callable
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra import session
from infra.stackfiles import StackFile
from infra.status import alarms, endpoint, people, records, runs
from infra.status.part import Part
from infra.status.planned import Planned

PARTS: dict[str, Callable[[Any, Planned], Part]] = {
    endpoint.NAME: endpoint.look,
    alarms.NAME: alarms.look,
    runs.NAME: runs.look,
    records.CAPTURE: records.captured,
    records.TRACKING: records.tracking,
    people.MAIL: people.subscribed,
    people.MONEY: people.spent,
}


class NotThereError(Exception):
    """Nobody could be asked, or there is nothing to ask about."""


def examine(stack: StackFile, planned: Planned) -> tuple[str, list[Part]]:
    """The account, and each part as it is now.

    Raises NotThereError without credentials that work, and where nothing of the stack is there.
    """
    try:
        connection = session.connection_of(stack.config)
        client = cache(lambda service: session.client(service, connection))
        account = client("sts").get_caller_identity()["Account"]
    # botocore reads times in variables without a look at what it was given.
    except (BotoCoreError, ClientError, ValueError) as error:
        remedy = session.remedy(error)
        raise NotThereError(f"AWS could not be asked: {error}. {remedy[0].upper()}{remedy[1:]}") from None
    parts = [_seen(name, look, client, planned) for name, look in PARTS.items()]
    if all(part.refused for part in parts):
        raise NotThereError(f"these credentials may ask nothing: {parts[0].findings[0].text}")
    if not any(part.refused or _there(part) for part in parts):
        env, prefix = planned.settings.environment, planned.settings.prefix
        raise NotThereError(
            f"there is no stack {env} in the account {account} and the region {planned.settings.region}: nothing there "
            f"is called {prefix}-…; expected one brought up by `pulumi up --stack {env}`, or credentials of its account"
        )
    return account, parts


def _seen(name: str, look: Callable[[Any, Planned], Part], client: Any, planned: Planned) -> Part:
    try:
        return look(client, planned)
    except (BotoCoreError, ClientError) as error:
        part = Part(name=name, refused=True)
        part.unknown(str(error))
        return part


def _there(part: Part) -> bool:
    """Whether anything of the stack was seen."""
    facts = part.facts
    return bool(
        facts.get("status")
        or facts.get("topic")
        or any(alarm["state"] for alarm in facts.get("alarms", ()))
        or any(schedule["state"] for schedule in facts.get("schedules", ()))
    )
