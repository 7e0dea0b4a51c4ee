"""When to train again: decided from the monitor's history, by a rule that can be read in one go."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Literal, Self

from ml.monitoring import checks
from ml.monitoring.history import WindowRecord

VIOLATIONS, WINDOWS = 2, 5
"""A label-based check must be violated in so many of the last so many windows, the latest included."""
Cause = Literal["first model", "violation", "contract", "schedule"]
KEY = "the monitor's settings in Pulumi.<environment>.yaml"


class TriggerSettingsError(ValueError):
    """Settings that cannot be used, every problem in one message."""


@dataclass(frozen=True, kw_only=True)
class TriggerSettings:
    """All in days."""

    window_days: int
    """The length of a window."""
    cooldown_days: int
    """No run starts sooner after the last one started, whatever the reason."""
    schedule_days: int
    """A run starts when the last one that came to a result is this old."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """The settings from `Wiring.monitor`. Raises TriggerSettingsError."""
        names = [field.name for field in fields(cls)]
        try:
            data = json.loads(text)
        except ValueError as error:
            raise TriggerSettingsError(f"{text!r} is not JSON ({error}); see {KEY}") from error
        if not isinstance(data, dict):
            raise TriggerSettingsError(f"{text!r} is not a JSON object with {', '.join(names)}; see {KEY}")
        problems = [f"{name} is unknown, expected {', '.join(names)}" for name in data if name not in names]
        for name in names:
            value = data.get(name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                problems.append(f"{name} is {value!r}, expected a whole number of days, 1 or more")
        if not problems and data["schedule_days"] < data["cooldown_days"]:
            problems.append(
                f"schedule_days is {data['schedule_days']}, expected at least cooldown_days ({data['cooldown_days']})"
            )
        if problems:
            raise TriggerSettingsError(f"{'; '.join(problems)}; see {KEY}")
        return cls(**data)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Whether to train now, and why, or why not, in plain words."""

    train: bool
    reason: str
    cause: Cause | None = None
    """What asks for a run, even where one is held back."""
    held_back: Literal["running", "cool-down"] | None = None


def decide(
    history: Sequence[WindowRecord],
    settings: TriggerSettings,
    now: datetime,
    *,
    trained: datetime | None,
    started: datetime | None = None,
    running: bool = False,
) -> Decision:
    """The decision at a moment: the same arguments give the same decision.

    Args:
        history: the windows checked so far, oldest first.
        settings: the stack's settings.
        now: the moment, aware of its time zone.
        trained: when the last run started that came to a result, promoted or refused; null where none ever did.
        started: when the last run started, whatever became of it; `trained` where null.
        running: whether a run has not ended.
    """
    cause, reason = _cause(history, settings, now, trained)
    if running:
        why = "a training run has not ended"
        return Decision(train=False, reason=f"{reason}, but {why}" if cause else why, cause=cause, held_back="running")
    if cause is None:
        return Decision(train=False, reason=reason)
    last = started or trained
    over = last + timedelta(days=settings.cooldown_days) if last else now
    if now < over:
        held = f"{reason}, but the last run started {last:%Y-%m-%d}: cool-down until {over:%Y-%m-%d}"
        return Decision(train=False, reason=held, cause=cause, held_back="cool-down")
    return Decision(train=True, reason=reason, cause=cause)


def persistent(violations: Sequence[bool]) -> bool:
    """Whether the latest window is violated, and enough of the last ones with it."""
    recent = list(violations)[-WINDOWS:]
    return bool(recent) and recent[-1] and sum(recent) >= VIOLATIONS


def _cause(
    history: Sequence[WindowRecord], settings: TriggerSettings, now: datetime, trained: datetime | None
) -> tuple[Cause | None, str]:
    recent = _recent(history, settings)
    latest = recent[-1] if recent else None
    if trained is None:
        return "first model", "no model has been trained yet"
    if latest and latest.refused_batches:
        return "contract", f"the data contract was broken in the latest window: {', '.join(latest.refused_batches)}"
    violated = [record.violated(checks.ACTED_ON) for record in recent]
    if persistent([bool(names) for names in violated]):
        names = " and ".join(sorted({name for window in violated for name in window}))
        count = sum(bool(window) for window in violated)
        return "violation", f"{names} violated in {count} of the last {len(recent)} windows, the latest included"
    age = (now - trained).days
    if age >= settings.schedule_days:
        return "schedule", f"the last training is {age} days old, the schedule is {settings.schedule_days}"
    acted_on = [result for result in latest.results if result.name in checks.ACTED_ON] if latest else []
    if acted_on and not any(result.judged for result in acted_on):
        return None, f"the latest window could not be judged: {acted_on[0].detail}"
    return None, "no label-based check is violated often enough, and the schedule is not due"


def _recent(history: Sequence[WindowRecord], settings: TriggerSettings) -> list[WindowRecord]:
    """The last windows of the model that answers now: what an earlier model did is no reason to replace this one."""
    if not history:
        return []
    latest = max(history, key=lambda record: record.end)
    since = latest.end - WINDOWS * timedelta(days=settings.window_days)
    same = [record for record in history if record.release == latest.release and record.end > since]
    return sorted(same, key=lambda record: record.end)
