"""Cases of the rules about what runs, and whose it is."""

import json
from typing import Any

from infra import tags
from infra.policies import tokens
from tests.infra.policies.asked import (
    ACCOUNT,
    DIGEST,
    KEY_ARN,
    OWNER,
    Asked,
    ask,
)
from tests.infra.policies.case import INSTANCES, Case, Inputs, each


def steps(*jobs: dict[str, Any]) -> Inputs:
    """A pipeline of these jobs."""
    return {"pipelineDefinition": json.dumps({"Parameters": [], "Steps": list(jobs)})}


def training(**arguments: Any) -> Inputs:
    return steps({"Name": "train", "Type": "Training", "Arguments": arguments})


PIPELINES = {
    "training-job-is-isolated": each(
        tokens.PIPELINE, training(EnableNetworkIsolation=True), training(EnableNetworkIsolation=False), training()
    ),
    "jobs-encrypt-what-they-say": each(
        tokens.PIPELINE,
        training(EnableInterContainerTrafficEncryption=True),
        training(EnableInterContainerTrafficEncryption=False),
        training(),
    ),
    "jobs-encrypt-what-they-leave": each(
        tokens.PIPELINE,
        training(OutputDataConfig={"KmsKeyId": KEY_ARN}),
        training(OutputDataConfig={"KmsKeyId": ""}),
        training(),
    ),
    "lost-start-is-kept": each(
        tokens.EVENT_TARGET, {"deadLetterConfig": {"arn": "a"}}, {"deadLetterConfig": {"arn": ""}}
    ),
}
REPOSITORY = ask(tokens.REPOSITORY, name="demo-prod-data-images")
EXPIRY = {"repository": [REPOSITORY.urn]}
IMAGES = {
    "repository-tags-never-change": each(
        tokens.REPOSITORY, {"imageTagMutability": "IMMUTABLE"}, {"imageTagMutability": "MUTABLE"}
    ),
    "repository-scans-on-push": each(
        tokens.REPOSITORY,
        {"imageScanningConfiguration": {"scanOnPush": True}},
        {"imageScanningConfiguration": {"scanOnPush": False}},
    ),
    "repository-expires-images": Case(
        keeps=[REPOSITORY, ask(tokens.REPOSITORY_LIFECYCLE, policy="{}", uses=EXPIRY)],
        breaks=[REPOSITORY],
        lacks=[REPOSITORY, ask(tokens.REPOSITORY_LIFECYCLE, uses=EXPIRY)],
    ),
    "image-is-named-by-digest": each(
        tokens.MODEL, {"primaryContainer": {"image": DIGEST}}, {"primaryContainer": {"image": "images:latest"}}
    ),
    "build-is-not-privileged": each(
        tokens.BUILD, {"environment": {"type": "LINUX_CONTAINER"}}, {"environment": {"privilegedMode": True}}
    ),
    "build-writes-logs": each(
        tokens.BUILD,
        {"logsConfig": {"cloudwatchLogs": {"groupName": "a"}}},
        {"logsConfig": {"cloudwatchLogs": {"groupName": "a", "status": "DISABLED"}}},
    ),
    "build-is-not-public": each(
        tokens.BUILD, {"projectVisibility": "PRIVATE"}, {"projectVisibility": "PUBLIC_READ"}, fine=True
    ),
    "build-holds-no-credentials": each(
        tokens.BUILD,
        {"environment": {"environmentVariables": [{"name": "TAG", "value": "1"}]}},
        {"environment": {"environmentVariables": [{"name": "AWS_SECRET_ACCESS_KEY", "value": "1"}]}},
        fine=True,
    ),
}

FUNCTIONS = {
    "function-url-asks-who-calls": each(
        tokens.FUNCTION_URL, {"authorizationType": "AWS_IAM"}, {"authorizationType": "NONE"}
    ),
    "function-is-not-public": each(
        tokens.FUNCTION_PERMISSION,
        {"principal": "events.amazonaws.com", "sourceAccount": ACCOUNT},
        {"principal": "events.amazonaws.com", "sourceArn": "arn:aws:s3:::a"},
    ),
    "function-is-limited": each(
        tokens.FUNCTION, {"reservedConcurrentExecutions": 5}, {"reservedConcurrentExecutions": -1}
    ),
}


def results(**output: Any) -> Inputs:
    return {"asyncInferenceConfig": {"outputConfig": output}}


def served(isolated: bool | None, variant: Inputs) -> list[Asked]:
    model = ask(tokens.MODEL, enableNetworkIsolation=isolated)
    config = ask(tokens.ENDPOINT_CONFIG, productionVariants=[variant], uses={"productionVariants": [model.urn]})
    return [model, config]


def endpoint(variant: Inputs, **inputs: Any) -> list[Asked]:
    config = ask(tokens.ENDPOINT_CONFIG, name=f"demo-prod-data-{len(variant)}", productionVariants=[variant])
    return [config, ask(tokens.ENDPOINT, uses={"endpointConfigName": [config.urn]}, **inputs)]


def canary(wait: int, keep: int) -> Inputs:
    routing = {"type": "CANARY", "waitIntervalInSeconds": wait}
    shift = {"trafficRoutingConfiguration": routing, "terminationWaitInSeconds": keep}
    return {"deploymentConfig": {"blueGreenUpdatePolicy": shift}}


def captured(by_container: str, by_sagemaker: Inputs | None) -> list[Asked]:
    name = f"demo-prod-data-{by_container}"
    model = ask(tokens.MODEL, name=name, primaryContainer={"environment": {"MLOPS_CAPTURE": by_container}})
    uses = {"productionVariants": [model.urn]}
    return [model, ask(tokens.ENDPOINT_CONFIG, name=name, dataCaptureConfig=by_sagemaker, uses=uses)]


SERVING = {
    "model-is-isolated": Case(
        keeps=[*served(False, {"serverlessConfig": {"memorySizeInMb": 2048}})],
        breaks=served(False, INSTANCES),
        lacks=served(None, INSTANCES),
    ),
    "endpoint-outlives-an-instance": each(
        tokens.ENDPOINT_CONFIG,
        {"productionVariants": [INSTANCES, {"serverlessConfig": {"memorySizeInMb": 2048}}]},
        {"productionVariants": [{**INSTANCES, "initialInstanceCount": 1}]},
    ),
    "update-is-rolled-back-by-alarms": each(
        tokens.ENDPOINT,
        {"deploymentConfig": {"autoRollbackConfiguration": {"alarms": [{"alarmName": "a"}]}}},
        {"deploymentConfig": {"autoRollbackConfiguration": {"alarms": []}}},
        {"deploymentConfig": {"blueGreenUpdatePolicy": {"terminationWaitInSeconds": 0}}},
    ),
    "update-on-instances-can-be-rolled-back": Case(
        keeps=[
            *endpoint({"serverlessConfig": {"memorySizeInMb": 2048}}),
            *endpoint(INSTANCES, deploymentConfig={"a": 1}),
        ],
        breaks=endpoint(INSTANCES, deploymentConfig={}),
        lacks=endpoint(INSTANCES),
    ),
    "update-by-steps-bakes": each(
        tokens.ENDPOINT, canary(600, 600), canary(600, 0), {"deploymentConfig": {"rollingUpdatePolicy": {"a": 1}}}
    ),
    "answers-are-captured": Case(
        keeps=captured("off", {"enableCapture": True, "initialSamplingPercentage": 100.0}) + captured("stdout", None),
        breaks=captured("off", {"enableCapture": False, "initialSamplingPercentage": 100.0}),
        lacks=captured("off", None),
    ),
    "asynchronous-results-are-encrypted": each(
        tokens.ENDPOINT_CONFIG, results(kmsKeyId="k"), results(kmsKeyId=""), results()
    ),
    "asynchronous-failures-are-told": each(
        tokens.ENDPOINT_CONFIG,
        results(s3FailurePath="s3://a/b", notificationConfig={"errorTopic": "t"}),
        results(s3FailurePath="s3://a/b", notificationConfig={}),
        results(),
    ),
}
FAILURES = {"enabled": True, "logGroupName": "a", "logStreamName": "b"}
WATCHING = {
    "log-group-expires": each(tokens.LOG_GROUP, {"retentionInDays": 30.0}, {"retentionInDays": 0}),
    "delivery-logs-its-failures": each(
        tokens.STREAM,
        {"extendedS3Configuration": {"cloudwatchLoggingOptions": FAILURES}},
        {"extendedS3Configuration": {"cloudwatchLoggingOptions": {**FAILURES, "enabled": False}}},
    ),
    "alarm-has-dimensions": each(tokens.ALARM, {"dimensions": {"EndpointName": "a"}}, {"dimensions": {}}),
    "alarm-tells-somebody": each(
        tokens.ALARM, {"alarmActions": ["a"]}, {"alarmActions": ["a"], "actionsEnabled": False}
    ),
    "notices-are-not-sent-in-clear": each(tokens.SUBSCRIPTION, {"protocol": "email"}, {"protocol": "http"}),
    "alarm-knows-what-silence-means": each(
        tokens.ALARM, {"treatMissingData": "ignore"}, {"treatMissingData": "whatever"}
    ),
    "alarm-says-what-happened": each(tokens.ALARM, {"alarmDescription": "It broke."}, {"alarmDescription": ""}),
}
TAGGED = dict.fromkeys(tags.KEYS, "a")
COMPONENT = ask("mlops:index:Thing", name=OWNER.split("::")[-1], parent="")
TYPES = {
    "type-has-a-rule": Case(
        keeps=[ask(tokens.TOPIC), ask("aws:kms/alias:Alias"), COMPONENT],
        breaks=[ask("aws:s3/bucketPolicyV9:BucketPolicyV9")],
        lacks=[],
        lacking_is_fine=True,
    ),
}
BELONGING = {
    "resource-says-whose-it-is": each(tokens.TOPIC, {"tags": TAGGED}, {"tags": {**TAGGED, "Owner": ""}}),
    "resource-belongs-to-a-component": Case(
        keeps=[COMPONENT, ask(tokens.TOPIC)],
        breaks=[COMPONENT, ask(tokens.TOPIC, name="another-topic")],
        lacks=[COMPONENT, ask(tokens.TOPIC, parent="")],
    ),
    "name-is-used-once": Case(
        keeps=[ask(tokens.TOPIC), ask(tokens.QUEUE)],
        breaks=[ask(tokens.TOPIC), ask(tokens.TOPIC, parent="another")],
        lacks=[],
        lacking_is_fine=True,
    ),
    "data-is-protected": Case(
        keeps=[ask(tokens.BUCKET), ask(tokens.KEY, env="dev", protect=False)],
        breaks=[ask(tokens.BUCKET, protect=False)],
        lacks=[ask(tokens.KEY, protect=False)],
    ),
}
