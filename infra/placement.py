"""Where in the network a job runs, and what its role needs to get there."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pulumi

from infra.permissions import Statement, allow
from infra.place import Place

INTERFACES = (
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
)
LOOKS = (
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
)


@dataclass(frozen=True, kw_only=True)
class Placement:
    """The subnets that a job's network interface may be in, and the security group that it has."""

    place: Place
    subnet_ids: Sequence[pulumi.Output[str]]
    security_group_id: pulumi.Output[str]

    @property
    def vpc_config(self) -> dict[str, Any]:
        """SageMaker's VpcConfig."""
        return {"Subnets": list(self.subnet_ids), "SecurityGroupIds": [self.security_group_id]}

    @cached_property
    def statements(self) -> list[Statement]:
        """What SageMaker does with a job's role: docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html"""
        start = self.place.arn("ec2", "")
        interface = pulumi.Output.concat(start, "network-interface/*")
        within = [pulumi.Output.concat(start, "subnet/", subnet) for subnet in self.subnet_ids]
        within += [pulumi.Output.concat(start, "security-group/", self.security_group_id)]
        return [
            allow(*INTERFACES, on=interface),
            allow("ec2:CreateNetworkInterface", on=within),
            allow(*LOOKS, on="*"),
        ]
