"""Load balancers, their listeners and target groups."""

from typing import Any

from infra.rehearsal.aws import Aws
from infra.rehearsal.entry import Entry, Inputs, Made
from infra.rehearsal.names import Naming

UNBALANCED = "no request goes through it"
ATTRIBUTES = {
    "dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
    "desyncMitigationMode": "routing.http.desync_mitigation_mode",
    "enableDeletionProtection": "deletion_protection.enabled",
}
HEALTH = {
    "path": "HealthCheckPath",
    "interval": "HealthCheckIntervalSeconds",
    "healthyThreshold": "HealthyThresholdCount",
    "matcher": "Matcher",
}


def create_balancer(inputs: Inputs, aws: Aws) -> Made:
    own = {"internal", "loadBalancerType", "accessLogs", *ATTRIBUTES}
    asked: dict[str, Any] = {name: value for name, value in inputs.items() if name not in own}
    asked |= {"type": inputs["loadBalancerType"], "scheme": "internal" if inputs["internal"] else "internet-facing"}
    made = aws.send("elbv2", "CreateLoadBalancer", asked, {"tagsAll": "Tags"})["LoadBalancers"][0]
    logs = inputs.get("accessLogs", {})
    attributes = {key: inputs[name] for name, key in ATTRIBUTES.items() if name in inputs}
    attributes |= {f"access_logs.s3.{name}": value for name, value in logs.items()}
    _set(aws, made["LoadBalancerArn"], attributes)
    arn = made["LoadBalancerArn"]
    outputs = {"arn": arn, "arnSuffix": arn.partition(":loadbalancer/")[2], "dnsName": made["DNSName"]}
    return Made(id=arn, outputs=outputs)


def _set(aws: Aws, arn: str, attributes: dict[str, Any]) -> None:
    pairs = [
        {"Key": key, "Value": str(value).lower() if isinstance(value, bool) else value}
        for key, value in attributes.items()
    ]
    aws.call("elbv2", "ModifyLoadBalancerAttributes", LoadBalancerArn=arn, Attributes=pairs)


def delete_balancer(arn: str, _inputs: Inputs, aws: Aws) -> None:
    _set(aws, arn, {"deletion_protection.enabled": False})
    aws.call("elbv2", "DeleteLoadBalancer", LoadBalancerArn=arn)


def create_target_group(inputs: Inputs, aws: Aws) -> Made:
    health = inputs.get("healthCheck", {})
    asked = {name: value for name, value in inputs.items() if name not in ("healthCheck", "deregistrationDelay")}
    for name, member in HEALTH.items():
        if name in health:
            asked[member] = {"HttpCode": health[name]} if name == "matcher" else health[name]
    made = aws.send("elbv2", "CreateTargetGroup", asked, {"tagsAll": "Tags"})["TargetGroups"][0]["TargetGroupArn"]
    delay = {"Key": "deregistration_delay.timeout_seconds", "Value": f"{inputs['deregistrationDelay']:g}"}
    aws.call("elbv2", "ModifyTargetGroupAttributes", TargetGroupArn=made, Attributes=[delay])
    return Made(id=made, outputs={"arn": made, "arnSuffix": made.rpartition(":")[2]})


def delete_target_group(arn: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("elbv2", "DeleteTargetGroup", TargetGroupArn=arn)


def create_listener(inputs: Inputs, aws: Aws) -> Made:
    asked = {name: value for name, value in inputs.items() if name != "certificateArn"}
    certificates = [{"certificateArn": inputs["certificateArn"]}] if "certificateArn" in inputs else []
    made = aws.send("elbv2", "CreateListener", {**asked, "certificates": certificates}, {"tagsAll": "Tags"})
    return Made(id=made["Listeners"][0]["ListenerArn"], outputs={"arn": made["Listeners"][0]["ListenerArn"]})


def delete_listener(arn: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("elbv2", "DeleteListener", ListenerArn=arn)


def remaining(aws: Aws) -> list[str]:
    return [
        *(item["LoadBalancerArn"] for item in aws.pages("elbv2", "DescribeLoadBalancers", "LoadBalancers")),
        *(item["TargetGroupArn"] for item in aws.pages("elbv2", "DescribeTargetGroups", "TargetGroups")),
    ]


ENTRIES = {
    "aws:lb/loadBalancer:LoadBalancer": Entry(
        create=create_balancer, delete=delete_balancer, naming=Naming(limit=32), note=UNBALANCED
    ),
    "aws:lb/targetGroup:TargetGroup": Entry(
        create=create_target_group, delete=delete_target_group, naming=Naming(limit=32), note=UNBALANCED
    ),
    "aws:lb/listener:Listener": Entry(create=create_listener, delete=delete_listener, note=UNBALANCED),
}
