"""VPCs, subnets, and the ways in and out of them."""

from typing import Any

from infra.rehearsal.aws import Aws
from infra.rehearsal.entry import Entry, Inputs, Made


def tagged(inputs: Inputs, kind: str) -> Inputs:
    """The inputs with their tags in EC2's own form."""
    rest = {name: value for name, value in inputs.items() if name != "tagsAll"}
    pairs = [{"key": key, "value": value} for key, value in inputs.get("tagsAll", {}).items()]
    return {**rest, "tagSpecifications": [{"resourceType": kind, "tags": pairs}]} if pairs else rest


def create_vpc(inputs: Inputs, aws: Aws) -> Made:
    attributes = "enableDnsHostnames", "enableDnsSupport"
    asked = {name: value for name, value in inputs.items() if name not in attributes}
    vpc = aws.send("ec2", "CreateVpc", tagged(asked, "vpc"))["Vpc"]
    id_ = vpc["VpcId"]
    for name in attributes:
        if name in inputs:
            member = name[0].upper() + name[1:]
            aws.call("ec2", "ModifyVpcAttribute", VpcId=id_, **{member: {"Value": inputs[name]}})
    of_vpc = [{"Name": "vpc-id", "Values": [id_]}]
    default = aws.pages("ec2", "DescribeNetworkAcls", "NetworkAcls", Filters=of_vpc)[0]["NetworkAclId"]
    return Made(id=id_, outputs={"arn": aws.arn("ec2", f"vpc/{id_}"), "defaultNetworkAclId": default})


def delete_vpc(id_: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("ec2", "DeleteVpc", VpcId=id_)


def create_subnet(inputs: Inputs, aws: Aws) -> Made:
    # New subnets give no public addresses: the provider asks for a change only where that is wanted.
    asked = {name: value for name, value in inputs.items() if name != "mapPublicIpOnLaunch"}
    id_ = aws.send("ec2", "CreateSubnet", tagged(asked, "subnet"))["Subnet"]["SubnetId"]
    return Made(id=id_, outputs={"arn": aws.arn("ec2", f"subnet/{id_}")})


def delete_subnet(id_: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("ec2", "DeleteSubnet", SubnetId=id_)


def create_route_table(inputs: Inputs, aws: Aws) -> Made:
    made = aws.send("ec2", "CreateRouteTable", tagged(inputs, "route-table"))["RouteTable"]["RouteTableId"]
    return Made(id=made)


def delete_route_table(id_: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("ec2", "DeleteRouteTable", RouteTableId=id_)


def create_association(inputs: Inputs, aws: Aws) -> Made:
    return Made(id=aws.send("ec2", "AssociateRouteTable", inputs)["AssociationId"])


def delete_association(id_: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("ec2", "DisassociateRouteTable", AssociationId=id_)


def create_route(inputs: Inputs, aws: Aws) -> Made:
    aws.send("ec2", "CreateRoute", inputs)
    return Made(id=f"r-{inputs['routeTableId']}{inputs['destinationCidrBlock']}")


def delete_route(_id: str, inputs: Inputs, aws: Aws) -> None:
    block = inputs["destinationCidrBlock"]
    aws.call("ec2", "DeleteRoute", RouteTableId=inputs["routeTableId"], DestinationCidrBlock=block)


def create_internet_gateway(inputs: Inputs, aws: Aws) -> Made:
    asked = {name: value for name, value in inputs.items() if name != "vpcId"}
    gateway = aws.send("ec2", "CreateInternetGateway", tagged(asked, "internet-gateway"))["InternetGateway"]
    id_ = gateway["InternetGatewayId"]
    aws.call("ec2", "AttachInternetGateway", InternetGatewayId=id_, VpcId=inputs["vpcId"])
    return Made(id=id_)


def delete_internet_gateway(id_: str, inputs: Inputs, aws: Aws) -> None:
    aws.call("ec2", "DetachInternetGateway", InternetGatewayId=id_, VpcId=inputs["vpcId"])
    aws.call("ec2", "DeleteInternetGateway", InternetGatewayId=id_)


def create_address(inputs: Inputs, aws: Aws) -> Made:
    made = aws.send("ec2", "AllocateAddress", tagged(inputs, "elastic-ip"))
    return Made(id=made["AllocationId"], outputs={"publicIp": made["PublicIp"]})


def delete_address(id_: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("ec2", "ReleaseAddress", AllocationId=id_)


def create_nat_gateway(inputs: Inputs, aws: Aws) -> Made:
    made = aws.send("ec2", "CreateNatGateway", tagged(inputs, "natgateway"))["NatGateway"]["NatGatewayId"]
    return Made(id=made)


def delete_nat_gateway(id_: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("ec2", "DeleteNatGateway", NatGatewayId=id_)


def create_endpoint(inputs: Inputs, aws: Aws) -> Made:
    made = aws.send("ec2", "CreateVpcEndpoint", tagged(inputs, "vpc-endpoint"))["VpcEndpoint"]["VpcEndpointId"]
    lists = aws.pages("ec2", "DescribePrefixLists", "PrefixLists")
    known = {item["PrefixListName"]: item["PrefixListId"] for item in lists}
    return Made(id=made, outputs={"prefixListId": known.get(inputs["serviceName"], "pl-00000000")})


def delete_endpoint(id_: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("ec2", "DeleteVpcEndpoints", VpcEndpointIds=[id_])


def create_flow_log(inputs: Inputs, aws: Aws) -> Made:
    target = {"resourceIds": [inputs["vpcId"]], "resourceType": "VPC"}
    rest = {name: value for name, value in inputs.items() if name != "vpcId"}
    rename = {"iamRoleArn": "DeliverLogsPermissionArn"}
    made = aws.send("ec2", "CreateFlowLogs", tagged({**rest, **target}, "vpc-flow-log"), rename)["FlowLogIds"][0]
    return Made(id=made)


def delete_flow_log(id_: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("ec2", "DeleteFlowLogs", FlowLogIds=[id_])


def remaining(aws: Aws) -> list[str]:
    listings = {
        "Vpcs": ("DescribeVpcs", "vpc", "VpcId"),
        "Subnets": ("DescribeSubnets", "subnet", "SubnetId"),
        "RouteTables": ("DescribeRouteTables", "route-table", "RouteTableId"),
        "InternetGateways": ("DescribeInternetGateways", "internet-gateway", "InternetGatewayId"),
        "Addresses": ("DescribeAddresses", "elastic-ip", "AllocationId"),
        "NatGateways": ("DescribeNatGateways", "natgateway", "NatGatewayId"),
        "VpcEndpoints": ("DescribeVpcEndpoints", "vpc-endpoint", "VpcEndpointId"),
        "FlowLogs": ("DescribeFlowLogs", "vpc-flow-log", "FlowLogId"),
    }
    own = default_vpcs(aws)
    return [
        aws.arn("ec2", f"{kind}/{item[id_]}")
        for key, (operation, kind, id_) in listings.items()
        for item in aws.pages("ec2", operation, key)
        if item.get("VpcId") not in own and not _gone(item)
    ]


def default_vpcs(aws: Aws) -> set[str]:
    """The VPC that every account has of its own in a region."""
    return {vpc["VpcId"] for vpc in aws.pages("ec2", "DescribeVpcs", "Vpcs") if vpc["IsDefault"]}


def _gone(item: dict[str, Any]) -> bool:
    """AWS lists gateways and endpoints for a while after they were deleted."""
    return str(item.get("State", "")).lower() in {"deleted", "deleting"}


ENTRIES = {
    "aws:ec2/vpc:Vpc": Entry(create=create_vpc, delete=delete_vpc),
    "aws:ec2/subnet:Subnet": Entry(create=create_subnet, delete=delete_subnet),
    "aws:ec2/routeTable:RouteTable": Entry(create=create_route_table, delete=delete_route_table),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Entry(create=create_association, delete=delete_association),
    "aws:ec2/route:Route": Entry(create=create_route, delete=delete_route),
    "aws:ec2/internetGateway:InternetGateway": Entry(create=create_internet_gateway, delete=delete_internet_gateway),
    "aws:ec2/eip:Eip": Entry(create=create_address, delete=delete_address),
    "aws:ec2/natGateway:NatGateway": Entry(
        create=create_nat_gateway, delete=delete_nat_gateway, note="no packet is routed"
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Entry(
        create=create_endpoint, delete=delete_endpoint, note="no packet is routed"
    ),
    "aws:ec2/flowLog:FlowLog": Entry(create=create_flow_log, delete=delete_flow_log, note="no packet is logged"),
}
