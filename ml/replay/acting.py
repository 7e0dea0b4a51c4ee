"""What a replay asks of the stack that it runs on."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

Step = Literal["ingest", "call", "deliver", "watch", "train", "serve", "release"]
Acting = Callable[[Step], AbstractContextManager[None]]
"""Makes this process what it is in one step on AWS: the credentials of the step's role, and the job's variables."""


class Start(Protocol):
    """A run of the pipeline that an event has started."""

    @property
    def parameters(self) -> Mapping[str, str]:
        """The pipeline's parameters, as the event gave them."""
        ...

    def execute(self, folder: Path, until: datetime) -> str:
        """Runs each step in a container of its own, and leaves its files in the folder; why it failed, or nothing."""
        ...


Started = Callable[[], Sequence[Start]]
"""The runs that events have started since somebody last asked."""
