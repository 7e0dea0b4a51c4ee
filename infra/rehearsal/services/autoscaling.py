"""Application Auto Scaling: what is registered is kept, nothing comes or goes with the load."""

from infra.rehearsal.aws import Aws
from infra.rehearsal.entry import Entry, Inputs, Made
from infra.rehearsal.names import Naming

SERVICE = "application-autoscaling"
WHICH = {"ServiceNamespace": "serviceNamespace", "ResourceId": "resourceId", "ScalableDimension": "scalableDimension"}


def register_target(inputs: Inputs, aws: Aws) -> Made:
    answer = aws.send(SERVICE, "RegisterScalableTarget", inputs, {"tagsAll": "Tags"})
    return Made(id=inputs["resourceId"], outputs={"arn": answer["ScalableTargetARN"]})


def deregister_target(_id: str, inputs: Inputs, aws: Aws) -> None:
    aws.call(SERVICE, "DeregisterScalableTarget", **_which(inputs))


def put_policy(inputs: Inputs, aws: Aws) -> Made:
    # The dimensions of its metric have names, too.
    request = {"policyName" if key == "name" else key: value for key, value in inputs.items()}
    answer = aws.send(SERVICE, "PutScalingPolicy", request)
    return Made(id=inputs["name"], outputs={"arn": answer["PolicyARN"]})


def delete_policy(_id: str, inputs: Inputs, aws: Aws) -> None:
    aws.call(SERVICE, "DeleteScalingPolicy", PolicyName=inputs["name"], **_which(inputs))


def put_scheduled_action(inputs: Inputs, aws: Aws) -> Made:
    aws.send(SERVICE, "PutScheduledAction", inputs, {"name": "ScheduledActionName"})
    which = {"ScheduledActionNames": [inputs["name"]], "ServiceNamespace": inputs["serviceNamespace"]}
    (made,) = aws.call(SERVICE, "DescribeScheduledActions", **which)["ScheduledActions"]
    return Made(id=inputs["name"], outputs={"arn": made["ScheduledActionARN"]})


def delete_scheduled_action(_id: str, inputs: Inputs, aws: Aws) -> None:
    aws.call(SERVICE, "DeleteScheduledAction", ScheduledActionName=inputs["name"], **_which(inputs))


def _which(inputs: Inputs) -> dict[str, str]:
    return {name: inputs[given] for name, given in WHICH.items()}


def remaining(aws: Aws) -> list[str]:
    listings = {
        "ScalableTargets": ("DescribeScalableTargets", "ScalableTargetARN"),
        "ScalingPolicies": ("DescribeScalingPolicies", "PolicyARN"),
        "ScheduledActions": ("DescribeScheduledActions", "ScheduledActionARN"),
    }
    return [
        item[arn]
        for key, (operation, arn) in listings.items()
        for item in aws.call(SERVICE, operation, ServiceNamespace="sagemaker")[key]
    ]


ENTRIES = {
    "aws:appautoscaling/target:Target": Entry(
        create=register_target, delete=deregister_target, note="no instance comes or goes with the load"
    ),
    "aws:appautoscaling/policy:Policy": Entry(
        create=put_policy,
        delete=delete_policy,
        naming=Naming(limit=256),
        note="moto makes no alarm for it, and evaluates none",
    ),
    "aws:appautoscaling/scheduledAction:ScheduledAction": Entry(
        create=put_scheduled_action,
        delete=delete_scheduled_action,
        naming=Naming(limit=256),
        note="nothing happens by the clock",
    ),
}
