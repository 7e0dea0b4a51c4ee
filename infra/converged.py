"""A dynamic resource that fails `pulumi up` while the endpoint runs another configuration than the program asks for.

SageMaker rolls a failed update back. The provider reports that as a success where it looks after the rollback
(github.com/hashicorp/terraform-provider-aws/issues/46663), and else an error that is forgotten by the next run.
"""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from infra import retained, served
from infra.retained import Owned
from infra.served import Served
from infra.session import client, given

INPUTS = ("endpoint", "config", "owned", "record", "connection")


class NotConvergedError(Exception):
    """The endpoint does not run what was asked for."""


class ConvergedProvider(ResourceProvider):
    """Makes nothing: asks what the endpoint runs, and then removes the configurations that it has left behind.

    Where it raises, Pulumi's state stays as it was: without the resource, or with the configuration that ran before.
    The next `pulumi up` then asks again.
    """

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        return given(news, INPUTS)

    def create(self, props: dict[str, Any]) -> CreateResult:
        _converge(props)
        return CreateResult(props["endpoint"], props)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        if any(_olds.get(name) != _news.get(name) for name in INPUTS):
            return DiffResult(changes=True)
        # It had converged; who has moved the endpoint since then did not tell Pulumi.
        seen = served.look(client("sagemaker", _news["connection"]), _news["endpoint"])
        return DiffResult(changes=seen is None or not seen.runs(_news["config"]))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        _converge(_news)
        return UpdateResult(_news)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        seen = served.look(client("sagemaker", props["connection"]), props["endpoint"])
        # Without an id, Pulumi forgets the resource.
        return ReadResult(id_, {**props, "config": seen.config}) if seen else ReadResult(None, {})


def _converge(props: dict[str, Any]) -> None:
    """Raises NotConvergedError unless the endpoint comes to rest on the configuration asked for."""
    sagemaker, endpoint, config = client("sagemaker", props["connection"]), props["endpoint"], props["config"]
    seen = served.settled(sagemaker, endpoint)
    if seen is None:
        raise NotConvergedError(f"there is no endpoint {endpoint}, expected it on {config}: run `pulumi up --refresh`")
    if not seen.runs(config):
        raise NotConvergedError(
            f"the endpoint {endpoint} is {seen.status} on the configuration {seen.config}, expected InService on "
            f"{config}. {_why(props, sagemaker, seen)} `pulumi up` fails until the endpoint runs what the program asks "
            f"for: {_way_out(seen, endpoint)}."
        )
    retained.collect(sagemaker, props["owned"], serving=config, keep=retained.KEPT)


def _way_out(seen: Served, endpoint: str) -> str:
    if seen.status == served.FAILED:
        return served.way_out(endpoint)
    return (
        "take the change of Pulumi.<env>.yaml back and run `pulumi up`, or remove the cause and try the update again "
        "with `pulumi up --refresh`"
    )


def _why(props: dict[str, Any], sagemaker: Any, seen: Served) -> str:
    """What rolled the update back, as far as the services tell."""
    # No update to a configuration began before it was made.
    asked = sagemaker.describe_endpoint_config(EndpointConfigName=props["config"])
    alarms = served.tripped(client("cloudwatch", props["connection"]), seen.alarms, asked["CreationTime"])
    if restored := _restored(props):
        return restored
    told = [f"SageMaker's reason: {seen.reason}"] if seen.reason else []
    told += [f"It was rolled back by an alarm: {', '.join(alarms)}."] if alarms else []
    log_group = f"/aws/sagemaker/Endpoints/{props['endpoint']}"
    return " ".join(told) or f"SageMaker gives no reason and no alarm went off: see the log group {log_group}."


def _restored(props: dict[str, Any]) -> str:
    """That the monitor took this release back, with its reasons; empty where it did not, or where nobody may know."""
    bucket, _, key = props["record"].removeprefix("s3://").partition("/")
    s3 = client("s3", props["connection"])
    try:
        record = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        return (
            f"The monitor gave the endpoint back to release {record['to']['release'][:12]} on labels, at "
            f"{record['at']} ({record['outcome']}): {'; '.join(record['reasons'])}. The record is {props['record']}: "
            "revert the pull request that brought this release, or promote another."
        )
    except (s3.exceptions.ClientError, ValueError, KeyError, TypeError):
        return ""


class Converged(Resource, name="Converged"):
    """The configuration that an endpoint does run."""

    config: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        endpoint: pulumi.Input[str],
        config: pulumi.Input[str],
        owned: Owned,
        record: pulumi.Input[str],
        connection: Mapping[str, Any],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """
        Args:
            endpoint: the name of the endpoint, as the endpoint gives it: this must come after it.
            config: the name of the configuration that the endpoint was told to run.
            record: where the monitor would say that it took the release of this configuration back.
        """
        props = {"endpoint": endpoint, "config": config, "owned": owned, "record": record, "connection": connection}
        super().__init__(ConvergedProvider(), name, props, opts)
