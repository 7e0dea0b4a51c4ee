"""The requests that a rehearsal of the program sends, and every operation that the table's services may send."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.session
from botocore.model import StructureShape

from infra.rehearsal import services
from infra.rehearsal.aws import Aws

SENDERS = ("call", "send", "check", "pages")
"""The methods of `Aws` that take a service and an operation."""
SESSION = botocore.session.Session()


def shape_of(service: str, operation: str) -> StructureShape:
    """The operation's input in botocore's model, without members where it has none."""
    return SESSION.get_service_model(service).operation_model(operation).input_shape or StructureShape(
        "None", {"type": "structure"}
    )


def operations() -> list[tuple[str, str]]:
    """Service and operation of every call that stands in the table's services."""
    trees = [ast.parse(file.read_text()) for file in Path(services.__file__).parent.glob("*.py")]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = [call.args[:2] for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in SENDERS]
    texts = [[ast.literal_eval(arg) for arg in args if isinstance(arg, ast.Constant)] for args in named]
    return sorted({(pair[0], pair[1]) for pair in texts if len(pair) == 2})


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One request."""

    service: str
    operation: str
    parameters: dict[str, Any]


class RecordingAws(Aws):
    """The API with a memory of the requests, those included that moto has no operation for."""

    def __init__(self, endpoint: str, region: str) -> None:
        self.requests: list[Sent] = []
        super().__init__(endpoint, region)

    def call(self, service: str, operation: str, **request: Any) -> dict[str, Any]:
        self.requests.append(Sent(service=service, operation=operation, parameters=request))
        return super().call(service, operation, **request)

    def check(
        self, service: str, operation: str, inputs: Mapping[str, Any], rename: Mapping[str, str] | None = None
    ) -> None:
        parameters = self._request(service, operation, inputs, rename)
        self.requests.append(Sent(service=service, operation=operation, parameters=parameters))
        super().check(service, operation, inputs, rename)
