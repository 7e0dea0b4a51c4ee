"""How a network can stand open unseen, by the rule that must find it."""

from infra.policies import tokens
from tests.infra.policies.breaking import Mutation, add, drop, put

NETWORK: dict[str, dict[str, Mutation]] = {
    "network-is-closed-by-default": {
        "a default group that is not taken over": drop(tokens.DEFAULT_GROUP),
        "a default group with a rule": put(tokens.DEFAULT_GROUP, "ingress", [{"protocol": "-1", "self": True}]),
    },
    "network-flows-are-logged": {
        "a network without flow logs": drop(tokens.FLOW_LOG),
        "flow logs of refusals alone": put(tokens.FLOW_LOG, "trafficType", "REJECT"),
    },
    "subnet-gives-no-public-address": {
        "public addresses": put(tokens.SUBNET, "mapPublicIpOnLaunch", True),
    },
    "security-group-lets-nobody-in-from-outside": {
        "a group that is open to the world": put(
            tokens.GROUP, "ingress", [{"protocol": "tcp", "cidrBlocks": ["0.0.0.0/0"]}]
        ),
        "a rule that is open to half of the world": add(
            tokens.INGRESS, cidrIpv4="0.0.0.0/1", ipProtocol="-1", description="half"
        ),
        "a rule that is open to the world": add(
            tokens.INGRESS, cidrIpv6="::/0", ipProtocol="-1", description="everybody"
        ),
    },
    "security-group-lets-out-to-what-is-named": {
        "every port of the world": put(tokens.EGRESS, "fromPort", 0.0, "jobs-nat"),
        "the world in two halves": add(
            tokens.EGRESS, "-out", cidrIpv4="128.0.0.0/1", fromPort=443.0, toPort=443.0, description="half"
        ),
        "a group that lets out to the world": put(tokens.GROUP, "egress", [{"cidrBlocks": ["0.0.0.0/0"]}]),
    },
    "security-group-is-described": {
        "a rule without words": put(tokens.EGRESS, "description", None),
    },
    "access-list-keeps-administration-out": {
        "SSH from anywhere": put(
            tokens.ACCESS_LIST,
            "ingress",
            [
                {
                    "ruleNo": 100,
                    "protocol": "-1",
                    "action": "allow",
                    "cidrBlock": "0.0.0.0/0",
                    "fromPort": 0,
                    "toPort": 0,
                }
            ],
        ),
    },
}
