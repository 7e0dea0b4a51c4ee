"""The part of a stack around one endpoint, as Pulumi's engine keeps it, on the modelled control plane."""

from collections.abc import Callable
from typing import Any

import pytest
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderStub

from infra import served
from infra.converged import ConvergedProvider
from infra.retained import Owned, RetainedProvider
from ml.agreed import MODEL_SHA256
from ml.monitoring import restoration
from tests.rehearsal.front.engine import Engine
from tests.rehearsal.front.hosted import GUARDED, Account

OWNED: Owned = {"configs": "shop-dev-", "models": "shop-dev-endpoint-", "stack": "shop-dev"}


class Stack:
    """The part of the program around the endpoint `e`, and what the engine keeps of it.

    The provider of the endpoint reports success when SageMaker is in service again, on whichever configuration
    (github.com/hashicorp/terraform-provider-aws/issues/46663); the engine writes down what was asked for.
    """

    def __init__(self, account: Account, host: ResourceProviderStub, url: str) -> None:
        self.account = account
        self.connection: dict[str, Any] = {
            "region": "eu-west-1",
            "profile": "",
            "endpoints": dict.fromkeys(("sagemaker", "cloudwatch", "s3"), url),
        }
        self.converged, self.retained = Engine(host, ConvergedProvider()), Engine(host, RetainedProvider())
        self.release, self.config, self.made, self.instance = "", "", 0, "ml.m5.large"

    def up(self, release: str, alarm: bool = False) -> str:
        """`pulumi up` of a release; `alarm` goes off in the bake and recovers. The step of Converged."""
        self.retained.up({"endpoint": "e", "owned": OWNED, "connection": self.connection})
        if release != self.release:
            self.config = self.configure(release)
            first, self.release = not self.release, release
            if first:
                self.account.create(self.config, DeploymentConfig=GUARDED)
            else:
                self._update(alarm)
            self.account.clock.step(2)
        return self.converged.up(self.inputs)

    def up_refresh(self) -> str:
        """`pulumi up --refresh`: the endpoint is seen to be gone and made, or on another configuration and updated."""
        if self.converged.id:
            self.converged.refresh()
        if served.look(self.account.sagemaker, "e") is None:
            self.account.create(self.config, DeploymentConfig=GUARDED)
            self.account.clock.step()
        elif self.running != self.config:
            self._update()
            self.account.clock.step(2)
        return self.converged.up(self.inputs)

    def destroy(self) -> None:
        self.converged.destroy()
        self.account.sagemaker.delete_endpoint(EndpointName="e")
        self.account.clock.step()
        self.retained.destroy()

    def configure(self, release: str, stack: str = "shop-dev") -> str:
        """A configuration and a model with names of their own, of a release whose artifact is there."""
        self.made += 1
        model, config = f"shop-dev-endpoint-{release}-{self.made:07}", f"shop-dev-{release}-{self.made:026}"
        self.account.s3.put_object(Bucket="data", Key=f"{model}/model.tar.gz", Body=b"1")
        self.account.model(model, Environment={MODEL_SHA256: release})
        self.account.config(config, model, instance=self.instance)
        for kind, name in (("model", model), ("endpoint-config", config)):
            arn = f"arn:aws:sagemaker:eu-west-1:123456789012:{kind}/{name}"
            self.account.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "Stack", "Value": stack}])
        return config

    def _update(self, alarm: bool = False) -> None:
        self.account.update(self.config, DeploymentConfig=GUARDED)
        self.account.clock.step()
        if alarm:
            self.account.alarm("ALARM")
            self.account.alarm("OK")

    @property
    def inputs(self) -> dict[str, Any]:
        return {
            "endpoint": "e",
            "config": self.config,
            "owned": OWNED,
            "record": f"s3://data/{restoration.key(self.release)}",
            "connection": self.connection,
        }

    @property
    def running(self) -> str:
        return self.account.describe()["EndpointConfigName"]

    @property
    def configs(self) -> set[str]:
        return {
            item["EndpointConfigName"] for item in self.account.sagemaker.list_endpoint_configs()["EndpointConfigs"]
        }

    @property
    def models(self) -> set[str]:
        return {item["ModelName"] for item in self.account.sagemaker.list_models()["Models"]}


def passing(
    stack: Stack,
    monkeypatch: pytest.MonkeyPatch,
    then: Callable[[int], object] = lambda _: None,
    module: Any = served,
) -> list[str]:
    """The states that are waited for; each wait lets one pass."""
    seen: list[str] = []

    def wait(seconds: float) -> None:
        assert seconds == module.WAIT_SECONDS
        seen.append(stack.account.status)
        stack.account.clock.step()
        then(len(seen))

    monkeypatch.setattr(module.time, "sleep", wait)
    return seen
