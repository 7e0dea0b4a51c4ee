"""The deploy role makes and unmakes its environment under the account's boundary, and keeps what it may not touch."""

import pytest
import yaml

from infra.rehearsal.aws import RefusedError
from infra.rehearsal.destroy import destroy
from infra.rehearsal.entry import How
from infra.rehearsal.environment import aws_variables, environment
from infra.rehearsal.table import inventory
from tests.rehearsal.delivery.conftest import STATE, Delivered
from tests.rehearsal.delivery.escalations import NEW, RAISED
from tests.rehearsal.in_order import policy
from tests.rehearsal.modes import MODES

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("env", ["dev", "prod"])
def test_the_program_is_applied_and_destroyed_under_its_role(delivered: Delivered, env: str):
    before = inventory(delivered.aws)
    delivered.aws.refusals()
    deployer = delivered.acting(env, "deploy")
    cloud, program = delivered.apply(env, deployer)
    assert cloud.failure is None
    assert len(program.resources) > 80
    assert delivered.aws.refusals() == []
    with environment(aws_variables(deployer.endpoint, deployer.region, deployer.credentials)):
        left = destroy(cloud.resources, delivered.aws, before=before, by=deployer)
    assert str(left) == "nothing is left"
    assert delivered.aws.refusals() == []


def test_the_account_s_own_stack_is_unmade_whole(delivered: Delivered):
    assert {made.how for made in delivered.resources} == {How.MOTO, How.COMPONENT}
    assert [made.name for made in delivered.resources if "not sent to the API" in made.note] == []
    kept = {f"arn:aws:s3:::{STATE}", delivered.state_key()}
    left = destroy(delivered.resources, delivered.aws, before=kept)
    assert str(left) == "nothing is left"


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_of_serving_is_made_and_unmade_under_it(delivered: Delivered, mode: str):
    path = delivered.folder / "Pulumi.prod.yaml"
    settings = yaml.safe_load(path.read_text())
    settings["config"] |= {
        "mlops-demo:serving": {"mode": mode, **MODES[mode]},
        "mlops-demo:rollout": {"strategy": "all-at-once"},
    }
    path.write_text(yaml.safe_dump(settings))
    before, deployer = inventory(delivered.aws), delivered.acting("prod", "deploy")
    cloud, _ = delivered.apply("prod", deployer)
    with environment(aws_variables(deployer.endpoint, deployer.region, deployer.credentials)):
        left = destroy(cloud.resources, delivered.aws, before=before, by=deployer)
    assert str(left) == "nothing is left"


def test_what_it_is_denied_holds_whatever_it_is_given_beside(delivered: Delivered):
    everything = policy(Action="*", Resource="*")
    give = {"RoleName": "mlops-demo-dev-deploy", "PolicyName": "all", "PolicyDocument": everything}
    delivered.aws.call("iam", "PutRolePolicy", **give)
    deployer = delivered.acting("dev", "deploy")
    deployer.call("iam", "CreateRole", **NEW)
    denied = ["the boundary taken off itself", "a policy of its own", "its own policy, anew", "the boundary, anew"]
    denied += ["the boundary itself", "whom it trusts", "prod's deploy role", "GitHub's provider", "the state's bucket"]
    for what in denied:
        service, operation, request = RAISED[what]
        with pytest.raises(RefusedError, match=r"-deploy, statement \d+ denies it"):
            deployer.call(service, operation, **request)


def test_prod_s_deploy_role_deletes_no_data(delivered: Delivered):
    bucket = "mlops-demo-prod-data-raw-bucket-1234567"
    delivered.aws.call(
        "s3", "CreateBucket", Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    delivered.aws.call("s3", "PutObject", Bucket=bucket, Key="a", Body=b"data")
    with pytest.raises(RefusedError, match="is not authorized to perform: s3:DeleteObject"):
        delivered.acting("prod", "deploy").call("s3", "DeleteObject", Bucket=bucket, Key="a")
    dev = bucket.replace("prod", "dev")
    delivered.aws.call("s3", "CreateBucket", Bucket=dev, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    delivered.acting("dev", "deploy").call("s3", "DeleteObject", Bucket=dev, Key="a")
