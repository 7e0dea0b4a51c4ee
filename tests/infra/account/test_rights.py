"""What the environment's program makes fits into what the account lets it make, row by row."""

import re
from collections.abc import Iterator
from itertools import product
from types import ModuleType
from typing import Any

import pytest

from infra import variants
from infra.account import bounding, deploying, previewing, scope
from infra.account.scope import Scope
from infra.documents import written
from infra.offline import ACCOUNT, Program
from infra.policies import tokens
from infra.rehearsal.iam import kinds
from infra.rehearsal.iam.decision import Policies, Request, decide
from infra.rehearsal.iam.document import Policy, read
from infra.rehearsal.iam.principals import Principal
from infra.settings import Serverless
from tests.infra.planned import statements

EVERYTHING = read("all", written([scope.allow("*", on=["*"])]), kinds.INLINE)
THE_ACCOUNT = read(
    "a resource's own",
    written([{**scope.allow("*", on=["*"]), "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}]),
    kinds.KEY,
)
SHARED = {
    f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:{name}:*"
    for name in ("/aws/sagemaker/ProcessingJobs", "/aws/sagemaker/TrainingJobs", "RDSOSMetrics")
}
INTERFACES = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:network-interface/*"
"""Have no id before they are made, in the environment's own subnets."""
LONGEST = {"project": "a" * 24, "environment": "b" * 10, "region": "ap-southeast-99"}


def scope_of(env: str, **changes: Any) -> Scope:
    given = {"account": ACCOUNT, "region": "eu-west-1", "project": "mlops-demo", "environment": env}
    state = {"state_bucket": "mlops-demo-state-1", "state_key": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/a"}
    return Scope(**{**given, **state, "unprotected": True, **changes})  # ty: ignore[invalid-argument-type]


def boundary(env: str) -> Policy:
    return read("the boundary", written(bounding.statements(scope_of(env))), kinds.MANAGED)


def asked(program: Program) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Each role's policy, action, resource and conditions, of what its roles may do."""
    for policy in program.of_type(tokens.ROLE_POLICY):
        for statement in statements(policy):
            resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
            context = {key: value for keys in statement.get("Condition", {}).values() for key, value in keys.items()}
            for action, resource in product(statement["Action"], resources):
                yield policy.name, action, resource, context


def outside(program: Program, limit: Policy) -> list[str]:
    """What the program's roles may do and the boundary does not let them."""
    stack = f"mlops-demo-{program.environment}"
    database = f"arn:aws:rds:eu-west-1:{ACCOUNT}:db:{stack}-mlflow-db"
    tagged = {"aws:ResourceTag/Stack": stack, "aws:RequestTag/Stack": stack, bounding.DATABASE_TAG: database}
    found = []
    for name, action, resource, context in asked(program):
        request = Request(
            principal=Principal(kind="role", account=ACCOUNT, arn=f"arn:aws:iam::{ACCOUNT}:role/{name}"),
            action=action,
            resource=resource if resource == "*" else resource.replace("*", "x"),
            context={**tagged, **context},
            resource_account=ACCOUNT,
        )
        # As if everything else allowed everything: the boundary alone is in the way.
        if not decide(request, Policies(identity=[EVERYTHING], boundary=limit, resource=THE_ACCOUNT)).allowed:
            found.append(f"{name}: {action} on {resource}: add it to a row of infra/account/bounding.py")
    return found


def test_what_the_program_s_roles_may_do_is_within_their_boundary(program: Program):
    assert len(list(asked(program))) > 80
    assert outside(program, boundary(program.environment)) == []


def test_what_an_asynchronous_endpoint_s_roles_may_do_is_within_their_boundary_too(planned):
    program = planned(serving={"mode": "async", "instances": 10})
    assert any(action == "sns:Publish" for _name, action, _resource, _context in asked(program))
    assert outside(program, boundary(program.environment)) == []


def test_a_role_that_goes_beyond_is_named_with_its_action(dev: Program):
    narrow = read(
        "the boundary",
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}',
        kinds.MANAGED,
    )
    found = outside(dev, narrow)
    assert any(re.search(r"-job-role-policy: s3:PutObject on arn:aws:s3:::mlops-demo-dev", text) for text in found)


def test_dev_s_boundary_reaches_nothing_of_prod(prod: Program):
    reached = {(action, resource) for _, action, resource, _ in asked(prod)}
    beyond = {text.partition(": ")[2].partition(": add")[0] for text in outside(prod, boundary("dev"))}
    within = {(action, resource) for action, resource in reached if f"{action} on {resource}" not in beyond}
    # What has no resource type, and the log groups that SageMaker and RDS have one of for all.
    assert {resource for _, resource in within} <= {"*", *SHARED, INTERFACES}


@pytest.mark.parametrize("purpose", ["deploying", "bounding"])
def test_the_longest_names_fit_into_the_policies_that_a_role_can_have(purpose: str):
    module = {"deploying": deploying, "bounding": bounding}[purpose]
    policies = scope.packed(module.statements(scope_of("dev", **LONGEST, state_bucket="s" * 63)))
    assert len(policies) <= (scope.POLICIES_LIMIT // 2 if purpose == "deploying" else 1)


@pytest.mark.parametrize("module", [deploying, bounding, previewing])
def test_a_configuration_whose_name_is_shortened_is_within_reach_and_another_stack_s_is_not(module: ModuleType):
    long, other = scope_of("dev", **LONGEST), scope_of("dev", **{**LONGEST, "environment": "b" * 9 + "c"})
    policies = scope.packed(module.statements(long))
    own, anothers = (
        Request(
            principal=Principal(kind="role", account=ACCOUNT, arn=f"arn:aws:iam::{ACCOUNT}:role/delivery/some"),
            action="sagemaker:DescribeEndpointConfig",
            resource=f"arn:aws:sagemaker:{LONGEST['region']}:{ACCOUNT}:endpoint-config/{config_of(whose)}",
            context={},
            resource_account=ACCOUNT,
        )
        for whose in (long, other)
    )
    identity = [read("own", written(policy), kinds.MANAGED) for policy in policies]
    assert decide(own, Policies(identity=identity)).allowed
    assert not decide(anothers, Policies(identity=identity)).allowed


def config_of(whose: Scope) -> str:
    """The name of an endpoint configuration as the provider makes it."""
    name = variants.config_prefix(whose.prefix, "content", Serverless()) + "1" * 26
    assert not name.startswith(whose.prefix)
    return name


def test_more_than_a_role_can_have_is_refused():
    many = [scope.allow("s3:GetObject", on=["arn:aws:s3:::" + "b" * 5000])] * 11
    with pytest.raises(ValueError, match="11 policies are needed, expected at most 10"):
        scope.packed(many)


def denial(statements: list[scope.Statement], action: str, resource: str, **context: str) -> str:
    """Why a role with these statements may not do it; empty where it may."""
    request = Request(
        principal=Principal(kind="role", account=ACCOUNT, arn=f"arn:aws:iam::{ACCOUNT}:role/delivery/some"),
        action=action,
        resource=f"arn:aws:ec2:eu-west-1:{ACCOUNT}:{resource}",
        context=context,
        resource_account=ACCOUNT,
    )
    identity = [read("own", written(policy), kinds.MANAGED) for policy in scope.packed(statements)]
    return decide(request, Policies(identity=identity)).reason


def test_only_what_is_being_made_is_tagged_as_the_environment_s():
    own = deploying.statements(scope_of("dev"))
    tag = {"aws:RequestTag/Stack": "mlops-demo-dev"}
    assert denial(own, "ec2:CreateTags", "vpc/v", **tag, **{"ec2:CreateAction": "CreateVpc"}) == ""
    assert denial(own, "ec2:CreateTags", "vpc/v", **tag, **{"ec2:CreateAction": "RunInstances"})
    # As it is, without a tag or with another's: taken over by nobody.
    assert denial(own, "ec2:CreateTags", "vpc/v", **tag)
    assert denial(own, "ec2:CreateTags", "vpc/v", **tag, **{"aws:ResourceTag/Stack": "mlops-demo-prod"})
    assert denial(own, "ec2:CreateTags", "vpc/v", **tag, **{"aws:ResourceTag/Stack": "mlops-demo-dev"}) == ""
