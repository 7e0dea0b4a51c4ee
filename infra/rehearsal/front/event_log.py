"""The events that were put on the account's buses, and the rules that each matches."""

import json
import secrets
from typing import Any

from moto.events.models import EventsBackend, events_backends

from infra.rehearsal.front.account import Account
from infra.rehearsal.front.call import Call


class EventLog:
    """Takes and remembers each event: moto does not know a pipeline as a target, and fails where a rule names one."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._put: list[dict[str, Any]] = []

    def __call__(self, call: Call) -> dict[str, Any] | None:
        if call.name != "events:PutEvents":
            return None
        ids = []
        backend = events_backends[self._account.number][call.region]
        for entry in call.parameters["Entries"]:
            event = {
                "id": secrets.token_hex(16),
                "source": entry["Source"],
                "detail-type": entry["DetailType"],
                "detail": json.loads(entry["Detail"]),
                "account": self._account.number,
                "region": call.region,
                "resources": entry.get("Resources", []),
            }
            ids.append({"EventId": event["id"]})
            self._put.append({**event, "rules": _matched(backend, entry.get("EventBusName", "default"), event)})

        return {"FailedEntryCount": 0, "Entries": ids}

    def since(self, _question: object) -> list[dict[str, Any]]:
        """The events since the last look."""
        put, self._put = self._put, []
        return put


def _matched(backend: EventsBackend, bus: str, event: Any) -> list[str]:
    rules = backend.describe_event_bus(bus.rpartition("/")[2]).rules.values()
    return [rule.name for rule in rules if rule.state == "ENABLED" and rule.event_pattern.matches_event(event)]
