"""The relay: a task that people start to reach the tracking server, and that may do nothing else.

Session Manager forwards a port through it. Its agent writes to the container's files, which the server's own task does
not let anybody do: github.com/aws/containers-roadmap/issues/1359.
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import documents, firewall
from infra.balancer import Balancer
from infra.data import DataLake
from infra.image import Image
from infra.network import HTTPS, Network
from infra.permissions import CHANNELS, allow, pull_image, service_role, write_logs
from infra.place import Place

HOURS = 4
"""After which the task ends, whoever forgot it."""
LOG_DAYS = 90


@dataclass(frozen=True, kw_only=True)
class RelayArgs:
    place: Place
    data: DataLake
    network: Network
    balancer: Balancer
    image: Image
    """Any that can wait: the server's own is there already."""


class Relay(pulumi.ComponentResource):
    """The definition of the task; `make mlflow` starts one and stops it."""

    family: pulumi.Output[str]

    def __init__(self, name: str, args: RelayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Relay", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        group = firewall.security_group(
            f"{name}-group", vpc_id=args.network.vpc_id, description="Relay that brings people to MLflow", opts=child
        )
        firewall.connect(f"{name}-front", source=group.id, target=args.balancer.group_id, port=HTTPS, opts=child)
        args.network.let_reach_aws(f"{name}-group", group.id, child)
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"/aws/ecs/{name}",
            retention_in_days=LOG_DAYS,
            kms_key_id=args.data.key_arn,
            opts=child,
        )
        starter, starter_policy = service_role(
            f"{name}-starter",
            service="ecs-tasks",
            place=args.place,
            statements=[*pull_image(args.image.repository_arn), write_logs(args.place, f"/aws/ecs/{name}")],
            opts=child,
        )
        role, policy = service_role(
            f"{name}-role",
            service="ecs-tasks",
            place=args.place,
            statements=[allow(*CHANNELS, on="*")],
            opts=child,
        )
        waits = f"import time; time.sleep({HOURS * 3600})"
        container = {
            "name": "relay",
            "image": args.image.uri,
            "essential": True,
            "user": "1000:1000",
            "entryPoint": ["python", "-c", waits],
            "linuxParameters": {"initProcessEnabled": True},
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": logs.name,
                    "awslogs-region": args.place.region,
                    "awslogs-stream-prefix": "relay",
                },
            },
        }
        task = aws.ecs.TaskDefinition(
            f"{name}-task",
            family=name,
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu="256",
            memory="512",
            runtime_platform={"operating_system_family": "LINUX", "cpu_architecture": "ARM64"},
            execution_role_arn=starter.arn,
            task_role_arn=role.arn,
            container_definitions=documents.dumps([container]),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[starter_policy, policy]),
        )
        self.family = task.family
        self.register_outputs({"family": self.family})
