"""What an endpoint runs, as SageMaker and CloudWatch tell it."""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

FAILED = "Failed"
"""The first container did not answer, or there was no capacity. It cannot be updated, only deleted."""
PASSING = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
"""docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html"""
WAIT_SECONDS = 10
LIMIT_SECONDS = 3600
"""The provider has waited for the update itself: what passes here is a rollback, or somebody else's update."""


class UnsettledError(Exception):
    """Something was still under way with the endpoint after the time that it may take."""


@dataclass(frozen=True, kw_only=True)
class Served:
    """One look at an endpoint."""

    status: str
    config: str
    """The configuration that it runs. During an update: the one that it ran before."""
    reason: str
    """Why the last deployment failed. SageMaker forgets it when a rollback has ended."""
    alarms: tuple[str, ...]
    """The names of the alarms that roll the last deployment back."""

    def runs(self, config: str) -> bool:
        return self.status == "InService" and self.config == config


def look(sagemaker: Any, endpoint: str) -> Served | None:
    """The endpoint as it is now; None where there is none of this name."""
    try:
        seen = sagemaker.describe_endpoint(EndpointName=endpoint)
    except sagemaker.exceptions.ClientError as error:
        if is_missing(error):
            return None
        raise
    rollback = seen.get("LastDeploymentConfig", {}).get("AutoRollbackConfiguration", {})
    return Served(
        status=seen["EndpointStatus"],
        config=seen.get("EndpointConfigName", ""),
        reason=seen.get("FailureReason", ""),
        alarms=tuple(alarm["AlarmName"] for alarm in rollback.get("Alarms", ())),
    )


def settled(sagemaker: Any, endpoint: str) -> Served | None:
    """The endpoint once nothing is under way, with the reason that was given last on the way.

    Raises UnsettledError after `LIMIT_SECONDS`.
    """
    deadline, reason = time.monotonic() + LIMIT_SECONDS, ""
    while (seen := look(sagemaker, endpoint)) is not None:
        reason = seen.reason or reason
        if seen.status not in PASSING:
            return Served(status=seen.status, config=seen.config, reason=reason, alarms=seen.alarms)
        if time.monotonic() > deadline:
            raise UnsettledError(
                f"the endpoint {endpoint} is still {seen.status} after {LIMIT_SECONDS // 60} minutes, expected it to "
                "come to rest: look at it in the SageMaker console, then run `pulumi up` again"
            )
        time.sleep(WAIT_SECONDS)
    return None


def way_out(endpoint: str) -> str:
    """What to do about an endpoint that is `FAILED`."""
    return (
        "a failed endpoint can only be deleted, so remove the cause, in Pulumi.<env>.yaml or elsewhere, and run "
        f"`{made_again(endpoint, '<env>')}`"
    )


def made_again(endpoint: str, environment: str) -> str:
    """The commands, on one line, after which an endpoint that is `FAILED` is gone and then made again."""
    return (
        f"aws sagemaker delete-endpoint --endpoint-name {endpoint} && "
        f"aws sagemaker wait endpoint-deleted --endpoint-name {endpoint} && "
        f"pulumi up --refresh --stack {environment}"
    )


def tripped(cloudwatch: Any, names: Iterable[str], since: datetime) -> list[str]:
    """Those of the metric alarms that are in ALARM, or went there since a time and may have recovered: name and time.

    An alarm recovers soon after the traffic went back to what ran before, often before the rollback is over.
    """
    found = []
    for name in names:
        history = cloudwatch.get_paginator("describe_alarm_history").paginate(
            AlarmName=name, HistoryItemType="StateUpdate", StartDate=since
        )
        items = [item for page in history for item in page["AlarmHistoryItems"]]
        times = [item["Timestamp"] for item in items if _new_state(item) == "ALARM"]
        now = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        if not times:
            times = [alarm["StateUpdatedTimestamp"] for alarm in now if alarm["StateValue"] == "ALARM"]
        if times:
            found.append(f"{name} (at {max(times):%Y-%m-%d %H:%M:%S} UTC)")
    return found


def _new_state(item: dict[str, Any]) -> str:
    """docs.aws.amazon.com/cli/latest/reference/cloudwatch/describe-alarm-history.html has an example."""
    return json.loads(item["HistoryData"]).get("newState", {}).get("stateValue", "")


def is_missing(error: Exception) -> bool:
    """SageMaker has no code of its own for what is not there."""
    return "Could not find" in str(error)
