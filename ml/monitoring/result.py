"""What a check says of a window: its value, its threshold, and whether it holds."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

Status = Literal["ok", "violation", "not enough data"]


@dataclass(frozen=True, kw_only=True)
class Result:
    """The outcome of one check on one window. It holds no NaN, so it goes into JSON as it is."""

    name: str
    status: Status
    value: float | None = None
    threshold: float | None = None
    detail: str = ""
    """The outcome in plain words."""
    measures: Mapping[str, float | None] = field(default_factory=dict)
    """Further figures, such as the PSI of each feature."""

    @property
    def judged(self) -> bool:
        return self.status != "not enough data"

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        return cls(**data)


def judge(
    name: str,
    value: float,
    threshold: float | None,
    detail: str,
    measures: Mapping[str, float | None] | None = None,
) -> Result:
    """A violation where the value is above its threshold; "not enough data" where either is not a number."""
    finite = {key: number(figure) for key, figure in (measures or {}).items()}
    if number(value) is None or number(threshold) is None:
        return not_enough(name, detail, finite)
    status: Status = "violation" if float(value) > float(threshold or 0) else "ok"
    return Result(
        name=name, status=status, value=number(value), threshold=number(threshold), detail=detail, measures=finite
    )


def not_enough(name: str, detail: str, measures: Mapping[str, float | None] | None = None) -> Result:
    """Nothing can be said of the window: never the same as "ok"."""
    return Result(name=name, status="not enough data", detail=detail, measures=measures or {})


def number(value: float | None) -> float | None:
    """The value where it is finite, else null."""
    return float(value) if value is not None and math.isfinite(value) else None
