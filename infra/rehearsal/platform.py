"""What AWS's own services do with the program's roles: take them on, pull the image, write logs and metrics.

Calls that moto knows are made. For the others the permission is asked for: that is all that is to be seen of them here.
Sources: docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html,
docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html,
docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#FirehoseExample.
"""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from infra.rehearsal.aws import Aws
from infra.rehearsal.credentials import Credentials, of_service
from infra.rehearsal.images import ecr_image

EXECUTION_ID = "<aws.scheduler.execution-id>"
JOBS, ENDPOINTS = "/aws/sagemaker/ProcessingJobs", "/aws/sagemaker/Endpoints"
"""SageMaker's log groups and, by the same names, its namespaces of metrics."""
FUNCTIONS = "/aws/lambda"
"""What the log groups of functions start with."""
PULL = "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer"
PUSH = "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload"


def destination(project: Mapping[str, Any]) -> tuple[str, str]:
    """The repository and the tag that a CodeBuild project pushes to: its variables REPOSITORY (a URL) and TAG."""
    variables = {item["name"]: item["value"] for item in project["environment"]["environmentVariables"]}
    return variables["REPOSITORY"].partition("/")[2], variables["TAG"]


class Platform:
    """The services of one account, as far as they act for the program. Every method raises RefusedError."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    def assume(self, role_arn: str, *, service: str = "") -> Aws:
        """The API as a service reaches it that has taken on the role; as a person of the account does, without one."""
        by = self._aws.acting(of_service(service)) if service else self._aws
        # Firehose says for whom it works by the external id, the others by condition keys.
        external = {"ExternalId": self._aws.account} if service == "firehose" else {}
        given = by.call("sts", "AssumeRole", RoleArn=role_arn, RoleSessionName="rehearsal", **external)["Credentials"]
        return self._aws.acting(Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]))

    def job(self, schedule: str) -> tuple[dict[str, str], Aws]:
        """Starts the processing job of a schedule: its variables, and the API as its container reaches it."""
        target = self._aws.call("scheduler", "GetSchedule", Name=schedule)["Target"]
        scheduler = self.assume(target["RoleArn"], service="scheduler")
        request: dict[str, Any] = json.loads(target["Input"].replace(EXECUTION_ID, secrets.token_hex(8)))
        scheduler.call("sagemaker", "CreateProcessingJob", **request)
        container = self.assume(request["RoleArn"], service="sagemaker")
        self._start(container, request["AppSpecification"]["ImageUri"], JOBS, JOBS)
        return request["Environment"], container

    def invocation(self, endpoint: str) -> str:
        """The action by which an endpoint is asked: an asynchronous one takes no other."""
        return f"sagemaker:InvokeEndpoint{'Async' if 'AsyncInferenceConfig' in self._config(endpoint) else ''}"

    def _config(self, endpoint: str) -> dict[str, Any]:
        config = self._aws.call("sagemaker", "DescribeEndpoint", EndpointName=endpoint)["EndpointConfigName"]
        return self._aws.call("sagemaker", "DescribeEndpointConfig", EndpointConfigName=config)

    def container_of_job(self, request: Mapping[str, Any], kind: str) -> Aws:
        """The API as the container of a job reaches it: the role that the job was given."""
        container = self.assume(request["RoleArn"], service="sagemaker")
        app = request.get("AppSpecification") or request["AlgorithmSpecification"]
        group = f"/aws/sagemaker/{kind}s"
        self._start(container, app.get("ImageUri") or app["TrainingImage"], group, group)
        return container

    def container(self, endpoint: str) -> Aws:
        """Starts a container of an endpoint: the API as SageMaker reaches it with the model's role."""
        name = self._config(endpoint)["ProductionVariants"][0]["ModelName"]
        model = self._aws.call("sagemaker", "DescribeModel", ModelName=name)
        container = self.assume(model["ExecutionRoleArn"], service="sagemaker")
        self._start(container, model["PrimaryContainer"]["Image"], f"{ENDPOINTS}/{endpoint}", ENDPOINTS)
        return container

    def function(self, name: str) -> Aws:
        """Starts an environment of a function: Lambda pulls the image by itself, the rest is the role's to do."""
        config = self._aws.call("lambda", "GetFunction", FunctionName=name)
        service = self._aws.acting(of_service("lambda"))
        if image := ecr_image(config["Code"]["ImageUri"]):
            for action in ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"):
                arn = self._aws.arn("ecr", f"repository/{image.repository}")
                service.ask(action, arn, {"aws:SourceArn": self._aws.arn("lambda", f"function:{name}")})
        container = self.assume(config["Configuration"]["Role"], service="lambda")
        group = config["Configuration"].get("LoggingConfig", {}).get("LogGroup", f"{FUNCTIONS}/{name}")
        stream = self._aws.arn("logs", f"log-group:{group}:log-stream:rehearsal")
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            container.ask(action, stream)
        return container

    def delivery(self, group: str, stream: str) -> Aws:
        """Lines of the endpoint's log on their way: CloudWatch Logs sends them on, Firehose writes them."""
        sent = self._aws.call("logs", "DescribeSubscriptionFilters", logGroupName=group)["subscriptionFilters"][0]
        sender = self.assume(sent["roleArn"], service="logs")
        for action in ("firehose:PutRecord", "firehose:PutRecordBatch"):
            sender.ask(action, sent["destinationArn"])
        described = self._aws.call("firehose", "DescribeDeliveryStream", DeliveryStreamName=stream)
        destination = described["DeliveryStreamDescription"]["Destinations"][0]["ExtendedS3DestinationDescription"]
        writer = self.assume(destination["RoleARN"], service="firehose")
        self._log(writer, destination["CloudWatchLoggingOptions"]["LogGroupName"])
        # Firehose writes in parts.
        bucket, prefix = destination["BucketARN"].removeprefix("arn:aws:s3:::"), destination["Prefix"]
        key = f"{prefix.partition('!')[0]}part"
        upload = writer.call("s3", "CreateMultipartUpload", Bucket=bucket, Key=key)["UploadId"]
        writer.call("s3", "UploadPart", Bucket=bucket, Key=key, UploadId=upload, PartNumber=1, Body=b"")
        writer.call("s3", "AbortMultipartUpload", Bucket=bucket, Key=key, UploadId=upload)
        return writer

    def build(self, project: str) -> Aws:
        """Starts an image's build: the source is read, logs are written, layers may be pushed."""
        described = self._aws.call("codebuild", "BatchGetProjects", names=[project])["projects"][0]
        builder = self.assume(described["serviceRole"], service="codebuild")
        bucket, _, key = described["source"]["location"].partition("/")
        for operation in ("GetBucketAcl", "GetBucketLocation"):
            builder.call("s3", operation, Bucket=bucket)
        builder.call("s3", "ListObjectsV2", Bucket=bucket, Prefix=key)
        builder.call("s3", "GetObject", Bucket=bucket, Key=key)
        logs = described.get("logsConfig", {}).get("cloudWatchLogs", {})
        self._log(builder, logs.get("groupName", f"/aws/codebuild/{project}"))
        builder.call("ecr", "GetAuthorizationToken")
        repository, _tag = destination(described)
        for action in (*PULL, *PUSH):
            builder.ask(action, self._aws.arn("ecr", f"repository/{repository}"))
        return builder

    def task(self, definition: str) -> tuple[dict[str, str], Aws]:
        """Starts a task on Fargate: its variables with the secrets in them, and the API as its container reaches it."""
        described = self._aws.call("ecs", "DescribeTaskDefinition", taskDefinition=definition)["taskDefinition"]
        (container,) = described["containerDefinitions"]
        starter = self.assume(described["executionRoleArn"], service="ecs-tasks")
        self._pull(starter, container["image"])
        self._log(starter, container["logConfiguration"]["options"]["awslogs-group"])
        variables = {entry["name"]: entry["value"] for entry in container["environment"]}
        for secret in container["secrets"]:
            arn, _, key = secret["valueFrom"].rstrip(":").rpartition(":")
            held = starter.call("secretsmanager", "GetSecretValue", SecretId=arn)["SecretString"]
            variables[secret["name"]] = json.loads(held)[key]
        return variables, self.assume(described["taskRoleArn"], service="ecs-tasks")

    def _start(self, container: Aws, address: str, group: str, namespace: str) -> None:
        """What SageMaker does with the role of what it starts: image, logs, metrics."""
        self._pull(container, address)
        self._log(container, group)
        container.ask("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": namespace})

    def _pull(self, container: Aws, address: str) -> None:
        container.call("ecr", "GetAuthorizationToken")
        if image := ecr_image(address):
            for action in PULL:
                container.ask(action, self._aws.arn("ecr", f"repository/{image.repository}"))
            ids = [{"imageDigest": image.digest}]
            container.call("ecr", "BatchGetImage", repositoryName=image.repository, imageIds=ids)

    def _log(self, writer: Aws, group: str) -> None:
        """The group may be the account's own and outlive the stack: asked for, not written."""
        arn = self._aws.arn("logs", f"log-group:{group}:log-stream:")
        for action in ("logs:CreateLogGroup", "logs:DescribeLogStreams"):
            writer.ask(action, arn)
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            writer.ask(action, f"{arn}rehearsal")
