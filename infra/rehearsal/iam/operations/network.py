"""VPCs and what is in them.

Source: the page list_amazonec2 of https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from infra.rehearsal.iam.facts import Call, Facts, Need
from infra.rehearsal.iam.operations.rows import Row, Table


def _disassociated(call: Call, facts: Facts) -> list[Need]:
    """The request names the association; what is asked for is its route table."""
    table = facts.route_table(call.parameters["AssociationId"]) or "*"
    arn = f"arn:aws:ec2:{call.region}:{facts.number}:route-table/{table}"
    return [Need(action="ec2:DisassociateRouteTable", resource=arn)]


VPC, SUBNET, ROUTES = "vpc/{VpcId}", "subnet/{SubnetId}", "route-table/{RouteTableId}"
GATEWAY, GROUP, LIST = "internet-gateway/{InternetGatewayId}", "security-group/{GroupId}", "network-acl/{NetworkAclId}"
LOOKS = """
DescribeAddresses DescribeAvailabilityZones DescribeFlowLogs DescribeInternetGateways DescribeNatGateways
DescribeNetworkAcls DescribePrefixLists DescribeRegions DescribeRouteTables DescribeSecurityGroupRules
DescribeSecurityGroups DescribeSubnets DescribeVpcEndpoints DescribeVpcs
"""
EC2 = Table(
    prefix="ec2",
    arn="arn:aws:ec2:{region}:{account}:",
    tagging="ec2:CreateTags",
    tagging_key="ec2:CreateAction",
    rows={
        **dict.fromkeys(LOOKS.split(), "*"),
        "AllocateAddress": "elastic-ip/*",
        "AssociateRouteTable": Row(on=(SUBNET, ROUTES)),
        "AttachInternetGateway": Row(on=(GATEWAY, VPC)),
        "AuthorizeSecurityGroupEgress": GROUP,
        "AuthorizeSecurityGroupIngress": GROUP,
        "CreateFlowLogs": Row(on=("vpc-flow-log/*", "vpc/{ResourceIds[]}")),
        "CreateInternetGateway": "internet-gateway/*",
        "CreateNatGateway": Row(on=("natgateway/*", SUBNET, "elastic-ip/{AllocationId}")),
        "CreateNetworkAclEntry": LIST,
        "CreateRoute": ROUTES,
        "CreateRouteTable": Row(on=("route-table/*", VPC)),
        "CreateSecurityGroup": Row(on=("security-group/*", VPC)),
        "CreateSubnet": Row(on=("subnet/*", VPC)),
        "CreateVpc": "vpc/*",
        "CreateVpcEndpoint": Row(on=("vpc-endpoint/*", VPC)),
        "DeleteFlowLogs": "vpc-flow-log/{FlowLogIds[]}",
        "DeleteInternetGateway": GATEWAY,
        "DeleteNatGateway": "natgateway/{NatGatewayId}",
        "DeleteNetworkAclEntry": LIST,
        "DeleteRoute": ROUTES,
        "DeleteRouteTable": ROUTES,
        "DeleteSecurityGroup": GROUP,
        "DeleteSubnet": SUBNET,
        "DeleteVpc": VPC,
        "DeleteVpcEndpoints": "vpc-endpoint/{VpcEndpointIds[]}",
        "DetachInternetGateway": Row(on=(GATEWAY, VPC)),
        "DisassociateRouteTable": _disassociated,
        "ModifyVpcAttribute": VPC,
        "ReleaseAddress": "elastic-ip/{AllocationId|*}",
        "RevokeSecurityGroupEgress": GROUP,
        "RevokeSecurityGroupIngress": GROUP,
    },
)
