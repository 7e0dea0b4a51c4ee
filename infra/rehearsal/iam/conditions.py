"""The conditions of a statement over the keys of a request.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from infra.rehearsal.iam.operators import OPERATORS
from infra.rehearsal.iam.patterns import Lookup, fill, has_variable

Keys = Mapping[str, str | Sequence[str]]
"""Condition keys and their values."""
Quantifier = Literal["", "ForAllValues", "ForAnyValue"]


class Context:
    """The condition keys of a request. Names are compared without regard to case; a key without values is missing."""

    def __init__(self, keys: Keys) -> None:
        listed = {key.lower(): (value,) if isinstance(value, str) else tuple(value) for key, value in keys.items()}
        self._values = {key: values for key, values in listed.items() if values}

    def values(self, key: str) -> tuple[str, ...]:
        return self._values.get(key.lower(), ())

    def one(self, key: str) -> str | None:
        """What a variable stands for: only a key with one value has it."""
        values = self.values(key)
        return values[0] if len(values) == 1 else None


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One operator with one key and the policy's values for it."""

    operator: str
    """As the policy writes it."""
    base: str
    """The operator's own name, or Null."""
    quantifier: Quantifier
    if_exists: bool
    key: str
    expected: tuple[str, ...]

    @classmethod
    def of(cls, operator: str, key: str, values: Sequence[str]) -> "Condition":
        """Raises ValueError naming what is wrong and what was expected."""
        quantifier, base = _split(operator)
        if_exists = base.endswith("IfExists") and base != "IfExists"
        base = base.removesuffix("IfExists") if if_exists else base
        if base != "Null" and base not in OPERATORS:
            raise ValueError(f"operator {operator!r}, expected one of {', '.join([*OPERATORS, 'Null'])}")
        if base == "Null" and if_exists:
            raise ValueError(f"operator {operator!r}, expected Null: it asks itself whether the key exists")
        for value in values:
            _check(base, key, value)
        return cls(
            operator=operator, base=base, quantifier=quantifier, if_exists=if_exists, key=key, expected=tuple(values)
        )

    def met(self, context: Context, *, variables: bool) -> bool:
        """Whether the request fulfils the condition.

        Args:
            variables: whether ${...} in the policy's values stands for a key of the request.
        """
        values = context.values(self.key)
        if self.base == "Null":
            return ("false" if values else "true") in {value.lower() for value in self.expected}
        lookup = context.one if variables else None
        if self.quantifier == "ForAllValues":
            # Without values there is none that fails; an empty string counts as none.
            return values in {(), ("",)} or all(self._holds(value, lookup) for value in values)
        if not values:
            return self.if_exists or (OPERATORS[self.base].negated and not self.quantifier)
        if self.quantifier == "ForAnyValue" or not OPERATORS[self.base].negated:
            return any(self._holds(value, lookup) for value in values)
        return all(self._holds(value, lookup) for value in values)

    def text(self, context: Context) -> str:
        """The condition and what the request has instead, in words."""
        values = context.values(self.key)
        return (
            f"{self.operator} {self.key} {' or '.join(self.expected)} (the request has {', '.join(values) or 'none'})"
        )

    def _holds(self, value: str, lookup: Lookup | None) -> bool:
        known = OPERATORS[self.base]
        if known.negated and any(fill(expected, lookup) is None for expected in self.expected):
            # A variable without a value makes the statement invalid, not wider.
            return False
        return any(known.compare(expected, value, lookup) for expected in self.expected) is not known.negated


def _split(operator: str) -> tuple[Quantifier, str]:
    prefix, colon, rest = operator.partition(":")
    if not colon:
        return "", operator
    if prefix == "ForAllValues":
        return "ForAllValues", rest
    if prefix == "ForAnyValue":
        return "ForAnyValue", rest
    raise ValueError(f"operator {operator!r}, expected ForAllValues: or ForAnyValue: before the colon")


def _check(base: str, key: str, value: str) -> None:
    known = OPERATORS["Bool"] if base == "Null" else OPERATORS[base]
    if base != "Null" and known.variables and has_variable(value):
        return
    try:
        known.read(value)
    except ValueError:
        raise ValueError(f"{base} {key} is {value!r}, expected {known.expected}") from None
