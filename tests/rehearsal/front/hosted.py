"""An account that can host endpoints, and deployments of them."""

import json
from typing import Any

ROLE = "arn:aws:iam::123456789012:role/serving"
REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
ARN = "arn:aws:sagemaker:eu-west-1:123456789012"
IN_PROGRESS = rf'\(ValidationException\).*: Cannot update in-progress endpoint "{ARN}:endpoint/e"\.'
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://data/platform",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}


class Account:
    """An account with an image, an artifact, an alarm, and two configurations, `old` and `new`, of two models."""

    def __init__(self, modelled: Any, clock: Any) -> None:
        self.clock = clock
        self.sagemaker, self.cloudwatch = modelled("sagemaker"), modelled("cloudwatch")
        self.ecr, self.s3 = modelled("ecr"), modelled("s3")
        self.scaling = modelled("application-autoscaling")
        self.ecr.create_repository(repositoryName="app")
        manifest = json.dumps({"schemaVersion": 2, "mediaType": "m", "layers": []})
        image = self.ecr.put_image(repositoryName="app", imageTag="v1", imageManifest=manifest)["image"]
        self.image = f"{REGISTRY}/app@{image['imageId']['imageDigest']}"
        self.s3.create_bucket(Bucket="data", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        for name in ("old", "new"):
            self.s3.put_object(Bucket="data", Key=f"{name}/model.tar.gz", Body=b"1")
            self.model(name)
            self.config(name, name)
        self.cloudwatch.put_metric_alarm(
            AlarmName="errors", EvaluationPeriods=1, ComparisonOperator="GreaterThanThreshold", Threshold=0
        )
        self.clock.step(10)

    def model(self, name: str, **container: Any) -> None:
        container = {"Image": self.image, "ModelDataUrl": f"s3://data/{name}/model.tar.gz", **container}
        self.sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container)

    def config(self, name: str, model: str, *names: str, instance: str = "ml.m5.large", count: int = 2) -> None:
        variants = [
            {
                "VariantName": variant,
                "ModelName": model,
                "InstanceType": instance,
                "InitialInstanceCount": count,
                "InitialVariantWeight": 1,
            }
            for variant in names or ("champion",)
        ]
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=variants, DataCaptureConfig=CAPTURE
        )

    def serverless(self, name: str) -> None:
        variant = {
            "VariantName": "champion",
            "ModelName": "old",
            "ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1},
        }
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])

    def create(self, config: str = "old", **request: Any) -> None:
        self.sagemaker.create_endpoint(EndpointName="e", EndpointConfigName=config, **request)

    def update(self, config: str = "new", **request: Any) -> dict[str, Any]:
        return self.sagemaker.update_endpoint(EndpointName="e", EndpointConfigName=config, **request)

    def describe(self) -> dict[str, Any]:
        return self.sagemaker.describe_endpoint(EndpointName="e")

    def alarm(self, state: str) -> None:
        self.cloudwatch.set_alarm_state(AlarmName="errors", StateValue=state, StateReason="a test")

    @property
    def status(self) -> str:
        return self.describe()["EndpointStatus"]


CANARY = {
    "TrafficRoutingConfiguration": {
        "Type": "CANARY",
        "WaitIntervalInSeconds": 60,
        "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 50},
    }
}
ROLLING = {"MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50}, "WaitIntervalInSeconds": 60}
GUARDED = {
    "BlueGreenUpdatePolicy": CANARY,
    "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]},
}
