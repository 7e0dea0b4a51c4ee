"""What the data set says of itself: `ABOUT` of `ml/dataset.py`, read as text.

That module's packages are not there where Pulumi runs: only the program's own are.
"""

import ast
from dataclasses import dataclass
from pathlib import Path

import pulumi

from infra.source import ROOT

LONGEST_PURPOSE, LONGEST_LIMITS = 900, 2048
"""What a model card of SageMaker has room for, with a word before the purpose.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards.html#model-cards-json-schema
"""


@dataclass(frozen=True, kw_only=True)
class About:
    """What a model card says of the model's use."""

    purpose: str
    limits: str


def read(file: Path = ROOT / "ml" / "dataset.py") -> About:
    """Raises RunError, which Pulumi prints without a traceback, where it cannot be read as text or is too long."""
    try:
        calls = [call for call in map(_about, ast.parse(file.read_text()).body) if call]
        if not calls:
            raise ValueError("there is no such line")
        found = {keyword.arg: ast.literal_eval(keyword.value) for keyword in calls[-1].keywords}
        about = About(purpose=str(found["purpose"]), limits=" ".join(found["limits"]))
    except (KeyError, ValueError, TypeError, SyntaxError, OSError) as error:
        raise pulumi.RunError(
            f"ABOUT in ml/dataset.py cannot be read ({error}), "
            "expected ABOUT = About(purpose=..., limits=(...)) of plain texts: the model card is made of it"
        ) from None
    for name, longest in (("purpose", LONGEST_PURPOSE), ("limits", LONGEST_LIMITS)):
        if (length := len(getattr(about, name))) > longest:
            raise pulumi.RunError(f"ABOUT.{name} in ml/dataset.py has {length} characters, expected at most {longest}")
    return about


def _about(statement: ast.stmt) -> ast.Call | None:
    """The call in `ABOUT = About(...)`."""
    named = isinstance(statement, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == "ABOUT" for target in statement.targets
    )
    return statement.value if named and isinstance(statement.value, ast.Call) else None
