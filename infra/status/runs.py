"""What runs by itself: whether the schedules are on, and how the last runs ended."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from infra.offline import Resource
from infra.served import is_missing
from infra.status.part import Part, at
from infra.status.planned import PIPELINE, SCHEDULE, Planned, called

NAME = "runs"
LAST = 100
"""Runs that are looked through for the job's own: a name may contain another's."""
BAD, HALTED = ("Failed",), ("Stopped", "Stopping")


def look(client: Any, planned: Planned) -> Part:
    """Raises ClientError, BotoCoreError."""
    part = Part(name=NAME, facts={"schedules": [], "runs": []})
    for schedule in planned.of_type(SCHEDULE):
        found = deployed(client, planned, schedule)
        part.facts["schedules"].append({"name": schedule.name, "state": found["State"] if found else None})
        _schedule(part, planned, schedule, found)
    sagemaker = client("sagemaker")
    for start in planned.jobs():
        _run(part, start.rstrip("-"), _last_job(sagemaker, start))
    for pipeline in planned.of_type(PIPELINE):
        name = pipeline.inputs["pipelineName"]
        try:
            _run(part, f"the pipeline {name}", _last_execution(sagemaker, name))
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFound" and not is_missing(error):
                raise
            part.person(
                f"the pipeline {name} is not there", f"pulumi up --refresh --stack {planned.settings.environment}"
            )
    return part


def deployed(client: Any, planned: Planned, schedule: Resource) -> dict[str, Any] | None:
    """A schedule as it is in AWS; None where it is not."""
    scheduler = client("scheduler")
    pages = scheduler.get_paginator("list_schedules").paginate(NamePrefix=f"{planned.settings.prefix}-")
    name = called(schedule, [found["Name"] for page in pages for found in page["Schedules"]])
    return scheduler.get_schedule(Name=name) if name else None


def environment(schedule: Mapping[str, Any]) -> dict[str, str]:
    """The variables that the schedule's runs are given."""
    return json.loads(schedule["Target"].get("Input") or "{}").get("Environment", {})


def _schedule(part: Part, planned: Planned, asked: Resource, found: Mapping[str, Any] | None) -> None:
    up = f"pulumi up --refresh --stack {planned.settings.environment}"
    if found is None:
        part.person(f"the schedule {asked.name} is not there", up)
    elif found["State"] != asked.inputs["state"]:
        part.person(f"the schedule {found['Name']} is {found['State']}, the settings have {asked.inputs['state']}", up)


def _last_job(sagemaker: Any, start: str) -> dict[str, Any] | None:
    listed = sagemaker.list_processing_jobs(
        NameContains=start, SortBy="CreationTime", SortOrder="Descending", MaxResults=LAST
    )["ProcessingJobSummaries"]
    own = [job for job in listed if job["ProcessingJobName"].startswith(start)]
    if not own:
        return None
    newest = max(own, key=lambda job: job["CreationTime"])["ProcessingJobName"]
    job = sagemaker.describe_processing_job(ProcessingJobName=newest)
    return {
        "name": newest,
        "status": job["ProcessingJobStatus"],
        "started": job["CreationTime"],
        "reason": job.get("FailureReason") or job.get("ExitMessage") or "",
        "look": f"aws logs tail /aws/sagemaker/ProcessingJobs --since 2d --log-stream-name-prefix {newest}",
    }


def _last_execution(sagemaker: Any, pipeline: str) -> dict[str, Any] | None:
    listed = sagemaker.list_pipeline_executions(
        PipelineName=pipeline, SortBy="CreationTime", SortOrder="Descending", MaxResults=1
    )["PipelineExecutionSummaries"]
    if not listed:
        return None
    newest = max(listed, key=lambda execution: execution["StartTime"])
    arn = newest["PipelineExecutionArn"]
    return {
        "name": f"{pipeline}/{arn.rpartition('/')[2]}",
        "status": newest["PipelineExecutionStatus"],
        "started": newest["StartTime"],
        "reason": newest.get("PipelineExecutionFailureReason", ""),
        "look": f"aws sagemaker list-pipeline-execution-steps --pipeline-execution-arn {arn}",
    }


def _run(part: Part, what: str, last: Mapping[str, Any] | None) -> None:
    if last is None:
        part.note(f"{what} has not run yet")
        return
    started: datetime = last["started"]
    status, reason = last["status"], last["reason"]
    part.facts["runs"].append(
        {"name": last["name"], "status": status, "started": started.isoformat(), "reason": reason}
    )
    text = f"{last['name']} of {at(started)} is {status}"
    if status in BAD:
        part.person(f"{text}: {reason or 'nobody says why'}", last["look"])
    elif status in HALTED:
        part.note(text)
    else:
        part.fine(text)
