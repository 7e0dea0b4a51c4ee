"""ECS clusters, task definitions and services on Fargate."""

import json

from infra.rehearsal.aws import Aws
from infra.rehearsal.entry import Entry, Inputs, Made
from infra.rehearsal.names import Naming

NOTHING_RUNS = "no container runs: an MLflow server on this machine, with the task's flags and passwords, answers"


def create_cluster(inputs: Inputs, aws: Aws) -> Made:
    asked = {"clusterName": inputs["name"], **{name: value for name, value in inputs.items() if name != "name"}}
    arn = aws.send("ecs", "CreateCluster", asked, {"tagsAll": "tags"})["cluster"]["clusterArn"]
    return Made(id=arn, outputs={"arn": arn})


def delete_cluster(arn: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("ecs", "DeleteCluster", cluster=arn)


def register_task(inputs: Inputs, aws: Aws) -> Made:
    asked = {**inputs, "containerDefinitions": json.loads(inputs["containerDefinitions"])}
    made = aws.send("ecs", "RegisterTaskDefinition", asked, {"tagsAll": "tags"})["taskDefinition"]
    return Made(id=made["family"], outputs={"arn": made["taskDefinitionArn"], "revision": made["revision"]})


def deregister_task(family: str, _inputs: Inputs, aws: Aws) -> None:
    for arn in aws.pages("ecs", "ListTaskDefinitions", "taskDefinitionArns", familyPrefix=family):
        aws.call("ecs", "DeregisterTaskDefinition", taskDefinition=arn)


def create_service(inputs: Inputs, aws: Aws) -> Made:
    network = inputs["networkConfiguration"]
    public = "ENABLED" if network.get("assignPublicIp") else "DISABLED"
    configuration = {"awsvpcConfiguration": {**network, "assignPublicIp": public}}
    breaker = {
        "deploymentCircuitBreaker": inputs["deploymentCircuitBreaker"],
        "maximumPercent": inputs["deploymentMaximumPercent"],
        "minimumHealthyPercent": inputs["deploymentMinimumHealthyPercent"],
    }
    own = {"deploymentCircuitBreaker", "deploymentMaximumPercent", "deploymentMinimumHealthyPercent"}
    asked = {name: value for name, value in inputs.items() if name not in own}
    asked |= {"networkConfiguration": configuration, "deploymentConfiguration": breaker}
    arn = aws.send("ecs", "CreateService", asked, {"name": "serviceName", "tagsAll": "tags"})["service"]["serviceArn"]
    return Made(id=arn, outputs={"arn": arn})


def delete_service(arn: str, inputs: Inputs, aws: Aws) -> None:
    aws.call("ecs", "UpdateService", cluster=inputs["cluster"], service=arn, desiredCount=0)
    aws.call("ecs", "DeleteService", cluster=inputs["cluster"], service=arn)


def remaining(aws: Aws) -> list[str]:
    clusters = aws.pages("ecs", "ListClusters", "clusterArns")
    described = aws.call("ecs", "DescribeClusters", clusters=clusters)["clusters"] if clusters else []
    return [
        # What was deleted is listed for a while, as inactive.
        *(cluster["clusterArn"] for cluster in described if cluster["status"] == "ACTIVE"),
        *aws.pages("ecs", "ListTaskDefinitions", "taskDefinitionArns"),
    ]


ENTRIES = {
    "aws:ecs/cluster:Cluster": Entry(create=create_cluster, delete=delete_cluster, naming=Naming(limit=255)),
    "aws:ecs/taskDefinition:TaskDefinition": Entry(
        create=register_task, delete=deregister_task, naming=Naming(limit=255, field="family")
    ),
    "aws:ecs/service:Service": Entry(
        create=create_service, delete=delete_service, naming=Naming(limit=255), note=NOTHING_RUNS
    ),
}
