"""CloudTrail's trails, and which events they keep."""

from infra.rehearsal.aws import Aws
from infra.rehearsal.entry import Entry, Inputs, Made
from infra.rehearsal.names import Naming

AFTER_CREATE = {"advancedEventSelectors", "eventSelectors", "insightSelectors", "enableLogging"}


def create_trail(inputs: Inputs, aws: Aws) -> Made:
    request = {name: value for name, value in inputs.items() if name not in AFTER_CREATE}
    arn = aws.send("cloudtrail", "CreateTrail", request, {"tagsAll": "TagsList"})["TrailARN"]
    if inputs.get("enableLogging", True):
        aws.call("cloudtrail", "StartLogging", Name=arn)
    if selectors := inputs.get("advancedEventSelectors"):
        chosen = {"trailName": inputs["name"], "advancedEventSelectors": selectors}
        aws.send("cloudtrail", "PutEventSelectors", chosen, {"startsWiths": "StartsWith"})
    return Made(id=arn, outputs={"arn": arn, "homeRegion": aws.region})


def delete_trail(_arn: str, inputs: Inputs, aws: Aws) -> None:
    aws.call("cloudtrail", "DeleteTrail", Name=inputs["name"])


def remaining(aws: Aws) -> list[str]:
    return [trail["TrailARN"] for trail in aws.call("cloudtrail", "DescribeTrails")["trailList"]]


ENTRIES = {
    "aws:cloudtrail/trail:Trail": Entry(
        create=create_trail, delete=delete_trail, naming=Naming(limit=128), note="no event is recorded"
    ),
}
