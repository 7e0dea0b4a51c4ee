"""The load balancer in front of the tracking server: private, TLS alone, logged."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import firewall, metrics, names
from infra.certificate import Certificate
from infra.data import BALANCER_PREFIX, DataLake
from infra.metrics import Metric
from infra.network import Network
from infra.place import Place
from infra.session import connection
from infra.settings import FargateTracking

HTTPS = 443
NAME_LIMIT = 32
HEALTH = "/health"
TLS = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
LOCAL_PORT = 8443
LOCAL = "localhost"
"""What people call the server whose port `make mlflow` brings to their machine."""


@dataclass(frozen=True, kw_only=True)
class BalancerArgs:
    place: Place
    data: DataLake
    network: Network
    settings: FargateTracking
    target_port: int


class Balancer(pulumi.ComponentResource):
    """Takes HTTPS from within the network and hands it on to the server."""

    host: pulumi.Output[str]
    """What clients call it."""
    hosts: list[pulumi.Input[str]]
    """What a request may call it."""
    authority: pulumi.Output[str] | None
    """The authority, PEM, that clients must trust beside those that they do; None for a certificate of the user's."""
    group_id: pulumi.Output[str]
    target_group_arn: pulumi.Output[str]
    """Known once requests come through."""
    certificate_arn: pulumi.Output[str]
    healthy: Metric
    """How many servers answer it."""

    def __init__(self, name: str, args: BalancerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Balancer", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        group = firewall.security_group(
            f"{name}-group", vpc_id=args.network.vpc_id, description="Load balancer of the tracking server", opts=child
        )
        balancer = aws.lb.LoadBalancer(
            f"{name}-balancer",
            name=names.shorten(f"{args.place.prefix}-mlflow", NAME_LIMIT),
            internal=True,
            load_balancer_type="application",
            subnets=args.network.private_subnets,
            security_groups=[group.id],
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            enable_deletion_protection=args.data.protect,
            access_logs={"enabled": True, "bucket": args.data.logs, "prefix": BALANCER_PREFIX},
            opts=child,
        )
        target = aws.lb.TargetGroup(
            f"{name}-target",
            # Six characters at most, with a random end behind them.
            name_prefix=names.content_hash(args.place.prefix)[:6],
            vpc_id=args.network.vpc_id,
            target_type="ip",
            protocol="HTTP",
            port=args.target_port,
            deregistration_delay=30,
            health_check={"path": HEALTH, "matcher": "200", "interval": 30, "healthy_threshold": 2},
            opts=child,
        )
        self.host = pulumi.Output.from_input(args.settings.domain or balancer.dns_name)
        self.authority, self.certificate_arn = None, pulumi.Output.from_input(args.settings.certificate or "")
        if args.settings.certificate is None:
            certificate = Certificate(
                f"{name}-certificate",
                names=[balancer.dns_name, LOCAL],
                tags=dict(args.place.tags),
                connection=connection(args.place.region),
                opts=child,
            )
            self.authority, self.certificate_arn = certificate.authority, certificate.arn
        listener = aws.lb.Listener(
            f"{name}-listener",
            load_balancer_arn=balancer.arn,
            port=HTTPS,
            protocol="HTTPS",
            ssl_policy=TLS,
            certificate_arn=self.certificate_arn,
            default_actions=[{"type": "forward", "target_group_arn": target.arn}],
            opts=child,
        )
        self.hosts = [self.host, f"{LOCAL}:{LOCAL_PORT}"]
        self.group_id = group.id
        self.target_group_arn = pulumi.Output.all(target.arn, listener.arn).apply(lambda arns: arns[0])
        self.healthy = metrics.healthy(balancer.arn_suffix, target.arn_suffix)
        self.register_outputs({"host": self.host})
