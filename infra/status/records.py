"""What the jobs read and write: captured predictions, and MLflow."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from infra import capture
from infra.rollout import CHAMPION
from infra.status import runs
from infra.status.part import Part, at
from infra.status.planned import Planned

CAPTURE, TRACKING = "capture", "tracking"
DAYS = 14
"""How far back the newest captured prediction is looked for."""


def captured(client: Any, planned: Planned) -> Part:
    """When something was captured last. Raises ClientError, BotoCoreError."""
    part = Part(name=CAPTURE, facts={"last": None})
    bucket = _wired(client, planned).get("MLOPS_CAPTURE_BUCKET")
    if not bucket:
        part.unknown("the bucket's name is in the schedule of a job, which is not there")
        return part
    part.facts["bucket"] = bucket
    today = datetime.now(UTC).date()
    for day in (today - timedelta(days=back) for back in range(DAYS)):
        times = [
            found["LastModified"]
            for prefix in _folders(planned.endpoint, day)
            for page in client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            for found in page.get("Contents", ())
        ]
        if times:
            part.facts["last"] = max(times).isoformat()
            part.fine(f"predictions of {at(max(times))} reached {bucket}")
            return part
    part.note(f"nothing was captured for {DAYS} days")
    return part


def _folders(endpoint: str, day: date) -> tuple[str, str]:
    """Where the lines of a day are, and what SageMaker captured itself."""
    by_platform = f"{capture.PLATFORM_PREFIX}{endpoint}/{CHAMPION}/{day:%Y/%m/%d}/"
    return f"{capture.PREFIX}{endpoint}/{day:%Y-%m-%d}/", by_platform


def tracking(client: Any, planned: Planned) -> Part:
    """Where MLflow is. Raises ClientError, BotoCoreError."""
    uri = _wired(client, planned).get("MLOPS_TRACKING_URI", "")
    part = Part(name=TRACKING, facts={"uri": uri})
    if not uri:
        part.unknown("its address is in the schedule of a job, which is not there")
    elif not uri.startswith("arn:"):
        part.fine(uri)
    else:
        status = client("sagemaker").describe_mlflow_app(Arn=uri)["Status"]
        part.facts["status"] = status
        part.fine(f"{uri} is {status}: aws sagemaker create-presigned-mlflow-app-url --arn {uri}")
    return part


def _wired(client: Any, planned: Planned) -> dict[str, str]:
    """The variables of `ml.wiring.Wiring` as the stack was brought up with them."""
    found = (runs.deployed(client, planned, schedule) for schedule in planned.jobs().values())
    return next((runs.environment(schedule) for schedule in found if schedule), {})
