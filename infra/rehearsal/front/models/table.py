"""The one table of what is modelled, and the layer that answers from it."""

import threading
from collections.abc import Mapping
from typing import Any

from infra.rehearsal.front.app import Layer
from infra.rehearsal.front.call import Call
from infra.rehearsal.front.models import (
    alarm_history,
    certificates,
    composite_alarms,
    eks_access,
    eks_addons,
    eks_clusters,
    eks_identity,
    endpoints,
    hosting,
    invocations,
    mlflow_apps,
    monitoring_schedules,
    scaling,
    subscriptions,
    tags,
)
from infra.rehearsal.front.models.state import Clock, Operation

MODELS = (
    hosting,
    endpoints,
    invocations,
    scaling,
    mlflow_apps,
    monitoring_schedules,
    subscriptions,
    tags,
    alarm_history,
    composite_alarms,
    certificates,
    eks_clusters,
    eks_addons,
    eks_access,
    eks_identity,
)
OPERATIONS: dict[str, Operation] = {name: answer for model in MODELS for name, answer in model.OPERATIONS.items()}


def layer(clock: Clock | None = None) -> Layer:
    """Answers what a model of ours knows and lets the rest pass; the last layer before moto."""
    time, lock = clock or Clock(), threading.Lock()

    def answer(call: Call) -> Mapping[str, Any] | None:
        operation = OPERATIONS.get(call.name)
        if operation is None:
            return None
        # The server answers from several threads.
        with lock:
            return operation(call, time)

    return answer
