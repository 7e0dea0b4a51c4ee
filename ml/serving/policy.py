"""The rollout policy in local terms: which share of the requests a challenger answers, and when."""

import json
from dataclasses import dataclass
from typing import Any, Self

STRATEGIES = ("canary", "linear", "all-at-once", "blue-green", "rolling", "shadow", "a-b")
"""A rolling update has no instances to take away here: the challenger's share grows as in a linear one."""


class PolicyError(ValueError):
    """A rollout policy that cannot be followed."""


@dataclass(frozen=True, kw_only=True)
class RolloutPolicy:
    """How a challenger comes into traffic."""

    strategy: str = "canary"
    percent: tuple[int, ...] = (10,)
    """The challenger's share at each step before promotion."""
    shadow: bool = False
    """The challenger gets copies of all requests, and its answers go to nobody."""
    sticky: bool = False
    """Requests with the same session id get the same variant."""
    bake_days: float = 7

    @property
    def share(self) -> int:
        """The challenger's first share, in percent."""
        return self.percent[0]

    def words(self, step: int = 0) -> str:
        """What happens to the requests at a step, for a log line that starts with the release."""
        if self.shadow:
            return "gets a copy of every request and answers none"
        if self.strategy == "blue-green":
            return "answers all requests; the one before stands by"
        if self.strategy == "all-at-once":
            return "answers all requests from now on"
        share = f"answers {self.percent[step]} % of the {'callers' if self.sticky else 'requests'}"
        return share if len(self.percent) == 1 else f"{share}, step {step + 1} of {len(self.percent)}"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The policy from `Wiring.rollout`. Raises PolicyError naming the key."""
        try:
            data = json.loads(text)
        except ValueError as error:
            raise PolicyError(f"the rollout policy is not JSON: {error}") from error
        if not isinstance(data, dict):
            raise PolicyError(f"the rollout policy is {data!r}, expected an object")
        return cls.from_dict(data)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        unknown = sorted(set(data) - set(cls.__dataclass_fields__))
        if unknown:
            raise PolicyError(
                f"{unknown[0]} is not a key of the rollout policy; {', '.join(cls.__dataclass_fields__)} are"
            )
        strategy = data.get("strategy", cls.strategy)
        if strategy not in STRATEGIES:
            raise PolicyError(f"strategy is {strategy!r}, expected one of {', '.join(STRATEGIES)}")
        sent = data.get("percent")
        percent = sent if isinstance(sent, list | tuple) else [] if sent is None else [sent]
        if not all(type(step) is int and 0 <= step <= 100 for step in percent):
            raise PolicyError(f"percent is {sent!r}, expected whole numbers from 0 to 100")
        shadow = bool(data.get("shadow", False)) or strategy == "shadow"
        return cls(
            strategy=strategy,
            percent=_steps(strategy, tuple(percent), shadow),
            shadow=shadow,
            sticky=bool(data.get("sticky", strategy == "a-b")),
            bake_days=float(data.get("bake_days", cls.bake_days)),
        )


def _steps(strategy: str, percent: tuple[int, ...], shadow: bool) -> tuple[int, ...]:
    if shadow:
        return (0,)
    if strategy in ("all-at-once", "blue-green"):
        return (100,)
    if strategy == "a-b":
        return percent or (50,)
    return percent or (10,)
