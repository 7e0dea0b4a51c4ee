"""The program applied: each resource that Pulumi registers is made through the API, in Pulumi's own order."""

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks

from infra.rehearsal import dynamic
from infra.rehearsal.aws import Aws
from infra.rehearsal.entry import Entry, How, Inputs, Resource
from infra.rehearsal.invokes import INVOKES
from infra.rehearsal.names import Naming
from infra.rehearsal.request import plain
from infra.rehearsal.table import ENTRIES

UNKNOWN = "no entry in the table of infra/rehearsal/table.py"
LOOKED_UP = "looked up by its id, not made"


class RehearsalError(Exception):
    """The rehearsal stopped; the message names the resource, its type, the API call and the refusal."""


class Cloud(Mocks):
    """A stand-in for the AWS provider that makes real API calls, one resource at a time."""

    def __init__(
        self,
        aws: Aws,
        *,
        entries: Mapping[str, Entry] = ENTRIES,
        on_made: Callable[[Resource], None] = lambda _resource: None,
    ) -> None:
        self.aws, self.entries, self.on_made = aws, entries, on_made
        self.resources: list[Resource] = []
        """What was made, in order of creation."""
        self.failure: RehearsalError | None = None
        """The first refusal. Nothing is made after it, as Pulumi's engine starts nothing after an error."""
        self._default_tags: dict[str, str] = {}
        # Pulumi registers what does not depend on each other from several threads.
        self._lock = threading.Lock()

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        with self._lock:
            if self.failure:
                raise self.failure
            try:
                resource = self._make(args)
            except Exception as error:
                self.failure = RehearsalError(f"{args.name} ({args.typ}): {error}")
                raise self.failure from error
            self.resources.append(resource)
            self.on_made(resource)
            return resource.id, resource.outputs

    def call(self, args: MockCallArgs) -> dict[str, Any]:  # ty: ignore[incompatible-method-override]
        with self._lock:
            if self.failure:
                raise self.failure
            if args.token not in INVOKES:
                self.failure = RehearsalError(
                    f"{args.token}: the rehearsal has no answer: add one to infra/rehearsal/invokes.py"
                )
                raise self.failure
            return INVOKES[args.token](plain(args.args), self.aws)

    def stop(self) -> list[Resource]:
        """Makes nothing from now on; what was made so far."""
        with self._lock:
            self.failure = self.failure or RehearsalError("the program had ended")
            return list(self.resources)

    def _make(self, args: MockResourceArgs) -> Resource:
        inputs = plain(args.inputs)
        if args.typ.startswith("pulumi:providers:"):
            self._default_tags |= _tags_of_provider(inputs)
            return Resource(
                type=args.typ, name=args.name, how=How.COMPONENT, note="a provider's settings", id=args.name
            )
        if args.resource_id:
            arn = {"arn": args.resource_id} if args.resource_id.startswith("arn:") else {}
            return Resource(
                type=args.typ, name=args.name, how=How.NOT, note=LOOKED_UP, id=args.resource_id, outputs=inputs | arn
            )
        if not args.custom:
            return Resource(type=args.typ, name=args.name, how=How.COMPONENT)
        if args.typ.startswith(dynamic.PREFIX):
            return dynamic.create(args.typ, args.name, inputs, self.aws)
        entry = self.entries.get(args.typ)
        return self._make_from(entry, args.typ, args.name, inputs) if entry else self._pass(args.typ, args.name, inputs)

    def _make_from(self, entry: Entry, token: str, name: str, inputs: Inputs) -> Resource:
        tags = {**self._default_tags, **inputs.get("tags", {})}
        inputs = {**inputs, **({"tagsAll": tags} if tags else {})}
        if entry.naming:
            inputs[entry.naming.field] = entry.naming.name(name, inputs)
        self.aws.unplaced.clear()
        made = entry.create(inputs, self.aws)
        outputs = {"region": self.aws.region, **inputs, **made.outputs}
        resource = Resource(type=token, name=name, how=entry.how, id=made.id, inputs=inputs, outputs=outputs)
        unplaced = f"not sent to the API: {', '.join(self.aws.unplaced)}" if self.aws.unplaced else ""
        resource.remark(entry.note, made.note, unplaced)
        return resource

    def _pass(self, token: str, name: str, inputs: Inputs) -> Resource:
        """What no entry knows: its inputs flow on with an invented ARN, so that the rest can be rehearsed."""
        physical = Naming(limit=255).name(name, inputs)
        service = token.split(":")[1].split("/")[0]
        outputs = {"name": physical, "arn": self.aws.arn(service, f"not-rehearsed/{physical}"), **inputs}
        return Resource(type=token, name=name, how=How.NOT, note=UNKNOWN, id=physical, inputs=inputs, outputs=outputs)


def _tags_of_provider(inputs: Inputs) -> dict[str, str]:
    default = inputs.get("defaultTags") or {}
    # Providers get their settings as JSON strings.
    default = json.loads(default) if isinstance(default, str) else default
    return default.get("tags") or {}
