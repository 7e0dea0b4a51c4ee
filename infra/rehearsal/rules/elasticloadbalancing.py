"""The names of load balancers and of their target groups."""

import re

from infra.rehearsal.rules.rule import Key, Request, Rule, expected

NAME = re.compile(r"(?=.{1,32}$)[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?")
CHARACTERS = "1 to 32 letters, digits and hyphens, no hyphen first or last"
RESERVED_START = "internal-"


def a_load_balancer_has_a_name_that_aws_takes(request: Request) -> str | None:
    """docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html, Name"""
    name = request["Name"]
    if name.startswith(RESERVED_START):
        return expected("Name", name, f"not to begin with {RESERVED_START}")
    return None if NAME.fullmatch(name) else expected("Name", name, CHARACTERS)


def a_target_group_has_a_name_that_aws_takes(request: Request) -> str | None:
    """docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html, Name"""
    name = request["Name"]
    return None if NAME.fullmatch(name) else expected("Name", name, CHARACTERS)


RULES: dict[Key, list[Rule]] = {
    ("elbv2", "CreateLoadBalancer"): [a_load_balancer_has_a_name_that_aws_takes],
    ("elbv2", "CreateTargetGroup"): [a_target_group_has_a_name_that_aws_takes],
}
