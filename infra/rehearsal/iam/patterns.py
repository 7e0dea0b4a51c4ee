"""Texts of policies: the wildcards * and ?, variables in ${...}, and ARNs compared part by part.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

import re
from collections.abc import Callable
from functools import lru_cache

Lookup = Callable[[str], str | None]
"""The one value of a condition key, or None where the request has none or several."""

ARN_PARTS = 6
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_TOKEN = re.compile(r"\$\{[^}]*\}|[*?]")
_DEFAULT = re.compile(r"([^,]+),\s*'([^']*)'")
_COLON_OUTSIDE_A_VARIABLE = re.compile(r":(?![^{}]*\})")


def has_variable(text: str) -> bool:
    """Whether the text needs the request to be read; ${*}, ${?} and ${$} are plain characters."""
    return any(name not in {"*", "?", "$"} for name in _VARIABLE.findall(text))


def fill(text: str, lookup: Lookup | None) -> str | None:
    """The text with the values of its variables; None where one has no value.

    Args:
        lookup: None where the document's version knows no variables: they are plain text then.
    """
    if lookup is None or "${" not in text:
        return text
    parts = [(match, _value(match[1], lookup)) for match in _VARIABLE.finditer(text)]
    if any(value is None for _match, value in parts):
        return None
    values = iter([value or "" for _match, value in parts])
    return _VARIABLE.sub(lambda _match: next(values), text)


def like(pattern: str, value: str, lookup: Lookup | None = None, *, ignore_case: bool = False) -> bool:
    """Whether * (any characters) and ? (one) in the pattern can stand for the value. What a variable holds is plain."""
    if "${" not in pattern:
        return _plain(pattern, ignore_case).fullmatch(value) is not None
    expression = _expression(pattern, lookup)
    return expression is not None and _compiled(expression, ignore_case).fullmatch(value) is not None


def arn_like(pattern: str, arn: str, lookup: Lookup | None = None) -> bool:
    """Whether the pattern names the ARN: each of the six parts is compared by itself, missing ones stand for any."""
    if pattern == "*":
        return True
    if "${" not in pattern:
        return _plain_arn(pattern).fullmatch(arn) is not None
    parts, expected = arn.split(":", ARN_PARTS - 1), _all_parts(pattern)
    return len(parts) == ARN_PARTS and all(like(a, b, lookup) for a, b in zip(expected, parts, strict=True))


def arn_parts(pattern: str) -> list[str]:
    """The at most six parts of an ARN; a colon inside a variable separates nothing."""
    return _COLON_OUTSIDE_A_VARIABLE.split(pattern, ARN_PARTS - 1)


def _all_parts(pattern: str) -> list[str]:
    parts = arn_parts(pattern)
    return parts + ["*"] * (ARN_PARTS - len(parts))


@lru_cache(maxsize=4096)
def _plain_arn(pattern: str) -> re.Pattern[str]:
    """One expression for all parts: no wildcard but those of the last can stand for a colon."""
    *first, last = _all_parts(pattern)
    within = [_expression(part, None, anything="[^:]") or "" for part in first]
    return _compiled(":".join([*within, _expression(last, None) or ""]), False)


def _value(name: str, lookup: Lookup) -> str | None:
    if name in {"*", "?", "$"}:
        return name
    default = _DEFAULT.fullmatch(name)
    if default is None:
        return lookup(name)
    value = lookup(default[1].strip())
    return default[2] if value is None else value


def _expression(pattern: str, lookup: Lookup | None, *, anything: str = ".") -> str | None:
    parts, end = [], 0
    for token in _TOKEN.finditer(pattern):
        parts.append(re.escape(pattern[end : token.start()]))
        end = token.end()
        if token[0] in {"*", "?"}:
            parts.append(f"{anything}*" if token[0] == "*" else anything)
            continue
        value = fill(token[0], lookup)
        if value is None:
            return None
        parts.append(re.escape(value))
    return "".join([*parts, re.escape(pattern[end:])])


@lru_cache(maxsize=4096)
def _plain(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    return _compiled(_expression(pattern, None) or "", ignore_case)


@lru_cache(maxsize=4096)
def _compiled(expression: str, ignore_case: bool) -> re.Pattern[str]:
    return re.compile(expression, re.DOTALL | (re.IGNORECASE if ignore_case else 0))
