"""The model card of a training run, in Markdown: what it is for, what it read, how it did, and its limits."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from ml.dataset import ABOUT, SCHEMA

TEMPLATE = Path(__file__).with_name("card.md.jinja")


def render(project: str, *, data: Mapping[str, Any], result: Mapping[str, Any], reason: str) -> str:
    """The card of one run, from its `data.json` and `evaluation.json`."""
    # Markdown, read as text: nothing here reaches a browser unescaped.
    environment = Environment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)  # noqa: S701
    template = environment.from_string(TEMPLATE.read_text())
    return template.render(project=project, about=ABOUT, schema=SCHEMA, data=data, result=result, reason=reason)
