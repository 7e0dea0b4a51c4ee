"""What the server says when it does not answer with a prediction."""

from typing import Any

LONGEST_QUOTE = 80


class RequestError(Exception):
    """A request that is not answered; `field` names the part of it that must change."""

    def __init__(self, field: str, message: str, status: int = 400) -> None:
        super().__init__(f"{field}: {message}")
        self.field, self.message, self.status = field, message, status

    def to_dict(self) -> dict[str, Any]:
        return {"error": {"field": self.field, "message": self.message}}


class DisconnectedError(Exception):
    """The caller went away before its request was complete."""


def quote(value: Any) -> str:
    """A value as an error names it: its repr, cut short, as it was sent by somebody else."""
    text = ascii(value)
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}..."
