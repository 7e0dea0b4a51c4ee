"""The steps of the loop, each of which has a role of its own on AWS."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Literal

Step = Literal["ingest", "call", "deliver", "watch", "train", "serve", "release"]
Acting = Callable[[Step], AbstractContextManager[None]]
"""Makes this process what it is in one step on AWS: the credentials of the step's role, and the job's variables."""
