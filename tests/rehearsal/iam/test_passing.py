"""Roles that a call hands over to a service."""

import re
from collections.abc import Iterator

import pytest
from botocore.model import ListShape, Shape, StructureShape

from infra.rehearsal.iam.actions import TABLES
from infra.rehearsal.iam.decision import Policies
from infra.rehearsal.iam.passing import PARAMETERS, SERVICES
from tests.rehearsal.iam.asking import ACCOUNT, allow, ask, policy
from tests.rehearsal.iam.needing import PASSED, PASSING, needed
from tests.rehearsal.sent import model_of


@pytest.mark.parametrize(("service", "operation", "parameters", "said"), PASSING)
def test_a_role_that_is_handed_over_is_passed_and_taken_on(service: str, operation: str, parameters: dict, said: dict):
    passed, taken = needed(service, operation, **parameters)
    assert (passed.action, passed.resource, passed.who) == ("iam:PassRole", PASSED, None)
    assert passed.context == {"iam:PassedToService": SERVICES[service]}
    assert (taken.action, taken.resource, str(taken.who)) == ("sts:AssumeRole", PASSED, SERVICES[service])
    account = {} if service == "firehose" else {"aws:SourceAccount": ACCOUNT}
    assert taken.context == {**account, **said}


@pytest.mark.parametrize("to", ["sagemaker.amazonaws.com", "codebuild.amazonaws.com"])
def test_passing_is_decided_by_the_service_that_the_policy_names(to: str):
    pass_role, _taken = needed("sagemaker", "CreateModel", ModelName="m", ExecutionRoleArn=PASSED)
    given = policy(allow("iam:PassRole", PASSED, Condition={"StringEquals": {"iam:PassedToService": to}}))
    decision = ask(Policies(identity=[given]), pass_role.action, pass_role.resource, context=pass_role.context)
    assert decision.allowed is (to == "sagemaker.amazonaws.com")


def roles(shape: Shape, seen: set[str]) -> Iterator[str]:
    """The parameters of a request that hold a role, by their last name; a shape that was seen is not entered again."""
    if isinstance(shape, StructureShape) and shape.name not in seen:
        seen.add(shape.name)
        for name, member in shape.members.items():
            if member.type_name == "string" and re.search(r"role(arn)?$", name, re.IGNORECASE):
                yield name
            yield from roles(member, seen)
    elif isinstance(shape, ListShape):
        yield from roles(shape.member, seen)


def test_no_operation_of_the_table_takes_a_role_that_is_not_passed():
    # Redshift's and Snowflake's take their own, ECS's is for classic load balancers; AssumeRole hands over none.
    elsewhere = {"ClusterRoleArn", "SnowflakeRole", "role"}
    for service, table in TABLES.items():
        for operation in set(table.rows) - {"AssumeRole"}:
            shape = model_of(service, operation).input_shape
            named = set(roles(shape, set())) - elsewhere if shape else set()
            assert named <= PARAMETERS, f"{service}:{operation}"
            assert not named or service in SERVICES, f"{service}:{operation}"
