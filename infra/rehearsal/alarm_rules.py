"""Rules of CloudWatch's composite alarms: read, and decided by the states of the alarms they name. Pure.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html, AlarmRule.
AT_LEAST is not read.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")
CONSTANTS = {"TRUE": True, "FALSE": False}
_TOKEN = re.compile(r'\s*([()]|"[^"]*"|[^\s()"]+)')
_ARN = re.compile(r"arn:aws:cloudwatch:[a-z0-9-]+:\d{12}:alarm:(.+)")

Decision = Callable[[Mapping[str, str]], bool]
"""Whether the rule holds, by the states of the alarms."""


class RuleError(ValueError):
    """A text that is no rule."""


@dataclass(frozen=True, kw_only=True)
class AlarmRule:
    """A rule that was read."""

    children: tuple[str, ...]
    """The alarms that it names, each once."""
    elements: int
    """Alarms, constants and parentheses, as the quota counts them."""
    holds: Decision


def read(text: str) -> AlarmRule:
    """Raises RuleError saying what was expected, and where."""
    reader = _Reader(_tokens(text))
    try:
        holds = reader.either()
    except RecursionError:
        raise RuleError("is nested too deeply, expected fewer parentheses") from None
    if reader.left:
        raise RuleError(f"goes on with {reader.left[0]!r}, expected AND, OR or its end")
    return AlarmRule(children=tuple(dict.fromkeys(reader.children)), elements=reader.elements, holds=holds)


def _tokens(text: str) -> list[str]:
    if text != text.strip():
        raise RuleError("has white space around it, expected none")
    tokens, at = [], 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise RuleError(f"cannot be read from {text[at : at + 20]!r} on, expected a quoted name that ends")
        tokens.append(found[1])
        at = found.end()
    return tokens


class _Reader:
    """Reads OR of AND of NOT of what stands alone, by recursive descent."""

    def __init__(self, tokens: list[str]) -> None:
        self.left, self.children, self.elements = tokens, [], 0

    def either(self) -> Decision:
        parts = [self.both()]
        while self._next_is("OR"):
            parts.append(self.both())
        return lambda states: any(part(states) for part in parts)

    def both(self) -> Decision:
        parts = [self.one()]
        while self._next_is("AND"):
            parts.append(self.one())
        return lambda states: all(part(states) for part in parts)

    def one(self) -> Decision:
        if self._next_is("NOT"):
            part = self.one()
            return lambda states: not part(states)
        word = self._take("ALARM, OK, INSUFFICIENT_DATA, TRUE, FALSE, NOT or (")
        self.elements += 1
        if word == "(":
            part = self.either()
            self._expect(")")
            return part
        if word in CONSTANTS:
            return lambda _states: CONSTANTS[word]
        if word not in STATES:
            raise RuleError(f"has {word!r}, expected ALARM, OK, INSUFFICIENT_DATA, TRUE, FALSE, NOT or (")
        self._expect("(")
        name = self._take("an alarm's name").strip('"')
        if name in ("", "(", ")"):
            raise RuleError(f"has {name!r} in {word}, expected an alarm's name or ARN")
        self._expect(")")
        child = found[1] if (found := _ARN.fullmatch(name)) else name
        self.children.append(child)
        return lambda states: states.get(child) == word

    def _next_is(self, word: str) -> bool:
        if self.left[:1] != [word]:
            return False
        self.left = self.left[1:]
        return True

    def _take(self, expected: str) -> str:
        if not self.left:
            raise RuleError(f"ends, expected {expected}")
        token, self.left = self.left[0], self.left[1:]
        return token

    def _expect(self, bracket: str) -> None:
        if (found := self._take(bracket)) != bracket:
            raise RuleError(f"has {found!r}, expected {bracket}")
