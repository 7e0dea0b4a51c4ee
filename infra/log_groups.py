"""The log groups that an environment's services write to, by the names that the program gives them.

A service makes such a group anew where it is gone: RDS does while its database goes
(github.com/hashicorp/terraform-provider-aws/issues/42858), without tags and for ever. `pulumi up` then ends with
ResourceAlreadyExistsException.
"""

import re
from typing import Any

from infra.offline import Program

GROUP, CLUSTER = "aws:cloudwatch/logGroup:LogGroup", "aws:ecs/cluster:Cluster"
INSIGHTS = "/aws/ecs/containerinsights/"
"""Where Container Insights keeps a cluster's figures, in a group that no program makes."""


def named(program: Program) -> list[str]:
    """The groups that the program makes."""
    return [entry.inputs["name"] for entry in program.of_type(GROUP)]


def existing(logs: Any, program: Program) -> dict[str, str]:
    """The ARNs of those that are there, by name, Container Insights' too. Raises ClientError."""
    found = {}
    # Behind a cluster's logical name come seven digits of Pulumi's.
    clusters = [f"{INSIGHTS}{entry.name}-" for entry in program.of_type(CLUSTER)]
    expected = dict.fromkeys(named(program), "") | dict.fromkeys(clusters, "[0-9a-f]{7}/performance")
    for start, end in expected.items():
        for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=start):
            for group in page["logGroups"]:
                if re.fullmatch(re.escape(start) + end, group["logGroupName"]):
                    found[group["logGroupName"]] = group["logGroupArn"]
    return found
