"""Each fault is planted, found, and told with its fix; what is not at fault is called fine."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from infra.doctor import __main__ as command
from infra.doctor import cli, logs, needs, quotas, roles, sources
from infra.doctor.caller import ACCOUNT, CREDENTIALS, EXPIRATION, LIFETIME, REGION
from infra.doctor.examination import EVERYTHING_ELSE
from infra.offline import run
from infra.rehearsal.front.errors import ApiError
from tests.infra.doctor.conftest import only, program, resource

pytestmark = pytest.mark.slow

BUILDS = "Concurrently running builds for Linux/Small environment"


def test_an_account_in_order_has_no_fault(examined, dev):
    results = examined(dev)
    assert {result.level for result in results} == {"fine", "warning"}
    # The shipped settings bind the stack to no account.
    assert only(results, ACCOUNT, "warning").fix.endswith('"aws:allowedAccountIds[0]" 123456789012`')


@pytest.mark.parametrize(
    ("version", "level", "words"),
    [
        ("v3.238.0", "fine", "3.238.0"),
        ("v3.237.9", "fault", "expected >=3.238.0"),
        ("command not understood", "unknown", "no version"),
    ],
)
def test_the_cli_is_new_enough_or_not(pulumi, shipped_yaml, version, level, words):
    pulumi(version)
    (result,) = cli.check(shipped_yaml)
    assert (result.level, words in result.text) == (level, True)


def test_a_cli_that_is_not_there_is_a_fault(shipped_yaml, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    (result,) = cli.check(shipped_yaml)
    assert result.level == "fault"
    assert "www.pulumi.com" in result.fix


@pytest.fixture
def shipped_yaml(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text('name: x\nrequiredPulumiVersion: ">=3.238.0"\n')
    return tmp_path


def test_an_expiration_that_is_no_time_is_a_fault_of_the_credentials(examined, dev, monkeypatch):
    monkeypatch.setenv(EXPIRATION, "soon")
    assert "soon" in only(examined(dev), CREDENTIALS, "fault").text


def test_without_credentials_nothing_else_is_asked(examined, dev, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    results = examined(dev)
    assert only(results, CREDENTIALS, "fault").fix
    assert {result.check for result in results} == {cli.CHECK, CREDENTIALS, EVERYTHING_ELSE}
    unasked = only(results, EVERYTHING_ELSE, "unknown").text
    for check in (ACCOUNT, REGION, LIFETIME, quotas.CHECK, quotas.ROOM, roles.CHECK, sources.IMAGE, sources.MODELS):
        assert check in unasked


def test_without_a_network_the_fix_is_about_the_network(examined, dev, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    assert "see that this machine reaches AWS" in only(examined(dev), CREDENTIALS, "fault").fix


@pytest.mark.parametrize(("ids", "level"), [(["123456789012"], "fine"), (["210987654321"], "fault")])
def test_the_credentials_are_of_the_stacks_account_or_not(examined, project, ids, level):
    root = project({"aws:allowedAccountIds": ids})
    result = only(examined(run(root, "try"), root), ACCOUNT, level)
    assert "123456789012" in result.text
    assert ids[0] in result.text


def test_accounts_that_are_no_accounts_are_a_setting_at_fault(project, monkeypatch):
    root = project({"aws:allowedAccountIds": "mine"})
    done = CliRunner().invoke(command.app, ["try", "--root", str(root)])
    assert done.exit_code == 2
    assert "aws:allowedAccountIds is 'mine', expected a list of account numbers of 12 digits" in done.stderr


def test_a_region_that_is_switched_off_is_a_fault(examined, dev, account):
    account.answers["ec2:DescribeRegions"] = {"Regions": [{"RegionName": "eu-west-1", "OptInStatus": "not-opted-in"}]}
    assert "enable-region --region-name eu-west-1" in only(examined(dev), REGION, "fault").fix


def test_a_shell_that_means_another_region_is_warned(examined, dev, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert only(examined(dev), REGION, "warning").fix == "export AWS_REGION=eu-west-1"


@pytest.mark.parametrize(("minutes", "level"), [(5, "fault"), (600, "fine"), (None, "unknown")])
def test_credentials_must_outlive_the_update(examined, prod, monkeypatch, minutes, level):
    monkeypatch.setenv("AWS_SESSION_TOKEN", "temporary")
    if minutes:
        monkeypatch.setenv(EXPIRATION, (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat())
    assert "minutes" in only(examined(prod), LIFETIME, level).text


@pytest.mark.parametrize(
    ("env", "quota", "value"),
    [
        ("dev", needs.SERVERLESS, 4),
        ("prod", "ml.m5.large for endpoint usage", 3),
        ("dev", BUILDS, 0),
    ],
)
def test_a_quota_that_is_too_small_is_named_with_the_request_that_raises_it(
    request, examined, account, env, quota, value
):
    account.quotas[quota] = value
    result = only(examined(request.getfixturevalue(env)), quotas.CHECK, "fault")
    assert quota in result.text
    assert f"has {value}, expected at least" in result.text
    assert "--quota-code L-1" in result.fix


def test_an_instance_type_that_the_region_does_not_have_is_a_fault(examined, account, prod):
    account.quotas["ml.m5.large for endpoint usage"] = None
    assert "no ml.m5.large there" in only(examined(prod), quotas.CHECK, "fault").text


def test_a_quota_that_is_not_listed_is_unknown(examined, account, dev):
    account.quotas[BUILDS] = None
    assert BUILDS in only(examined(dev), quotas.CHECK, "unknown").text


NETWORK = program(
    resource("aws:ec2/vpc:Vpc"), resource("aws:ec2/eip:Eip"), resource("aws:cloudtrail/trail:Trail"), environment="dev"
)


def test_room_that_others_have_taken_is_a_fault(examined, account, aws):
    account.quotas |= {"VPCs per Region": 1, "EC2-VPC Elastic IPs": 1}
    aws.client("ec2").allocate_address(Domain="vpc")
    aws.client("s3").create_bucket(Bucket="trails", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for number in range(quotas.TRAIL_LIMIT):
        aws.client("cloudtrail").create_trail(Name=f"theirs-{number}", S3BucketName="trails")
    found = [result for result in examined(NETWORK) if (result.check, result.level) == (quotas.ROOM, "fault")]
    assert [result.text.split(":")[0] for result in found] == ["VPCs", "Elastic IP addresses", "trails"]
    assert all("more are asked for" in result.text and result.fix for result in found)


def test_what_is_the_stacks_own_takes_no_room(examined, account, aws):
    account.quotas |= {"VPCs per Region": 2, "EC2-VPC Elastic IPs": 1}
    tags = [{"Key": "Stack", "Value": "mlops-demo-dev"}]
    ec2 = aws.client("ec2")
    ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": tags}])
    ec2.allocate_address(Domain="vpc", TagSpecifications=[{"ResourceType": "elastic-ip", "Tags": tags}])
    assert not [result for result in examined(NETWORK) if (result.check, result.level) == (quotas.ROOM, "fault")]


@pytest.mark.parametrize(("tags", "level"), [({}, "fault"), ({"Stack": "mlops-demo-dev"}, "fine")])
def test_a_log_group_that_a_service_made_again_is_in_the_way_and_the_stacks_own_is_not(examined, aws, dev, tags, level):
    name = "/aws/sagemaker/Endpoints/mlops-demo-dev"
    aws.client("logs").create_log_group(logGroupName=name, **({"tags": tags} if tags else {}))
    result = only(examined(dev), logs.CHECK, level)
    assert (result.fix == f"aws logs delete-log-group --log-group-name {name}") is (level == "fault")


def test_a_service_without_its_role_is_warned_of(examined, aws):
    scaling = program(resource("aws:appautoscaling/target:Target", maxCapacity=1))
    result = only(examined(scaling), roles.CHECK, "warning")
    assert roles.SAGEMAKER_SCALING in result.text
    aws.client("iam").create_service_linked_role(AWSServiceName=result.fix.split()[-1])
    aws.client("iam").create_role(RoleName=roles.SAGEMAKER_SCALING, AssumeRolePolicyDocument="{}")
    only(examined(scaling), roles.CHECK, "fine")


def test_a_region_without_managed_mlflow_is_a_fault(examined, account, dev):
    account.answers["sagemaker:ListMlflowApps"] = ApiError("UnknownOperationException", "what?")
    assert "aws:region" in only(examined(dev), sources.TRACKING, "fault").fix


MANIFEST = {"schemaVersion": 2, "mediaType": sources.DOCKER, "layers": []}
OCI = {**MANIFEST, "mediaType": "application/vnd.oci.image.manifest.v1+json"}


@pytest.mark.parametrize(("manifest", "level"), [(MANIFEST, "fine"), (OCI, "fault")])
def test_a_pinned_image_is_one_that_sagemaker_takes(examined, aws, project, manifest, level):
    repository = "mlops-demo-try-image-repository-0a1b2c3"
    aws.client("ecr").create_repository(repositoryName=repository)
    put = aws.client("ecr").put_image(
        repositoryName=repository,
        imageManifest=json.dumps(manifest),
        imageManifestMediaType=manifest["mediaType"],
        imageTag="v1",
    )
    digest = put["image"]["imageId"]["imageDigest"]
    root = project({"image": {"digest": digest}})
    assert digest in only(examined(run(root, "try"), root), sources.IMAGE, level).text


@pytest.mark.parametrize(
    ("repository", "words"),
    [(None, "no repository yet"), ("mlops-demo-try-image-repository-1", "expected an image in")],
)
def test_a_pinned_image_that_is_not_there_is_a_fault(examined, aws, project, repository, words):
    if repository:
        aws.client("ecr").create_repository(repositoryName=repository)
    root = project({"image": {"digest": "sha256:" + "a" * 64}})
    assert words in only(examined(run(root, "try"), root), sources.IMAGE, "fault").text


def test_a_model_that_is_not_there_is_a_fault(examined, aws, project):
    sha = "b" * 64
    bucket = "mlops-demo-try-data-models-bucket-1234567"
    root = project({"model": {"url": f"s3://{bucket}/approved/{sha}/model.tar.gz", "sha256": sha}})
    found = run(root, "try")
    assert "S3 answers 404" in only(examined(found, root), sources.MODELS, "fault").text
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=bucket, Key=f"approved/{sha}/model.tar.gz", Body=b"x")
    only(examined(found, root), sources.MODELS, "fine")


def test_a_model_in_another_environment_s_bucket_is_a_fault(examined, project):
    """The endpoint's role could not read it: the first `pulumi up` would end in a failed endpoint."""
    sha = "b" * 64
    root = project(
        {"model": {"url": f"s3://mlops-demo-dev-data-models-bucket-1/approved/{sha}/model.tar.gz", "sha256": sha}}
    )
    said = only(examined(run(root, "try"), root), sources.MODELS, "fault").text
    assert "expected a bucket mlops-demo-try-data-models-bucket-…" in said


def test_the_models_bucket_is_called_as_the_doctor_expects(dev):
    (name,) = [entry.name for entry in dev.of_type("aws:s3/bucket:Bucket") if "models" in entry.name]
    assert name.endswith(f"-{sources.MODELS_BUCKET}")


def test_a_question_that_is_not_allowed_is_unknown_and_the_others_are_asked(examined, account, dev):
    account.denied.add("service-quotas:ListAWSDefaultServiceQuotas")
    results = examined(dev)
    assert "may not ask (ListAWSDefaultServiceQuotas)" in only(results, quotas.CHECK, "unknown").text
    only(results, sources.IMAGE, "fine")


def test_the_command_shows_each_result_and_exits_by_the_faults(aws, account, pulumi, project, dev):
    pulumi("v3.250.0")
    account.needed |= {need.quota for need in needs.of(dev)}
    root = project()
    arguments = ["try", "--root", str(root)]
    done = CliRunner().invoke(command.app, [*arguments, "--json"])
    assert done.exit_code == 0, done.stderr
    assert {"check": CREDENTIALS, "level": "fine"}.items() <= json.loads(done.stdout)["results"][1].items()
    account.quotas[BUILDS] = 0
    done = CliRunner().invoke(command.app, arguments)
    assert done.exit_code == 1
    assert "fix: aws service-quotas" in done.stdout
    assert "stand in the way of `pulumi up`" in done.stderr
