"""What botocore's models say of a request and botocore does not check: lengths, ranges, patterns and enumerations."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import regex
from botocore.model import ListShape, MapShape, Shape, StructureShape

SHOWN = 60
"""Characters of a value or a list of choices that a message repeats."""
SUPPLEMENTARY = r"\uD800\uDC00-\uDBFF\uDFFF"
"""Java's UTF-16 for every character past U+FFFF."""
MEASURED = {"string": str, "blob": bytes | bytearray, "list": list | tuple, "map": Mapping}
"""What is counted, by the kind of shape; everything else that has limits is a number."""
UNITS = {"string": " characters", "blob": " bytes", "list": " items", "map": " entries"}
ACCEPTED = {
    # docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
    "BucketCannedACL": "log-delivery-write",
    # ARNs in requests may end in ":*" (cfn-lint, scripts/smithy/_automated_patches.py, LogAnomalyDetector).
    "LogGroupArn": r"arn:aws:logs:[\w:/#.+=@-]+:\*",
}
"""Where the model is narrower than AWS: by the shape's name, the pattern of what is accepted beside it; with source."""


class PatternError(ValueError):
    """A pattern of the model that cannot be compiled, and so cannot be checked."""


def violations(shape: Shape, parameters: Any) -> list[str]:
    """What the model forbids, a sentence each: the member's path, its value and what was expected.

    botocore checks what is required, types, and most of `min`; the service answers the rest with a validation error.
    A pattern holds for the whole value, whether or not it is anchored ("Member must satisfy regular expression
    pattern" is Java's `matches`).

    Args:
        shape: the operation's input in botocore's model.
        parameters: the request by the names of the model.

    Raises PatternError for a pattern that cannot be compiled.
    """
    return [f"{path.lstrip('.')}: {text}" for path, text in _found(shape, parameters)]


def _found(shape: Shape, value: Any) -> Iterator[tuple[str, str]]:
    """Path and sentence of each violation. The path is put together on the way out: most values are in order."""
    if isinstance(shape, StructureShape):
        if isinstance(value, Mapping) and not shape.is_document_type:
            members = shape.members
            for name, item in value.items():
                if name in members:
                    for path, text in _found(members[name], item):
                        yield f".{name}{path}", text
        return
    if limits := shape.metadata:
        yield from (("", f"{_shown(value)}, expected {text}") for text in _expected(shape, limits, value))
    if isinstance(shape, ListShape) and isinstance(value, list | tuple):
        for index, item in enumerate(value):
            for path, text in _found(shape.member, item):
                yield f"[{index}]{path}", text
    elif isinstance(shape, MapShape) and isinstance(value, Mapping):
        for key, item in value.items():
            for path, text in (*_found(shape.key, key), *_found(shape.value, item)):
                yield f"[{key!r}]{path}", text


def _expected(shape: Shape, limits: Mapping[str, Any], value: Any) -> Iterator[str]:
    """What was expected instead of the value, for each limit that it breaks."""
    kind = shape.type_name
    size = len(value) if isinstance(value, MEASURED.get(kind, ())) else value
    if isinstance(size, int | float):
        if "max" in limits and size > limits["max"]:
            yield f"at most {limits['max']}{UNITS.get(kind, '')}, not {size}"
        if "min" in limits and size < limits["min"]:
            yield f"at least {limits['min']}{UNITS.get(kind, '')}, not {size}"
    if isinstance(value, str) and not (shape.name in ACCEPTED and compiled(ACCEPTED[shape.name]).fullmatch(value)):
        if "enum" in limits and value not in limits["enum"]:
            yield f"one of {_shown(', '.join(limits['enum']))}"
        if "pattern" in limits and not compiled(limits["pattern"]).fullmatch(value):
            yield f"what matches {limits['pattern']}"


@cache
def compiled(pattern: str) -> Any:
    r"""A compiled pattern of the models, which are Java's. Raises PatternError naming it.

    Python's own `re` knows no `\p{L}` and no flags within an expression. Java's `\w`, `\d` and `\s` are ASCII
    (java.util.regex.Pattern, "Predefined character classes"), its `\p{L}` and the like know all letters.
    """
    flags = regex.UNICODE if r"\p{" in pattern else regex.ASCII
    try:
        return regex.compile(pattern.replace(SUPPLEMENTARY, r"\U00010000-\U0010FFFF"), flags)
    except regex.error as error:
        raise PatternError(f"{pattern!r}: {error}") from error


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return f"{text[:SHOWN]}..." if len(text) > SHOWN else text
