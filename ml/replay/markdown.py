"""Markdown as parts of a page that runs and fetches nothing: HTML in it is shown as text, and pictures are links."""

from markdown_it import MarkdownIt

_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def to_html(text: str, *, below: int = 0) -> str:
    """Paragraphs, lists and tables, with the headings `below` levels lower."""
    tokens = _PARSER.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1:]) + below)}"
    return _PARSER.renderer.render(tokens, _PARSER.options, {})


def inline(text: str) -> str:
    """A sentence with what is in it, such as code."""
    return _PARSER.renderInline(text)
