"""The jobs: whether their schedules are on, and how their last runs ended."""

import json
from typing import Any

from infra.offline import Resource
from infra.status.part import Part
from infra.status.planned import Planned, called

NAME = "runs"
LAST = 100
"""Runs that are looked through for the job's own: a name may contain another's."""


def look(client: Any, planned: Planned) -> Part:
    """Raises ClientError, BotoCoreError."""
    part = Part(name=NAME, facts={"jobs": []})
    for start, schedule in planned.jobs().items():
        found = deployed(client, planned, schedule)
        last = _last(client("sagemaker"), start)
        part.facts["jobs"].append(
            {
                "schedule": found["Name"] if found else None,
                "state": found["State"] if found else None,
                "last": last,
            }
        )
        _schedule(part, planned, schedule, found)
        _run(part, start.rstrip("-"), last)
    return part


def deployed(client: Any, planned: Planned, schedule: Resource) -> dict[str, Any] | None:
    """A schedule as it is in AWS; None where it is not."""
    scheduler = client("scheduler")
    pages = scheduler.get_paginator("list_schedules").paginate(NamePrefix=f"{planned.settings.prefix}-")
    name = called(schedule, [found["Name"] for page in pages for found in page["Schedules"]])
    return scheduler.get_schedule(Name=name) if name else None


def environment(schedule: dict[str, Any]) -> dict[str, str]:
    """The variables that the schedule's runs are given."""
    return json.loads(schedule["Target"].get("Input") or "{}").get("Environment", {})


def _schedule(part: Part, planned: Planned, asked: Resource, found: dict[str, Any] | None) -> None:
    up = f"pulumi up --refresh --stack {planned.settings.environment}"
    if found is None:
        part.person(f"the schedule {asked.name} is not there", up)
    elif found["State"] != asked.inputs["state"]:
        part.person(f"the schedule {found['Name']} is {found['State']}, the settings have {asked.inputs['state']}", up)


def _last(sagemaker: Any, start: str) -> dict[str, Any] | None:
    listed = sagemaker.list_processing_jobs(
        NameContains=start, SortBy="CreationTime", SortOrder="Descending", MaxResults=LAST
    )["ProcessingJobSummaries"]
    own = [job for job in listed if job["ProcessingJobName"].startswith(start)]
    if not own:
        return None
    newest = max(own, key=lambda job: job["CreationTime"])["ProcessingJobName"]
    job = sagemaker.describe_processing_job(ProcessingJobName=newest)
    ended = job.get("ProcessingEndTime")
    return {
        "name": newest,
        "status": job["ProcessingJobStatus"],
        "started": job["CreationTime"].isoformat(),
        "ended": ended.isoformat() if ended else None,
        "reason": job.get("FailureReason") or job.get("ExitMessage") or "",
    }


def _run(part: Part, what: str, last: dict[str, Any] | None) -> None:
    if last is None:
        part.note(f"{what} has not run yet")
        return
    text = f"{last['name']} of {last['started'][:16].replace('T', ' ')} is {last['status']}"
    if last["status"] == "Failed":
        reason = last["reason"] or "its log has the reason"
        logs = f"aws logs tail /aws/sagemaker/ProcessingJobs --since 2d --log-stream-name-prefix {last['name']}"
        part.person(f"{text}: {reason}", logs)
    elif last["status"] in ("Stopped", "Stopping"):
        part.note(text)
    else:
        part.fine(text)
