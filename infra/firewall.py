"""Security groups that let nothing through but the connections that the program names."""

import pulumi
import pulumi_aws as aws

Id = pulumi.Input[str]


def security_group(name: str, *, vpc_id: Id, description: str, opts: pulumi.ResourceOptions) -> aws.ec2.SecurityGroup:
    """A group without a rule."""
    return aws.ec2.SecurityGroup(name, vpc_id=vpc_id, description=description, opts=opts)


def connect(name: str, *, source: Id, target: Id, port: int, opts: pulumi.ResourceOptions) -> None:
    """Lets members of one group open TCP connections to a port of another's."""
    aws.vpc.SecurityGroupEgressRule(
        f"{name}-out",
        security_group_id=source,
        referenced_security_group_id=target,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        description=name,
        opts=opts,
    )
    aws.vpc.SecurityGroupIngressRule(
        f"{name}-in",
        security_group_id=target,
        referenced_security_group_id=source,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        description=name,
        opts=opts,
    )


def let_out(
    name: str,
    *,
    source: Id,
    port: int,
    opts: pulumi.ResourceOptions,
    cidr: Id | None = None,
    prefix_list: Id | None = None,
) -> None:
    """Lets members of a group open TCP connections to a port of addresses, or of a list that AWS keeps."""
    aws.vpc.SecurityGroupEgressRule(
        name,
        security_group_id=source,
        cidr_ipv4=cidr,
        prefix_list_id=prefix_list,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        description=name,
        opts=opts,
    )
