"""MLflow on Fargate: the image, its passwords, the task and the service that keeps one running."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import alarms, database, documents, firewall
from infra.alarm import Alarm
from infra.balancer import Balancer, BalancerArgs
from infra.data import DataLake
from infra.database import Database, DatabaseArgs
from infra.image import Image, ImageArgs
from infra.network import Network
from infra.password import KEY, Password
from infra.permissions import Statement, allow, objects, pull_image, read_key, service_role, use_key, write_logs
from infra.place import Place
from infra.relay import Relay, RelayArgs
from infra.session import connection
from infra.settings import FargateTracking, ImageSettings
from infra.source import TRACKING
from tracking.configuration import CLIENT, PORT, variable

CPU, MEMORY_MB = 512, 1024
"""One worker of MLflow takes 500 MB, and what prepares the database as much again before it starts."""
LOG_DAYS = 90
START_SECONDS = 300
"""How long the load balancer waits for a task that migrates the database."""
SCRATCH = "/scratch"
"""As tracking/Dockerfile has it: the one folder that can be written to."""
USER = "1000:1000"


@dataclass(frozen=True, kw_only=True)
class MlflowServerArgs:
    place: Place
    data: DataLake
    network: Network
    artifacts: str
    """The prefix of the models bucket that the server keeps artifacts under."""
    settings: FargateTracking


class MlflowServer(pulumi.ComponentResource):
    """A private MLflow server that its clients reach by HTTPS, with a user and a password."""

    url: pulumi.Output[str]
    access_arn: pulumi.Output[str]
    """The secret that holds what the stack's jobs need: user, password, and the authority to trust."""
    alarms: list[Alarm]

    def __init__(self, name: str, args: MlflowServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:MlflowServer", name, {}, opts)
        self._name, self._args = name, args
        self._child = child = pulumi.ResourceOptions(parent=self)
        place, data, network = args.place, args.data, args.network

        image = Image(
            # Short: the names of its roles have to fit.
            f"{place.prefix}-mlimage",
            ImageArgs(place=place, data=data, settings=ImageSettings(), recipe=TRACKING),
            child,
        )
        balancer = Balancer(
            f"{name}-front",
            BalancerArgs(place=place, data=data, network=network, settings=args.settings, target_port=PORT),
            child,
        )
        store = Database(
            f"{name}-db", DatabaseArgs(place=place, data=data, network=network, settings=args.settings), child
        )
        group = firewall.security_group(
            f"{name}-group", vpc_id=network.vpc_id, description="The tracking server", opts=child
        )
        edges = {
            "jobs-front": (network.jobs.security_group_id, balancer.group_id, 443),
            "front-server": (balancer.group_id, group.id, PORT),
            "server-db": (group.id, store.group_id, database.PORT),
        }
        for edge, (source, target, port) in edges.items():
            firewall.connect(f"{name}-{edge}", source=source, target=target, port=port, opts=child)
        network.let_reach_aws(f"{name}-server", group.id, child)

        authority: dict[str, pulumi.Input[str]] = {"authority": balancer.authority} if balancer.authority else {}
        admin, _ = self._secret("admin", {"username": "admin"})
        session, _ = self._secret("session", {})
        access, version = self._secret("access", {"username": CLIENT, **authority})
        passwords = {"admin_password": admin, "client_password": access, "session_key": session}
        task = self._task(image, balancer, store, passwords)
        cluster = aws.ecs.Cluster(
            f"{name}-cluster", settings=[{"name": "containerInsights", "value": "enabled"}], opts=child
        )
        aws.ecs.Service(
            f"{name}-service",
            cluster=cluster.arn,
            task_definition=task.arn,
            desired_count=1,
            launch_type="FARGATE",
            platform_version="LATEST",
            network_configuration={
                "subnets": network.private_subnets,
                "security_groups": [group.id],
                "assign_public_ip": False,
            },
            load_balancers=[
                {"target_group_arn": balancer.target_group_arn, "container_name": "mlflow", "container_port": PORT}
            ],
            health_check_grace_period_seconds=START_SECONDS,
            deployment_circuit_breaker={"enable": True, "rollback": True},
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            propagate_tags="SERVICE",
            opts=child,
        )
        Relay(
            f"{place.prefix}-mlflow-relay",
            RelayArgs(place=place, data=data, network=network, balancer=balancer, image=image),
            child,
        )
        self.alarms = alarms.of_tracking(balancer.healthy, balancer.certificate_arn, store.identifier)
        self.url = pulumi.Output.concat("https://", balancer.host)
        # Known once the secret has a value.
        self.access_arn = pulumi.Output.all(access, version).apply(lambda values: values[0])
        self.register_outputs({"url": self.url, "accessArn": self.access_arn})

    @property
    def client_statements(self) -> list[Statement]:
        """What a role needs to talk to the server."""
        return [allow("secretsmanager:GetSecretValue", on=self.access_arn), read_key(self._args.data.key_arn)]

    def _secret(
        self, purpose: str, beside: dict[str, pulumi.Input[str]]
    ) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        """The ARN of a secret with a password in it, and the version of its value."""
        name, data = f"{self._name}-{purpose}", self._args.data
        secret = aws.secretsmanager.Secret(
            name,
            description=f"MLflow of {self._args.place.prefix}: {purpose}",
            kms_key_id=data.key_arn,
            recovery_window_in_days=30 if data.protect else 0,
            opts=self._child,
        )
        at = connection(self._args.place.region)
        version = Password(
            f"{name}-password", secret=secret.arn, beside=beside, connection=at, opts=self._child
        ).version
        # Nothing reads the secret before it has a value.
        return pulumi.Output.all(secret.arn, version).apply(lambda values: values[0]), version

    def _task(
        self, image: Image, balancer: Balancer, store: Database, secrets: Mapping[str, pulumi.Output[str]]
    ) -> aws.ecs.TaskDefinition:
        name, place, data = self._name, self._args.place, self._args.data
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"/aws/ecs/{name}",
            retention_in_days=LOG_DAYS,
            kms_key_id=data.key_arn,
            opts=self._child,
        )
        starter, starter_policy = service_role(
            f"{name}-starter",
            service="ecs-tasks",
            place=place,
            statements=[
                *pull_image(image.repository_arn),
                write_logs(place, f"/aws/ecs/{name}"),
                allow("secretsmanager:GetSecretValue", on=list(secrets.values())),
                read_key(data.key_arn),
            ],
            opts=self._child,
        )
        role, policy = service_role(
            f"{name}-role",
            service="ecs-tasks",
            place=place,
            statements=[
                *objects(data.models, write=[self._args.artifacts]),
                allow("secretsmanager:GetSecretValue", on=store.secret_arn),
                use_key(data.key_arn),
            ],
            opts=self._child,
        )
        told = {
            # Its security group lets the load balancer in alone.
            "address": "0.0.0.0",  # noqa: S104
            "port": str(PORT),
            "database_host": store.host,
            "database_port": str(database.PORT),
            "database_name": database.NAME,
            "database_secret": store.secret_arn,
            "artifacts": pulumi.Output.concat("s3://", data.models, "/", self._args.artifacts.rstrip("/")),
            "hosts": pulumi.Output.all(*balancer.hosts).apply(",".join),
        }
        container = {
            "name": "mlflow",
            "image": image.uri,
            "essential": True,
            "user": USER,
            "privileged": False,
            "readonlyRootFilesystem": True,
            "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
            "portMappings": [{"containerPort": PORT, "protocol": "tcp"}],
            "mountPoints": [{"sourceVolume": "scratch", "containerPath": SCRATCH, "readOnly": False}],
            "environment": [
                {"name": "AWS_REGION", "value": place.region},
                {"name": "AWS_DEFAULT_REGION", "value": place.region},
                *({"name": variable(field), "value": value} for field, value in told.items()),
            ],
            "secrets": [
                {"name": variable(field), "valueFrom": pulumi.Output.concat(arn, f":{KEY}::")}
                for field, arn in secrets.items()
            ],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": logs.name,
                    "awslogs-region": place.region,
                    "awslogs-stream-prefix": "mlflow",
                },
            },
        }
        return aws.ecs.TaskDefinition(
            f"{name}-task",
            family=name,
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(CPU),
            memory=str(MEMORY_MB),
            runtime_platform={"operating_system_family": "LINUX", "cpu_architecture": "ARM64"},
            execution_role_arn=starter.arn,
            task_role_arn=role.arn,
            volumes=[{"name": "scratch"}],
            container_definitions=documents.dumps([container]),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[starter_policy, policy]),
        )
