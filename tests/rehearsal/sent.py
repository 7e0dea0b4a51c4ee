"""The requests that a rehearsal of the program sends, and every operation that the table's services may send."""

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.model import OperationModel, StructureShape
from moto.core.utils import get_service_model

from infra.rehearsal import services
from infra.rehearsal.aws import Aws

SENDERS = ("call", "send", "pages")
"""The methods of `Aws` that take a service and an operation."""


def model_of(service: str, operation: str) -> OperationModel:
    return get_service_model(service).operation_model(operation)


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
    """The API with a memory of the requests; what AWS would refuse, the front refuses."""

    def __init__(self, endpoint: str, region: str) -> None:
        self.requests: list[Sent] = []
        super().__init__(endpoint, region)

    def call(self, service: str, operation: str, /, **request: Any) -> dict[str, Any]:
        self.requests.append(Sent(service=service, operation=operation, parameters=request))
        return super().call(service, operation, **request)
