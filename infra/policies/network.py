"""VPCs: nothing is reached from outside, nothing is let through by default, and every connection is logged."""

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_network
from typing import Any

from infra.policies import tokens
from infra.policies.rule import Resource, ResourceRule, StackRule, UnreadableError, at, entries, unset

NARROWEST_WORLD = {4: 7, 6: 31}
"""By the version of IP: the longest prefix that counts as everywhere, else two halves would count as none."""
LET_OUT = {"-nat": "AWS's own interfaces and the settings' servers have many addresses; HTTPS alone, through NAT"}
"""The ends of the names of rules that let out to everywhere, and why."""
HTTPS = 443
ADMINISTRATION = {22: "SSH", 3389: "remote desktops"}


def network_is_closed_by_default(stack: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """A VPC's own security group, which holds whatever names no other, lets nothing through."""
    groups = [resource for resource in stack if resource.type == tokens.DEFAULT_GROUP]
    taken = {urn for group in groups for urn in group.uses.get("vpcId", ())}
    for resource in stack:
        if resource.type == tokens.VPC and resource.urn not in taken:
            yield resource, "has no DefaultSecurityGroup, expected one without a rule"
    for group in groups:
        for side in ("ingress", "egress"):
            if entries(at(group.inputs, side)):
                yield group, f"{side} has a rule, expected none: give what needs one a group of its own"


def network_flows_are_logged(stack: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """A VPC logs every connection, those that are refused too."""
    logs = [resource for resource in stack if resource.type == tokens.FLOW_LOG]
    logged = {urn for log in logs if at(log.inputs, "trafficType") == "ALL" for urn in log.uses.get("vpcId", ())}
    for resource in stack:
        if resource.type == tokens.VPC and resource.urn not in logged:
            yield resource, "has no FlowLog of trafficType ALL, expected one"


def subnet_gives_no_public_address(subnet: Resource) -> Iterator[str]:
    """What starts in a subnet gets no public address."""
    if at(subnet.inputs, "mapPublicIpOnLaunch"):
        yield "mapPublicIpOnLaunch is True, expected False"


def security_group_lets_nobody_in_from_outside(resource: Resource) -> Iterator[str]:
    """No security group lets connections in from everywhere."""
    if resource.type == tokens.GROUP:
        rules, keys = entries(at(resource.inputs, "ingress")), ("cidrBlocks", "ipv6CidrBlocks")
    else:
        rules, keys = [resource.inputs], ("cidrIpv4", "cidrIpv6")
        if not any(at(resource.inputs, key) for key in (*keys, "referencedSecurityGroupId", "prefixListId")):
            yield "has no source, expected referencedSecurityGroupId"
    for rule in rules:
        for source in (source for key in keys for source in entries(at(rule, key))):
            if _everywhere(source):
                yield f"lets in {source}, expected a security group of the stack"


def security_group_lets_out_to_what_is_named(resource: Resource) -> Iterator[str]:
    """No security group lets connections out to everywhere, unless its rule's name ends as one in `LET_OUT`."""
    if resource.type == tokens.GROUP:
        rules, keys = entries(at(resource.inputs, "egress")), ("cidrBlocks", "ipv6CidrBlocks")
    else:
        rules, keys = [resource.inputs], ("cidrIpv4", "cidrIpv6")
        ports = {at(resource.inputs, "fromPort"), at(resource.inputs, "toPort")}
        if resource.name.endswith(tuple(LET_OUT)) and ports == {HTTPS}:
            return
        if not any(at(resource.inputs, key) for key in (*keys, "referencedSecurityGroupId", "prefixListId")):
            yield "has no target, expected referencedSecurityGroupId"
    for target in (target for rule in rules for key in keys for target in entries(at(rule, key))):
        if _everywhere(target):
            yield f"lets out to {target}, expected a security group, or a reason in infra/policies/network.py, LET_OUT"


def _everywhere(addresses: str | None) -> bool:
    """Whether a range of addresses is the world, or a great part of it."""
    if not addresses:
        return False
    try:
        found = ip_network(addresses, strict=False)
    except ValueError as error:
        raise UnreadableError(f"{addresses!r} is no range of addresses, expected one such as 10.0.0.0/16") from error
    return found.prefixlen <= NARROWEST_WORLD[found.version]


def security_group_is_described(resource: Resource) -> Iterator[str]:
    """A security group and each of its rules say what they are for."""
    yield from unset(resource, "description", "what it is for")


def access_list_keeps_administration_out(access_list: Resource) -> Iterator[str]:
    """No network access list lets everybody come to the ports of SSH and of remote desktops."""
    rules = entries(at(access_list.inputs, "ingress"))
    if not rules:
        yield "ingress is not set, expected rules"
    for rule in rules:
        if at(rule, "action") == "allow" and any(_everywhere(at(rule, key)) for key in ("cidrBlock", "ipv6CidrBlock")):
            for port, what in ADMINISTRATION.items():
                if _covers(rule, port):
                    yield f"ingress lets everybody come to port {port} of {what}, expected a range without it"


def _covers(rule: Mapping[str, Any], port: int) -> bool:
    return at(rule, "protocol") in ("-1", "all") or at(rule, "fromPort") <= port <= at(rule, "toPort")


RULES = (
    StackRule(check=network_is_closed_by_default, on=(tokens.VPC, tokens.DEFAULT_GROUP), ids=("EC2.2", "CKV2_AWS_12")),
    StackRule(check=network_flows_are_logged, on=(tokens.VPC, tokens.FLOW_LOG), ids=("EC2.6", "CKV2_AWS_11")),
    ResourceRule(check=subnet_gives_no_public_address, on=(tokens.SUBNET,), ids=("EC2.15", "CKV_AWS_130")),
    ResourceRule(
        check=security_group_lets_nobody_in_from_outside,
        on=(tokens.GROUP, tokens.INGRESS),
        ids=("EC2.18", "EC2.19", "CKV_AWS_24", "CKV_AWS_25", "CKV_AWS_260"),
    ),
    ResourceRule(check=security_group_lets_out_to_what_is_named, on=(tokens.GROUP, tokens.EGRESS), ids=()),
    ResourceRule(
        check=security_group_is_described, on=(tokens.GROUP, tokens.INGRESS, tokens.EGRESS), ids=("CKV_AWS_23",)
    ),
    ResourceRule(
        check=access_list_keeps_administration_out,
        on=(tokens.ACCESS_LIST,),
        ids=("EC2.21", "CKV_AWS_231", "CKV_AWS_232"),
    ),
)
