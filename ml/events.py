"""The monitor's decision as one event, and what of it starts the pipeline."""

import json
from datetime import datetime
from typing import Any

from ml.steps import LONGEST

DETAIL_TYPE = "Training decided"
PARAMETERS = {"Reason": "$.detail.reason", "Decision": "$.detail.decision"}
"""The pipeline's parameters, and where in the event their values are."""


def source(prefix: str) -> str:
    """Where the events of a stack come from; `prefix` is what its names start with."""
    return f"mlops.{prefix}"


def pattern(prefix: str) -> dict[str, Any]:
    """The events that start the pipeline of a stack, as EventBridge matches them."""
    return {"source": [source(prefix)], "detail-type": [DETAIL_TYPE]}


def decision(window_end: datetime, release: str, cause: str) -> str:
    """The name of a decision: the same window, release and cause make the same one, however often it is taken."""
    return f"{window_end:%Y-%m-%d} {release} {cause}"


def entry(prefix: str, *, decision: str, reason: str) -> dict[str, str]:
    """The event, as `PutEvents` takes it."""
    detail = {"decision": decision, "reason": reason[:LONGEST]}
    return {"Source": source(prefix), "DetailType": DETAIL_TYPE, "Detail": json.dumps(detail, sort_keys=True)}
