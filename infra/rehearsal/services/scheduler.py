"""EventBridge Scheduler: schedules are kept, moto starts nothing."""

from infra.rehearsal.aws import Aws
from infra.rehearsal.entry import Entry, Inputs, Made
from infra.rehearsal.names import Naming


def create_schedule(inputs: Inputs, aws: Aws) -> Made:
    arn = aws.send("scheduler", "CreateSchedule", inputs)["ScheduleArn"]
    return Made(id=f"{inputs.get('groupName', 'default')}/{inputs['name']}", outputs={"arn": arn})


def delete_schedule(_id: str, inputs: Inputs, aws: Aws) -> None:
    group = inputs.get("groupName", "default")
    aws.call("scheduler", "DeleteSchedule", Name=inputs["name"], GroupName=group)


def create_group(inputs: Inputs, aws: Aws) -> Made:
    arn = aws.send("scheduler", "CreateScheduleGroup", inputs, {"tagsAll": "Tags"})["ScheduleGroupArn"]
    return Made(id=inputs["name"], outputs={"arn": arn})


def delete_group(name: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("scheduler", "DeleteScheduleGroup", Name=name)


def remaining(aws: Aws) -> list[str]:
    groups = [group["Arn"] for group in aws.pages("scheduler", "ListScheduleGroups", "ScheduleGroups")]
    schedules = [schedule["Arn"] for schedule in aws.pages("scheduler", "ListSchedules", "Schedules")]
    return [group for group in groups if not group.endswith("/default")] + schedules


ENTRIES = {
    "aws:scheduler/schedule:Schedule": Entry(
        create=create_schedule,
        delete=delete_schedule,
        naming=Naming(limit=64),
        note="nothing is started by the clock",
    ),
    "aws:scheduler/scheduleGroup:ScheduleGroup": Entry(
        create=create_group, delete=delete_group, naming=Naming(limit=64)
    ),
}
