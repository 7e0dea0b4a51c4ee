"""Which releases the endpoint was seen to run, oldest first: what to go back to. Pure; the monitor keeps it.

SageMaker keeps configurations, those of updates that an alarm took back too, and tells not which of them ever served.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

KEPT = 50
"""The newest releases that are remembered."""


class ReleasesError(ValueError):
    """A list that cannot be read."""


class RefusedError(Exception):
    """The endpoint cannot come to run a configuration, now or later."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """What an endpoint runs."""

    config: str
    """The endpoint configuration's name: each rollout has its own, also of a release that comes again."""
    sha256: str
    """The bundle's; empty for the baseline that the image carries."""
    since: datetime
    """When its rollout began."""
    shape: str = ""
    """How it is served, and the names of its variants: no update of an endpoint changes these."""

    @property
    def name(self) -> str:
        return self.sha256 or "baseline"


def noted(seen: Sequence[Running], running: Running) -> list[Running]:
    """The list with what runs now at its end; unchanged where that was known."""
    if seen and seen[-1].config == running.config:
        return list(seen)
    return [*seen, running][-KEPT:]


def before(seen: Sequence[Running], bad: Collection[str]) -> Running | None:
    """The last other release that the endpoint ran before in the same shape, but for those that were found bad."""
    current = seen[-1]
    earlier = (each for each in reversed(seen) if each.sha256 != current.sha256 and each.shape == current.shape)
    return next((each for each in earlier if each.name not in bad), None)


def dump(seen: Sequence[Running]) -> bytes:
    return json.dumps([{**asdict(each), "since": each.since.isoformat()} for each in seen], indent=1).encode()


def parse(content: bytes | None) -> list[Running]:
    """The list from its JSON; empty where there is none. Raises ReleasesError."""
    try:
        return [_running(each) for each in json.loads(content or b"[]")]
    except (ValueError, TypeError, KeyError) as error:
        raise ReleasesError(f"no list of releases: {error!r}") from error


def _running(entry: dict[str, Any]) -> Running:
    since = datetime.fromisoformat(entry["since"])
    if since.tzinfo is None:
        raise ValueError(f"{entry['since']} has no offset from UTC")
    return Running(config=entry["config"], sha256=entry["sha256"], since=since, shape=entry.get("shape", ""))
