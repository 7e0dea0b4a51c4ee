"""EventBridge's rules and their targets."""

from infra.rehearsal.aws import Aws
from infra.rehearsal.entry import Entry, Inputs, Made
from infra.rehearsal.names import Naming

ID = "target"


def create_rule(inputs: Inputs, aws: Aws) -> Made:
    arn = aws.send("events", "PutRule", inputs, {"tagsAll": "Tags"})["RuleArn"]
    return Made(id=inputs["name"], outputs={"arn": arn})


def delete_rule(name: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("events", "DeleteRule", Name=name)


def create_target(inputs: Inputs, aws: Aws) -> Made:
    target = {"Id": inputs.get("targetId", ID), "Arn": inputs["arn"], "RoleArn": inputs["roleArn"]}
    if parameters := inputs.get("sagemakerPipelineTarget", {}).get("pipelineParameterLists"):
        listed = [{"Name": entry["name"], "Value": entry["value"]} for entry in parameters]
        target["SageMakerPipelineParameters"] = {"PipelineParameterList": listed}
    if dead := inputs.get("deadLetterConfig"):
        target["DeadLetterConfig"] = {"Arn": dead["arn"]}
    if retry := inputs.get("retryPolicy"):
        target["RetryPolicy"] = {
            "MaximumEventAgeInSeconds": int(retry["maximumEventAgeInSeconds"]),
            "MaximumRetryAttempts": int(retry["maximumRetryAttempts"]),
        }
    placed = {"rule", "arn", "roleArn", "targetId", "sagemakerPipelineTarget", "deadLetterConfig", "retryPolicy"}
    aws.unplaced += sorted(set(inputs) - {*placed, "region", "tags", "tagsAll"})
    aws.call("events", "PutTargets", Rule=inputs["rule"], Targets=[target])
    return Made(id=f"{inputs['rule']}-{target['Id']}")


def delete_target(_id: str, inputs: Inputs, aws: Aws) -> None:
    aws.call("events", "RemoveTargets", Rule=inputs["rule"], Ids=[inputs.get("targetId", ID)])


def remaining(aws: Aws) -> list[str]:
    return [rule["Arn"] for rule in aws.pages("events", "ListRules", "Rules")]


ENTRIES = {
    "aws:cloudwatch/eventRule:EventRule": Entry(create=create_rule, delete=delete_rule, naming=Naming(limit=64)),
    "aws:cloudwatch/eventTarget:EventTarget": Entry(
        create=create_target,
        delete=delete_target,
        note="moto starts no pipeline: what the rule matches is started as EventBridge does, under the target's role",
    ),
}
