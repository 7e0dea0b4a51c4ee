"""The variables of `ml.wiring.Wiring`, filled from what the stack makes: the one contract with `ml/`."""

import json

import pulumi

from infra import rollout
from infra.capture import by_platform
from infra.data import DataLake
from infra.place import Place
from infra.settings import Settings
from infra.tracking import Tracking
from ml.wiring import NO_ACCESS, variable


def environment(settings: Settings, place: Place, data: DataLake, tracking: Tracking) -> dict[str, pulumi.Input[str]]:
    """A value for every variable that the jobs and containers read."""
    values: dict[str, pulumi.Input[str]] = {
        "project": settings.project,
        "environment": settings.environment,
        "raw_bucket": data.raw,
        "tables_bucket": data.tables,
        "models_bucket": data.models,
        "capture_bucket": data.capture,
        "tracking_uri": tracking.tracking_uri,
        "tracking_access": tracking.access_arn or NO_ACCESS,
        "endpoint_name": place.endpoint_name,
        "metrics_namespace": place.metrics_namespace,
        "capture_form": "platform" if by_platform(settings.serving) else "lines",
        "rollout": rollout.local(settings.rollout),
        "monitor": json.dumps(
            {
                "window_days": settings.monitor.window_days,
                "cooldown_days": settings.monitor.cooldown_days,
                "schedule_days": settings.monitor.schedule_days,
            },
            separators=(",", ":"),
        ),
    }
    return {variable(field): value for field, value in values.items()}
