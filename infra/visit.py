"""`python -m infra.visit ENV`: opens the private MLflow server on this machine, for as long as somebody looks at it."""

import shutil
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from infra import names, session, stackfiles
from infra.balancer import HTTPS, LOCAL, LOCAL_PORT, NAME_LIMIT
from infra.parsing import SettingsError
from infra.relay import HOURS
from infra.settings import FargateTracking, Settings, UrlTracking
from infra.source import ROOT

AGENT = "ExecuteCommandAgent"
START_SECONDS, LOOK_SECONDS = 240.0, 3.0
DOCUMENT = "AWS-StartPortForwardingSessionToRemoteHost"
PLUGIN = "docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html"
Clients = Callable[[str], Any]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class VisitError(Exception):
    """Why the server cannot be opened, and what to do."""


def needs(settings: Settings) -> None:
    """Raises VisitError where there is no server to open, or where this machine lacks a program."""
    if isinstance(settings.tracking, UrlTracking):
        raise VisitError(f"tracking.mode is url: the server is {settings.tracking.url}, open it there")
    if not isinstance(settings.tracking, FargateTracking):
        raise VisitError(
            "tracking.mode is managed: `aws sagemaker create-presigned-mlflow-app-url --arn` with the ARN that "
            "`pulumi stack output mlflow` prints gives an address for the browser"
        )
    if shutil.which("aws") is None:
        raise VisitError("the AWS CLI is not on the path: install it, docs.aws.amazon.com/cli")
    if shutil.which("session-manager-plugin") is None:
        raise VisitError(f"session-manager-plugin is not on the path: install it, {PLUGIN}")


def credentials(region: str) -> Clients:
    """Makes clients of services. Raises VisitError where there are no credentials that AWS takes."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    made = boto3.Session(region_name=region)
    try:
        made.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise VisitError(f"AWS could not be asked ({error}): {session.remedy(error)}") from None
    return made.client


@contextmanager
def relay(clients: Clients, prefix: str, seconds: float = START_SECONDS) -> Generator[str]:
    """A relay that is ready, as Session Manager names it; it is stopped at the end, whatever happens."""
    ecs = clients("ecs")
    cluster = _cluster(ecs, prefix)
    service = _service(ecs, cluster, prefix)
    placed = {
        "subnets": service["networkConfiguration"]["awsvpcConfiguration"]["subnets"],
        "securityGroups": [_group(clients("ec2"), prefix)],
        "assignPublicIp": "DISABLED",
    }
    started = ecs.run_task(
        cluster=cluster,
        taskDefinition=f"{prefix}-mlflow-relay",
        launchType="FARGATE",
        enableExecuteCommand=True,
        networkConfiguration={"awsvpcConfiguration": placed},
    )
    if not started["tasks"]:
        reasons = "; ".join(failure.get("reason", "no reason is given") for failure in started["failures"])
        raise VisitError(f"ECS starts no relay: {reasons}")
    task = started["tasks"][0]["taskArn"]
    try:
        runtime = _ready(ecs, cluster, task, seconds)
        yield f"ecs:{cluster.rpartition('/')[2]}_{task.rpartition('/')[2]}_{runtime}"
    finally:
        ecs.stop_task(cluster=cluster, task=task, reason="the visit is over")


def _cluster(ecs: Any, prefix: str) -> str:
    arns = [arn for page in ecs.get_paginator("list_clusters").paginate() for arn in page["clusterArns"]]
    found = [arn for arn in arns if arn.rpartition("/")[2].startswith(f"{prefix}-mlflow-")]
    if len(found) != 1:
        raise VisitError(f"there is no cluster {prefix}-mlflow-... here: run `pulumi up`, or sign in to its account")
    return found[0]


def _service(ecs: Any, cluster: str, prefix: str) -> dict[str, Any]:
    arns = ecs.list_services(cluster=cluster)["serviceArns"]
    if not arns:
        raise VisitError(f"the cluster of {prefix} has no service: run `pulumi up`")
    return ecs.describe_services(cluster=cluster, services=arns)["services"][0]


def _group(ec2: Any, prefix: str) -> str:
    named = [{"Name": "group-name", "Values": [f"{prefix}-mlflow-relay-group-*"]}]
    groups = ec2.describe_security_groups(Filters=named)["SecurityGroups"]
    if not groups:
        raise VisitError(f"there is no security group {prefix}-mlflow-relay-group-...: run `pulumi up`")
    return groups[0]["GroupId"]


def _ready(ecs: Any, cluster: str, task: str, seconds: float) -> str:
    """The id of the container, once Session Manager's agent runs in it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        seen = ecs.describe_tasks(cluster=cluster, tasks=[task])["tasks"][0]
        if seen["lastStatus"] == "STOPPED":
            raise VisitError(f"the relay stopped: {seen.get('stoppedReason', 'no reason is given')}")
        for container in seen["containers"]:
            agents = {agent["name"]: agent["lastStatus"] for agent in container.get("managedAgents", ())}
            if agents.get(AGENT) == "RUNNING":
                return container["runtimeId"]
        time.sleep(LOOK_SECONDS)
    raise VisitError(f"the relay was not ready after {seconds:.0f} s: see its log group, /aws/ecs/...-mlflow-relay")


def forward(target: str, host: str, region: str) -> int:
    """Brings the server's port to this machine until the session ends; its exit code."""
    given = f"host={host},portNumber={HTTPS},localPortNumber={LOCAL_PORT}"
    command = ["aws", "ssm", "start-session", "--region", region, "--target", target]
    return subprocess.run([*command, "--document-name", DOCUMENT, "--parameters", given], check=False).returncode  # noqa: S603


def address(clients: Clients, prefix: str) -> str:
    """The load balancer's own name."""
    found = clients("elbv2").describe_load_balancers(Names=[names.shorten(f"{prefix}-mlflow", NAME_LIMIT)])
    return found["LoadBalancers"][0]["DNSName"]


@contextmanager
def refusals_told() -> Generator[None]:
    """What AWS refuses, as a VisitError that says what was asked."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise VisitError(f"{error}: docs/tracking.md lists what a visit needs") from None


@app.command()
def main(
    env: Annotated[str, typer.Argument(help="The environment, such as prod.")],
    root: Annotated[Path, typer.Option(help="The project's folder.")] = ROOT,
) -> None:
    """Opens the environment's private MLflow server on this machine, until Ctrl-C.

    Starts a relay in the stack's network, which costs less than a cent an hour and is stopped at the end, or by itself
    after some hours. Exit codes: 0 opened and closed, 1 the session failed, 2 it cannot be opened: the text says why.
    """
    try:
        settings = stackfiles.settings(root, env)
        needs(settings)
        clients = credentials(settings.region)
        typer.echo("starting a relay: about a minute", err=True)
        with refusals_told(), relay(clients, settings.prefix) as target:
            typer.echo(
                f"MLflow is at https://{LOCAL}:{LOCAL_PORT} until Ctrl-C, for {HOURS} hours at most. "
                "The browser does not know its authority. User and password are in Secrets Manager, "
                f"{settings.prefix}-mlflow-admin-...",
                err=True,
            )
            code = forward(target, address(clients, settings.prefix), settings.region)
    except KeyboardInterrupt:
        code = 0
    except (VisitError, SettingsError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    raise typer.Exit(min(code, 1))


if __name__ == "__main__":
    app()
