"""The rights to make, change and unmake the network of an environment."""

from infra.account.scope import Right

MADE = """
AllocateAddress AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateFlowLogs CreateInternetGateway
CreateNatGateway CreateRouteTable CreateSecurityGroup CreateSubnet CreateVpc CreateVpcEndpoint
"""
"""What makes something, and tags it in the same request."""
LOOKS = """
DescribeAddresses DescribeAddressesAttribute DescribeAvailabilityZones DescribeFlowLogs DescribeInternetGateways
DescribeNatGateways DescribeNetworkAcls DescribeNetworkInterfaces DescribePrefixLists DescribeRouteTables
DescribeSecurityGroupRules DescribeSecurityGroups DescribeSubnets DescribeVpcEndpoints DescribeVpcs
"""
"""What has no resource type."""
NETWORKS = (
    Right(service="ec2", actions=MADE, on=("*/*",), for_this_stack=True),
    # Only what is being made: a tag alone would take over what is there without one.
    Right(
        service="ec2",
        actions="CreateTags",
        on=("*/*",),
        for_this_stack=True,
        when={"StringEquals": {"ec2:CreateAction": MADE.split()}},
    ),
    # In the network, or part of it, as it is.
    Right(
        service="ec2",
        actions="""
        AssociateRouteTable AttachInternetGateway AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress
        CreateFlowLogs CreateNatGateway CreateNetworkAclEntry CreateRoute CreateRouteTable CreateSecurityGroup
        CreateSubnet CreateTags CreateVpcEndpoint DeleteFlowLogs DeleteInternetGateway DeleteNatGateway
        DeleteNetworkAclEntry DeleteRoute DeleteRouteTable DeleteSecurityGroup DeleteSubnet DeleteTags DeleteVpc
        DeleteVpcEndpoints DescribeVpcAttribute DetachInternetGateway DisassociateAddress DisassociateRouteTable
        ModifySecurityGroupRules ModifySubnetAttribute ModifyVpcAttribute ModifyVpcEndpoint ReleaseAddress
        ReplaceNetworkAclEntry ReplaceRoute RevokeSecurityGroupEgress RevokeSecurityGroupIngress
        """,
        on=("*/*",),
        of_this_stack=True,
    ),
    # What comes with a new VPC carries no tag before it is taken over; what carries another's is left alone.
    Right(
        service="ec2",
        actions="""
        CreateNetworkAclEntry CreateTags DeleteNetworkAclEntry RevokeSecurityGroupEgress RevokeSecurityGroupIngress
        """,
        on=("network-acl/*", "security-group/*"),
        when={"Null": {"aws:ResourceTag/Stack": "true"}},
    ),
    Right(service="ec2", actions=LOOKS, on=("*",)),
)
