"""The network: private subnets for the tracking server and for the jobs that reach it, and the ways out of them."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import firewall, subnets
from infra.data import DataLake
from infra.permissions import allow, service_role
from infra.place import Place
from infra.placement import Placement
from infra.settings import NetworkSettings

FLOW_LOG_DAYS = 90
HTTPS = 443
ANYWHERE = "0.0.0.0/0"
SERVICES = {
    "events": "the monitor's request for training",
    "ecr.api": "the tracking server's image",
    "ecr.dkr": "the tracking server's image",
    "logs": "the tracking server's log",
    "monitoring": "the jobs' metrics",
    "sagemaker.api": "the monitor's look at the endpoint, and its restoration",
    "secretsmanager": "the passwords of server and jobs",
    "ssmmessages": "people's way to the server",
}
"""What is called from within, beside S3, and what for."""
REPLIES = ((1024, 3388), (3390, 65535))
"""The ports that answers from outside come to, without the one of remote desktops."""


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    place: Place
    data: DataLake
    settings: NetworkSettings


class Network(pulumi.ComponentResource):
    """A VPC in which nothing has a public address but its NAT gateways, and nothing can be reached from outside."""

    vpc_id: pulumi.Output[str]
    private_subnets: list[pulumi.Output[str]]
    """One for each zone."""
    jobs: Placement
    """Where SageMaker's jobs run."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Network", name, {}, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        settings = args.settings

        vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=settings.cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            opts=self._child,
        )
        self.vpc_id = vpc.id
        aws.ec2.DefaultSecurityGroup(f"{name}-closed", vpc_id=vpc.id, ingress=[], egress=[], opts=self._child)
        self._limit_subnets(vpc)
        self._log_flows()

        zones = aws.get_availability_zones_output(
            state="available", filters=[{"name": "opt-in-status", "values": ["opt-in-not-required"]}]
        ).names
        blocks = subnets.zones(settings.cidr, settings.zones)
        tables = []
        self.private_subnets = []
        for index, block in enumerate(blocks):
            subnet, table = self._subnet(f"{name}-private{index}", block.private, zones[index])
            self.private_subnets.append(subnet.id)
            tables.append(table)
        gateways = self._gateways([(block.public, zones[index]) for index, block in enumerate(blocks)])
        for index, table in enumerate(tables):
            if gateways:
                self._route(f"{name}-private{index}-out", table, nat_gateway_id=gateways[index % len(gateways)])

        self._storage = aws.ec2.VpcEndpoint(
            f"{name}-s3",
            vpc_id=vpc.id,
            service_name=f"com.amazonaws.{args.place.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=[table.id for table in tables],
            opts=self._child,
        )
        self._endpoints = None if gateways else self._interface_endpoints()
        jobs = firewall.security_group(f"{name}-jobs", vpc_id=vpc.id, description="SageMaker jobs", opts=self._child)
        self.let_reach_aws(f"{name}-jobs", jobs.id, self._child)
        self.jobs = Placement(place=args.place, subnet_ids=self.private_subnets, security_group_id=jobs.id)
        self.register_outputs({"vpcId": self.vpc_id, "privateSubnets": self.private_subnets})

    def let_reach_aws(self, name: str, group: pulumi.Input[str], opts: pulumi.ResourceOptions) -> None:
        """Lets members of a group call AWS: S3 by its gateway, all else by endpoints, or else by NAT."""
        firewall.let_out(f"{name}-s3", source=group, port=HTTPS, prefix_list=self._storage.prefix_list_id, opts=opts)
        if self._endpoints is None:
            firewall.let_out(f"{name}-nat", source=group, port=HTTPS, cidr=ANYWHERE, opts=opts)
        else:
            firewall.connect(f"{name}-aws", source=group, target=self._endpoints, port=HTTPS, opts=opts)

    def _limit_subnets(self, vpc: aws.ec2.Vpc) -> None:
        """Lets into every subnet what comes from the network, and answers from outside."""
        replies: list[aws.ec2.DefaultNetworkAclIngressArgsDict] = [
            {
                "rule_no": 200 + index,
                "protocol": "tcp",
                "action": "allow",
                "cidr_block": ANYWHERE,
                "from_port": first,
                "to_port": last,
            }
            for index, (first, last) in enumerate(REPLIES)
        ]
        aws.ec2.DefaultNetworkAcl(
            f"{self._name}-limits",
            default_network_acl_id=vpc.default_network_acl_id,
            ingress=[_everything(self._args.settings.cidr), *replies],
            egress=[_everything(ANYWHERE)],
            # The provider would list the subnets that AWS puts into it by itself as a difference.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["subnetIds"]),
        )

    def _log_flows(self) -> None:
        place, name = self._args.place, self._name
        group = aws.cloudwatch.LogGroup(
            f"{name}-flows",
            name=f"/aws/vpc/{name}",
            retention_in_days=FLOW_LOG_DAYS,
            kms_key_id=self._args.data.key_arn,
            opts=self._child,
        )
        streams = place.arn("logs", f"log-group:/aws/vpc/{name}:*")
        role, policy = service_role(
            f"{name}-flows-role",
            service="vpc-flow-logs",
            place=place,
            statements=[
                allow("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents", on=streams),
                allow("logs:DescribeLogGroups", on="*"),
            ],
            opts=self._child,
        )
        aws.ec2.FlowLog(
            f"{name}-flow-log",
            vpc_id=self.vpc_id,
            traffic_type="ALL",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )

    def _subnet(self, name: str, block: str, zone: pulumi.Output[str]) -> tuple[aws.ec2.Subnet, aws.ec2.RouteTable]:
        """A subnet with a route table of its own."""
        subnet = aws.ec2.Subnet(
            name,
            vpc_id=self.vpc_id,
            cidr_block=block,
            availability_zone=zone,
            map_public_ip_on_launch=False,
            opts=self._child,
        )
        table = aws.ec2.RouteTable(f"{name}-routes", vpc_id=self.vpc_id, opts=self._child)
        aws.ec2.RouteTableAssociation(f"{name}-routed", subnet_id=subnet.id, route_table_id=table.id, opts=self._child)
        return subnet, table

    def _route(self, name: str, table: aws.ec2.RouteTable, **target: pulumi.Input[str]) -> aws.ec2.Route:
        return aws.ec2.Route(name, route_table_id=table.id, destination_cidr_block=ANYWHERE, opts=self._child, **target)

    def _gateways(self, public: list[tuple[str, pulumi.Output[str]]]) -> list[pulumi.Output[str]]:
        """The ids of the NAT gateways, each in a public subnet of its own."""
        count = {"none": 0, "one": 1, "per-zone": len(public)}[self._args.settings.nat]
        if not count:
            return []
        internet = aws.ec2.InternetGateway(f"{self._name}-internet", vpc_id=self.vpc_id, opts=self._child)
        gateways = []
        for index, (block, zone) in enumerate(public[:count]):
            name = f"{self._name}-public{index}"
            subnet, table = self._subnet(name, block, zone)
            out = self._route(f"{name}-out", table, gateway_id=internet.id)
            address = aws.ec2.Eip(f"{name}-address", domain="vpc", opts=self._child)
            gateway = aws.ec2.NatGateway(
                f"{name}-nat",
                subnet_id=subnet.id,
                allocation_id=address.id,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[out]),
            )
            gateways.append(gateway.id)
        return gateways

    def _interface_endpoints(self) -> pulumi.Output[str]:
        """An endpoint in every zone for each of the services, and the group that they are in."""
        group = firewall.security_group(
            f"{self._name}-endpoints", vpc_id=self.vpc_id, description="Endpoints of AWS services", opts=self._child
        )
        for service in SERVICES:
            aws.ec2.VpcEndpoint(
                f"{self._name}-{service.replace('.', '-')}",
                vpc_id=self.vpc_id,
                service_name=f"com.amazonaws.{self._args.place.region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=self.private_subnets,
                security_group_ids=[group.id],
                opts=self._child,
            )
        return group.id


def needed_network(name: str, place: Place, data: DataLake, settings: NetworkSettings | None) -> Network | None:
    """The network that the settings ask for."""
    return Network(name, NetworkArgs(place=place, data=data, settings=settings)) if settings else None


def _everything(cidr: str) -> aws.ec2.DefaultNetworkAclIngressArgsDict:
    """Lets everything through that comes from addresses, or goes to them."""
    return {"rule_no": 100, "protocol": "-1", "action": "allow", "cidr_block": cidr, "from_port": 0, "to_port": 0}
