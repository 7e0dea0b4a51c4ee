"""The requests that a rehearsal of the program sends, and every operation that the table's services may send."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
from botocore.model import OperationModel, StructureShape

from infra.rehearsal import services
from infra.rehearsal.aws import Aws, RefusedError
from infra.rehearsal.checks import refusals

SENDERS = ("call", "send", "pages")
"""The methods of `Aws` that take a service and an operation."""
SESSION = botocore.session.Session()


@cache
def model_of(service: str, operation: str) -> OperationModel:
    return SESSION.get_service_model(service).operation_model(operation)


def shape_of(service: str, operation: str) -> StructureShape:
    """The operation's input in botocore's model, without members where it has none."""
    return model_of(service, operation).input_shape or StructureShape("None", {"type": "structure"})


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
    """The API with a memory of the requests, and of what AWS would have refused in them with what is there."""

    def __init__(self, endpoint: str, region: str) -> None:
        self.requests: list[Sent] = []
        self.refused: list[str] = []
        super().__init__(endpoint, region)

    def call(self, service: str, operation: str, **request: Any) -> dict[str, Any]:
        self._record(service, operation, request)
        return super().call(service, operation, **request)

    def _record(self, service: str, operation: str, request: dict[str, Any]) -> None:
        self.requests.append(Sent(service=service, operation=operation, parameters=request))
        refused = refusals(model_of(service, operation), request, self._ask)
        self.refused += [f"{service}:{operation}: {sentence}" for sentence in refused]

    def _ask(self, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any] | None:
        try:
            return super().call(service, operation, **request)
        except RefusedError as refused:
            if refused.missing:
                return None
            raise
