"""What the data set says of itself: `ABOUT` of `ml/dataset.py`, read as text.

That module's packages are not there where Pulumi runs: only the program's own are.
"""

import ast
from dataclasses import dataclass
from pathlib import Path

from infra.source import ROOT, SourceError

FILE = "ml/dataset.py"
EXPECTED = 'expected ABOUT = About(purpose="...", limits=("...", "...")): the model card is made of its texts'
LONGEST_PURPOSE, LONGEST_LIMITS = 900, 2048
"""What a model card of SageMaker has room for, with a word before the purpose.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards.html#model-cards-json-schema
"""


@dataclass(frozen=True, kw_only=True)
class About:
    """What a model card says of the model's use."""

    purpose: str
    limits: str


def read(file: Path = ROOT / FILE) -> About:
    """Raises SourceError where it cannot be read as text or is too long."""
    try:
        statements = ast.parse(file.read_text(encoding="utf-8")).body
    except OSError as error:
        raise SourceError(f"{FILE} cannot be read: {error.strerror}") from None
    except SyntaxError as error:
        line = f" line {error.lineno}" if error.lineno else ""
        raise SourceError(f"{FILE}{line} is not Python: {error.msg}") from None
    except ValueError as error:
        raise SourceError(f"{FILE} is not Python: {error}") from None
    calls = [call for call in map(_about, statements) if call]
    if not calls:
        raise SourceError(f"{FILE} has no line ABOUT = About(...): {EXPECTED}")
    about = About(purpose=_text(calls[-1], "purpose"), limits=_text(calls[-1], "limits"))
    for name, longest in (("purpose", LONGEST_PURPOSE), ("limits", LONGEST_LIMITS)):
        if (length := len(getattr(about, name))) > longest:
            raise SourceError(f"{name} of ABOUT in {FILE} has {length} characters, expected at most {longest}")
    return about


def _text(call: ast.Call, name: str) -> str:
    """An argument of `About`, which is written as one text or several. Raises SourceError."""
    node = next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
    if node is None:
        raise SourceError(f"{FILE} line {call.lineno}: ABOUT has no {name}, {EXPECTED}")
    what = "a literal text" if name == "purpose" else "a tuple of literal texts"
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError):
        value = None
    given = [value] if name == "purpose" else value if isinstance(value, list | tuple) else [None]
    texts = [text for text in given if isinstance(text, str)]
    if len(texts) < len(given):
        raise SourceError(f"{FILE} line {node.lineno}: {name} of ABOUT is not {what}, {EXPECTED}")
    return " ".join(texts)


def _about(statement: ast.stmt) -> ast.Call | None:
    """The call in `ABOUT = About(...)`."""
    named = isinstance(statement, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == "ABOUT" for target in statement.targets
    )
    return statement.value if named and isinstance(statement.value, ast.Call) else None
