"""Cases of the rules about networks."""

from infra.policies import tokens
from tests.infra.policies.asked import ask
from tests.infra.policies.case import Case, each

VPC = ask(tokens.VPC, cidrBlock="10.0.0.0/16")
OF_VPC = {"vpcId": [VPC.urn]}
CLOSED = ask(tokens.DEFAULT_GROUP, uses=OF_VPC, ingress=[], egress=[])
REPLIES = {"action": "allow", "protocol": "tcp", "cidrBlock": "0.0.0.0/0", "fromPort": 1024.0, "toPort": 3388.0}
NETWORK = {
    "network-is-closed-by-default": Case(
        keeps=[VPC, CLOSED],
        breaks=[VPC, ask(tokens.DEFAULT_GROUP, uses=OF_VPC, ingress=[{"protocol": "-1"}])],
        lacks=[VPC],
    ),
    "network-flows-are-logged": Case(
        keeps=[VPC, ask(tokens.FLOW_LOG, uses=OF_VPC, trafficType="ALL")],
        breaks=[VPC, ask(tokens.FLOW_LOG, uses=OF_VPC, trafficType="REJECT")],
        lacks=[VPC],
    ),
    "subnet-gives-no-public-address": each(
        tokens.SUBNET, {"mapPublicIpOnLaunch": False}, {"mapPublicIpOnLaunch": True}, fine=True
    ),
    "security-group-lets-nobody-in-from-outside": each(
        tokens.INGRESS, {"referencedSecurityGroupId": "sg-1"}, {"cidrIpv4": "0.0.0.0/0"}
    ),
    "security-group-lets-out-to-what-is-named": each(
        tokens.EGRESS, {"prefixListId": "pl-1"}, {"cidrIpv4": "0.0.0.0/0", "fromPort": 443.0, "toPort": 443.0}
    ),
    "security-group-is-described": each(tokens.GROUP, {"description": "jobs"}, {"description": ""}),
    "access-list-keeps-administration-out": each(
        tokens.ACCESS_LIST, {"ingress": [REPLIES]}, {"ingress": [{**REPLIES, "toPort": 65535.0}]}
    ),
}
