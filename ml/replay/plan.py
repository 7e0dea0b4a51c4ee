"""What of the period is replayed, and what is planted in it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ml.dataset import END, START
from ml.monitoring.window import containing

STEP = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What of the period is replayed, and what is planted in it, in weeks of serving."""

    served_from: datetime
    weeks: int
    bad_batch_week: int
    bad_model_week: int
    fast: bool

    @classmethod
    def of(cls, *, fast: bool) -> "Plan":
        """A quarter of history, then the rest of the period, or its first nine weeks."""
        # The monitor runs a day after its window ends, so each step ends a day into the next window.
        served_from = containing(START + timedelta(days=84)).start + timedelta(days=1)
        weeks = (END - served_from) // STEP
        if fast:
            weeks = min(weeks, 9)
        return cls(
            served_from=served_from,
            weeks=weeks,
            bad_batch_week=weeks * 2 // 5,
            bad_model_week=weeks * 2 // 3,
            fast=fast,
        )

    @property
    def until(self) -> datetime:
        return self.served_from + self.weeks * STEP
