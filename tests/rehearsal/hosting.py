"""Two releases that an endpoint of the rehearsal runs by turns, as an administrator rolls them out."""

import time
from datetime import datetime, timedelta

from infra.rehearsal.rehearse import Rehearsal
from ml import agreed, deployed, releases
from ml.monitoring import restoration
from ml.releases import Running
from ml.wiring import Wiring


class Hosting:
    """The endpoint with a configuration of a good release and one of a worse, both beside the program's own."""

    def __init__(self, rehearsal: Rehearsal, wiring: Wiring, *, good: str, worse: str, since: datetime) -> None:
        # The modelled control plane takes a tenth of a second for a state.
        deployed.WAIT_SECONDS = 0.05
        self._aws, self._endpoint, self._models = rehearsal.aws, wiring.endpoint_name, wiring.models_bucket
        self._good, self._worse, self._since = good, worse, since
        self._configs = {sha256: self._configure(sha256) for sha256 in (good, worse)}

    def release_the_worse_one(self) -> None:
        """The good one served before training's end, and the worse one since; nothing was restored yet."""
        record = restoration.key(self._worse)
        self._aws.call("s3", "DeleteObject", Bucket=self._models, Key=record)
        seen = [
            Running(config=self._configs[sha256], sha256=sha256, since=since, shape=self._shape(sha256))
            for sha256, since in ((self._good, self._since - timedelta(days=7)), (self._worse, self._since))
        ]
        place = f"{agreed.SERVED}{self._endpoint}.json"
        self._aws.call("s3", "PutObject", Bucket=self._models, Key=place, Body=releases.dump(seen))
        self._settle()
        if self._running() != self._configs[self._worse]:
            config = self._configs[self._worse]
            self._aws.call("sagemaker", "UpdateEndpoint", EndpointName=self._endpoint, EndpointConfigName=config)
            self._settle()

    def runs_the_good_one(self) -> bool:
        return self._running() == self._configs[self._good]

    def _shape(self, sha256: str) -> str:
        config = self._configs[sha256]
        return deployed.shape(self._aws.call("sagemaker", "DescribeEndpointConfig", EndpointConfigName=config))

    def _running(self) -> str:
        return self._aws.call("sagemaker", "DescribeEndpoint", EndpointName=self._endpoint)["EndpointConfigName"]

    def _settle(self) -> None:
        while (
            self._aws.call("sagemaker", "DescribeEndpoint", EndpointName=self._endpoint)["EndpointStatus"]
            != "InService"
        ):
            time.sleep(0.05)

    def _configure(self, sha256: str) -> str:
        """A configuration like the one that runs, of a model with another bundle."""
        known = self._aws.call("sagemaker", "DescribeEndpointConfig", EndpointConfigName=self._running())
        (variant,) = known["ProductionVariants"]
        model = self._aws.call("sagemaker", "DescribeModel", ModelName=variant["ModelName"])
        container = model["PrimaryContainer"]
        name = f"{self._endpoint}-endpoint-{sha256[:12]}"
        self._aws.call(
            "sagemaker",
            "CreateModel",
            ModelName=name,
            ExecutionRoleArn=model["ExecutionRoleArn"],
            PrimaryContainer={
                "Image": container["Image"],
                "Environment": {**container["Environment"], agreed.MODEL_SHA256: sha256},
            },
        )
        config = f"{self._endpoint}-{sha256[:12]}"
        self._aws.call(
            "sagemaker",
            "CreateEndpointConfig",
            EndpointConfigName=config,
            ProductionVariants=[{**variant, "ModelName": name}],
            KmsKeyId=known["KmsKeyId"],
        )
        return config
