"""The releases that labels took back after their bake, for the report: how long they answered, and why not longer."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ml import bundle
from ml.monitoring import canary, restoration
from ml.replay.plan import STEP

BOUND = (
    f"The monitor looks every {STEP.days} days here, on AWS every day. It takes a release back at its first look at "
    f"which labels of at least {canary.CanaryPolicy().days} days surely show that it is worse than the release before, "
    f"up to {restoration.WATCHED.days} days after its rollout."
)


def tile(found: Sequence[Mapping[str, Any]]) -> str:
    """What was done to them, and after how long at most."""
    most = max((release["days"] for release in found), default=None)
    return "taken back by labels" + (f", after {most:g} days of all requests" if most else "")


def spans(replay: Mapping[str, Any]) -> list[tuple[datetime, datetime]]:
    """When they answered, to be shaded."""
    return [(release["since"], release["until"]) for release in releases(replay)]


def answered(replay: Mapping[str, Any]) -> str:
    """How bad the answers were that the charts do not show."""
    loss = "Brier score" if replay["task"] == "binary" else "mean squared error"
    return " ".join(
        f"Shaded, from {release['since']:%Y-%m-%d} to {release['until']:%Y-%m-%d}, {release['release']} answered: its "
        f"{loss} was {release['loss']:.4g}, where {release['before']} would have had {release['loss_before']:.4g}."
        for release in releases(replay)
    )


def releases(replay: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each with its loss and that of the release before it, and since when and until when it answered all requests."""
    planted = {rollout["release"] for rollout in replay["rollouts"] if rollout["planted"]}
    found = []
    for record in replay["restorations"]:
        if record["outcome"] != restoration.RESTORED:
            continue
        since, until = (datetime.fromisoformat(moment) for moment in (record["from"]["since"], record["at"]))
        name, before = (bundle.release(record[which]["release"]) for which in ("from", "to"))
        found.append(
            {
                "release": name,
                "planted": name in planted,
                "since": since,
                "until": until,
                "days": (until - since) / timedelta(days=1),
                "before": before,
                "reasons": record["reasons"],
                "loss": record["measures"]["loss"],
                "loss_before": record["measures"]["loss_before"],
            }
        )
    return found
