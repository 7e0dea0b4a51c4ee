"""Every action, resource and condition key of the table is one that AWS knows."""

from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape

from infra.rehearsal.iam.actions import TABLES, needs
from tests.rehearsal.iam import reference
from tests.rehearsal.iam.account import Account, Asked
from tests.rehearsal.sent import shape_of

ARNS = {
    "sns": "arn:aws:sns:eu-west-1:111122223333:name",
    "logs": "arn:aws:logs:eu-west-1:111122223333:log-group:name",
    "cloudwatch": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:name",
    "sagemaker": "arn:aws:sagemaker:eu-west-1:111122223333:mlflow-app/name",
    "PipelineExecutionArn": "arn:aws:sagemaker:eu-west-1:111122223333:pipeline/name/execution/id",
    "ecr": "arn:aws:ecr:eu-west-1:111122223333:repository/name",
    "scheduler": "arn:aws:scheduler:eu-west-1:111122223333:schedule-group/name",
    "acm": "arn:aws:acm:eu-west-1:111122223333:certificate/name",
    "LoadBalancerArn": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/name/1",
    "ListenerArn": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/name/1/2",
    "TargetGroupArn": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/name/1",
    "budgets": "arn:aws:budgets::111122223333:budget/name",
    "OpenIDConnectProviderArn": "arn:aws:iam::111122223333:oidc-provider/name",
    "PolicyArn": "arn:aws:iam::111122223333:policy/name",
    "RoleArn": "arn:aws:iam::111122223333:role/name",
}
"""What a parameter that is an ARN holds, by its name or by the service."""
NAMED = {
    "Path": "/",
    "Tagging": "key=value",
    "AliasName": "alias/name",
    "SecretId": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:name",
    "clusters": "arn:aws:ecs:eu-west-1:111122223333:cluster/name",
    "cluster": "arn:aws:ecs:eu-west-1:111122223333:cluster/name",
    "service": "arn:aws:ecs:eu-west-1:111122223333:service/name/name",
}
"""What a parameter holds, by its name, where a plain name will not do."""
OPERATIONS = [(service, operation) for service, table in sorted(TABLES.items()) for operation in sorted(table.rows)]


def sample(service: str, shape: Shape, name: str = "", depth: int = 0) -> Any:
    """A request with every parameter given."""
    if isinstance(shape, StructureShape):
        members = shape.members.items() if depth < 6 else ()
        return {key: sample(service, member, key, depth + 1) for key, member in members}
    if isinstance(shape, ListShape):
        return [sample(service, shape.member, name, depth + 1)]
    if isinstance(shape, MapShape):
        return {"key": sample(service, shape.value, name, depth + 1)}
    if name == "CopySource":
        return "source/key?versionId=1"
    if name.lower().endswith("arn"):
        return ARNS.get(name, ARNS.get(service, "arn:aws:x:::y"))
    if shape.type_name == "boolean":
        return True
    return 1 if shape.type_name in {"integer", "long"} else NAMED.get(name, "name")


@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_what_an_operation_asks_for_exists(service: str, operation: str):
    parameters = sample(service, shape_of(service, operation))
    asked = needs(Asked(service=service, operation=operation, parameters=parameters), Account())
    assert asked or operation == "GetCallerIdentity"
    for need in asked:
        assert reference.actions(need.action) == [need.action]
        assert reference.takes(need.action, need.resource) or _is_listing_of_groups(need.action), need
        own = [key for key in need.context if not key.startswith("aws:")]
        assert [key for key in own if not reference.takes_key(need.action, key)] == []


def _is_listing_of_groups(action: str) -> bool:
    """The reference gives it no resource type, AWS asks for a group without a name: see operations/observability.py."""
    return action == "logs:DescribeLogGroups"
