"""The training pipeline as data: one list that is run in process and compiled for SageMaker (`make pipeline`).

Nothing but the standard library is imported: SageMaker's SDK stands in an environment of its own.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: on SageMaker a container of its own, that runs `python -m ml.cli step <name>`."""

    name: str
    reads: tuple[str, ...] = ()
    """The earlier steps whose files it is given."""
    isolated: bool = False
    """Whether it needs no network: it is given all that it reads."""
    resumes: bool = False
    """Whether it keeps checkpoints, so that it may run on capacity that AWS takes back."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """A fact in a step's file that lets the rest run."""

    name: str
    of: str
    """The step that wrote the file."""
    file: str
    path: str
    """Where in the file it is, keys with dots between."""
    why: str | None = None
    """Where in the file it says why not: the run has failed then. Without one the rest is left out."""


STEPS: tuple[Step | Check, ...] = (
    Step(name="prepare"),
    Check(name="due", of="prepare", file="job.json", path="due"),
    Step(name="tune", reads=("prepare",), isolated=True),
    Step(name="train", reads=("prepare", "tune"), isolated=True, resumes=True),
    Step(name="evaluate", reads=("prepare", "train")),
    Step(name="record", reads=("prepare", "tune", "evaluate")),
    Check(name="gate", of="evaluate", file="evaluation.json", path="gate.passed", why="gate.why"),
    Step(name="register", reads=("prepare", "train", "evaluate", "record")),
)
FIRST = "prepare"
"""The step that is told why the pipeline runs, in options that `Parameters` names; it tells the others."""
PARAMETERS = {"until": "Until", "reason": "Reason", "decision": "Decision"}
"""The options of the first step and the pipeline's parameters that they are taken from."""
DEFAULTS = {"Until": "now", "Reason": "on schedule", "Decision": "none"}
LONGEST = 256
"""Characters that an argument of a container may have."""


def step(name: str) -> Step:
    """The step of that name. Raises KeyError."""
    return {item.name: item for item in STEPS if isinstance(item, Step)}[name]
