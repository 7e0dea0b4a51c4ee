"""CodeBuild projects. moto calls every build a success and builds nothing."""

from infra.rehearsal.aws import Aws
from infra.rehearsal.entry import Entry, Inputs, Made
from infra.rehearsal.names import Naming


def create_project(inputs: Inputs, aws: Aws) -> Made:
    rename = {
        "tagsAll": "tags",
        "buildTimeout": "timeoutInMinutes",
        "queuedTimeout": "queuedTimeoutInMinutes",
        "cloudwatchLogs": "cloudWatchLogs",
    }
    logs = inputs.get("logsConfig", {})
    if "cloudwatchLogs" in logs:
        # The provider's default, which the API asks for.
        logs = {**logs, "cloudwatchLogs": {"status": "ENABLED", **logs["cloudwatchLogs"]}}
    request = {**inputs, **({"logsConfig": logs} if logs else {})}
    project = aws.send("codebuild", "CreateProject", request, rename)["project"]
    return Made(id=project["arn"], outputs={"arn": project["arn"]})


def delete_project(_id: str, inputs: Inputs, aws: Aws) -> None:
    aws.call("codebuild", "DeleteProject", name=inputs["name"])


def remaining(aws: Aws) -> list[str]:
    return [aws.arn("codebuild", f"project/{name}") for name in aws.pages("codebuild", "ListProjects", "projects")]


ENTRIES = {
    "aws:codebuild/project:Project": Entry(
        create=create_project,
        delete=delete_project,
        naming=Naming(limit=150),
        note="builds no image: the app's source runs as processes",
    ),
}
