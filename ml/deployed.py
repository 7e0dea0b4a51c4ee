"""The endpoint on SageMaker, as far as the monitor may touch it: what it runs, and back to what it ran before."""

import time
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.exceptions import ClientError

from ml.agreed import MODEL_SHA256
from ml.releases import RefusedError, Running

VARIANT, SERVERLESS = "champion", "serverless"
COUNTS_STAY: dict[str, Any] = {
    "RetainAllVariantProperties": True,
    "ExcludeRetainedVariantProperties": [
        {"VariantPropertyType": kind} for kind in ("DesiredWeight", "DataCaptureConfig")
    ],
}
"""So an update leaves each variant as many instances as scaling gave it, and takes the rest from the configuration:
docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateEndpoint.html"""
REFUSALS = ("ValidationException", "ResourceLimitExceeded")
WAIT_SECONDS = 10.0
LIMIT_SECONDS = 1800
"""How long an update may take; the job that waits for it has an hour."""


class EndpointError(Exception):
    """The endpoint did not come to run what it was told to."""


class SageMakerEndpoint:
    """One endpoint, under the caller's own role."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._sagemaker = boto3.client("sagemaker")

    def running(self) -> Running | None:
        """What it runs; None while something is under way, or where it failed or is not there."""
        try:
            seen = self._sagemaker.describe_endpoint(EndpointName=self.name)
        except ClientError as error:
            if _is_missing(error):
                return None
            raise
        if seen["EndpointStatus"] != "InService":
            return None
        config = seen["EndpointConfigName"]
        known = self._sagemaker.describe_endpoint_config(EndpointConfigName=config)
        (model,) = [each["ModelName"] for each in known["ProductionVariants"] if each["VariantName"] == VARIANT]
        container: dict[str, Any] = self._sagemaker.describe_model(ModelName=model)["PrimaryContainer"]
        sha256 = container.get("Environment", {}).get(MODEL_SHA256, "")
        # No rollout of a configuration begins before it was made.
        return Running(config=config, sha256=sha256, since=known["CreationTime"], shape=shape(known))

    def has(self, config: str) -> bool:
        """Whether a configuration is still there: the collector keeps the last ones only."""
        try:
            self._sagemaker.describe_endpoint_config(EndpointConfigName=config)
        except ClientError as error:
            if _is_missing(error):
                return False
            raise
        return True

    def switch(self, config: str) -> None:
        """Gives all traffic to a configuration at once, without a bake: it has served before.

        Raises RefusedError where SageMaker does not begin, and EndpointError where the endpoint does not run it after
        `LIMIT_SECONDS`, or SageMaker went back.
        """
        target = self._sagemaker.describe_endpoint_config(EndpointConfigName=config)
        stays = {} if _mode(target) == SERVERLESS else {**COUNTS_STAY, **self._guarded_as_before()}
        try:
            self._sagemaker.update_endpoint(EndpointName=self.name, EndpointConfigName=config, **stays)
        except ClientError as error:
            # While something else is under way, any configuration is refused.
            if error.response["Error"]["Code"] not in REFUSALS or self.running() is None:
                raise
            raise RefusedError(error.response["Error"]["Message"]) from error
        deadline = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < deadline:
            seen = self._sagemaker.describe_endpoint(EndpointName=self.name)
            if seen["EndpointStatus"] in ("InService", "Failed"):
                if (seen["EndpointStatus"], seen["EndpointConfigName"]) == ("InService", config):
                    return
                raise EndpointError(
                    f"the endpoint {self.name} is {seen['EndpointStatus']} on {seen['EndpointConfigName']}, expected "
                    f"InService on {config}. {seen.get('FailureReason', '')}"
                )
            time.sleep(WAIT_SECONDS)
        raise EndpointError(f"the endpoint {self.name} does not run {config} after {LIMIT_SECONDS // 60} minutes")

    def _guarded_as_before(self) -> dict[str, Any]:
        """At once, and under the alarms of the last update: SageMaker keeps what an update names, and forgets the rest.

        An endpoint that had lost its alarms would be replaced by `pulumi up --refresh`: the provider cannot add them.
        """
        last = self._sagemaker.describe_endpoint(EndpointName=self.name).get("LastDeploymentConfig", {})
        if not (alarms := last.get("AutoRollbackConfiguration")):
            return {}
        at_once = {"TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}}
        return {"DeploymentConfig": {"BlueGreenUpdatePolicy": at_once, "AutoRollbackConfiguration": alarms}}


def shape(config: Mapping[str, Any]) -> str:
    """The mode of a configuration and its variants' names, as DescribeEndpointConfig tells them."""
    return " ".join([_mode(config), *sorted(variant["VariantName"] for variant in config["ProductionVariants"])])


def _mode(config: Mapping[str, Any]) -> str:
    if any(variant.get("ServerlessConfig") for variant in config["ProductionVariants"]):
        return SERVERLESS
    return "async" if config.get("AsyncInferenceConfig") else "real-time"


def _is_missing(error: ClientError) -> bool:
    """SageMaker has no code of its own for what is not there."""
    return "Could not find" in str(error)
