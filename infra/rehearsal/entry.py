"""What the table says of one resource type, and what became of one resource."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from infra.rehearsal.aws import Aws
from infra.rehearsal.names import Naming

Inputs = dict[str, Any]


class How(StrEnum):
    """How far the rehearsal of a resource went."""

    MOTO = "rehearsed on moto"
    MODEL = "rehearsed on our model"
    """Made in a control plane of ours behind the same endpoint: `infra/rehearsal/front/models/`."""
    REPLACED = "replaced"
    NOT = "not rehearsed"
    COMPONENT = "component"
    """Groups resources; there is nothing to make in AWS."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """What the API made: Pulumi's id, the outputs beside the inputs, and what is to be said of this one resource."""

    id: str
    outputs: dict[str, Any] = field(default_factory=dict)
    note: str = ""


def nothing(_id: str, _inputs: Inputs, _aws: Aws) -> None:
    """The delete function of what goes with its parent."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """How one resource type is made and unmade through the API."""

    create: Callable[[Inputs, Aws], Made]
    delete: Callable[[str, Inputs, Aws], None] = nothing
    naming: Naming | None = None
    how: How = How.MOTO
    note: str = ""


@dataclass(kw_only=True)
class Resource:
    """One resource of the program and how far its rehearsal went."""

    type: str
    name: str
    how: How
    note: str = ""
    parent: str = ""
    id: str = ""
    protect: bool = False
    inputs: Inputs = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)

    def remark(self, *texts: str) -> None:
        """Adds to the note what is not empty and not said yet."""
        for text in texts:
            if text and text not in self.note:
                self.note = f"{self.note}; {text}" if self.note else text
