"""The preview role reads what a preview reads, for code that nobody has reviewed; the promote role promotes."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.converged import ConvergedProvider
from infra.rehearsal.aws import Aws, RefusedError
from infra.rehearsal.environment import aws_variables, environment
from infra.rehearsal.request import plain
from tests.rehearsal.conftest import emptied
from tests.rehearsal.delivery.conftest import STATE, Delivered, claims, made, refusal
from tests.rehearsal.in_order import policy

pytestmark = pytest.mark.slow

STACK = ".pulumi/stacks/mlops-demo/dev.json"
CONNECTION = {"region": "eu-west-1", "profile": "", "endpoints": {}}


@pytest.fixture(scope="module")
def running(_account: Aws, tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    """The account with dev in it: its state, a release record, data and a secret."""
    delivered = made(emptied(_account), tmp_path_factory.mktemp("delivered") / "project")
    _, program = delivered.apply("dev", delivered.aws)
    delivered.outputs["dev"] = plain(program.outputs)
    aws, models = delivered.aws, delivered.outputs["dev"]["buckets"]["models"]
    for key in (STACK, STACK.replace("dev", "prod"), ".pulumi/meta.yaml"):
        aws.call("s3", "PutObject", Bucket=STATE, Key=key, Body=b"{}")
    for key in ("releases/1.json", "candidates/model.tar.gz"):
        aws.call("s3", "PutObject", Bucket=models, Key=key, Body=b"{}")
    for bucket in ("raw", "tables", "capture"):
        aws.call("s3", "PutObject", Bucket=delivered.outputs["dev"]["buckets"][bucket], Key="a", Body=b"data")
    return delivered


@pytest.fixture(scope="module")
def preview(running: Delivered) -> Aws:
    return running.acting("dev", "preview")


@pytest.fixture(scope="module")
def promote(running: Delivered) -> Aws:
    return running.acting("dev", "promote")


def test_it_reads_the_state_and_decrypts_it(running: Delivered, preview: Aws):
    preview.call("s3", "ListObjectsV2", Bucket=STATE, Prefix=".pulumi/")
    for key in (".pulumi/meta.yaml", STACK):
        assert preview.call("s3", "GetObject", Bucket=STATE, Key=key)["Body"].read() == b"{}"
    sealed = running.aws.call("kms", "Encrypt", KeyId=running.state_key(), Plaintext=b"data key")["CiphertextBlob"]
    assert preview.call("kms", "Decrypt", KeyId=running.state_key(), CiphertextBlob=sealed)["Plaintext"] == b"data key"


def test_a_refresh_may_see_what_the_endpoint_runs(running: Delivered, preview: Aws):
    name = running.outputs["dev"]["endpoint_name"]
    config = running.aws.call("sagemaker", "DescribeEndpoint", EndpointName=name)["EndpointConfigName"]
    props: dict[str, Any] = {"endpoint": name, "config": config, "owned": {}, "connection": CONNECTION}
    with environment(aws_variables(preview.endpoint, preview.region, preview.credentials)):
        assert ConvergedProvider().read(name, props).id == name


@pytest.mark.parametrize("whose", ["preview", "promote"])
def test_release_records_are_read_and_listed(running: Delivered, whose: str, request: pytest.FixtureRequest):
    aws, models = request.getfixturevalue(whose), running.outputs["dev"]["buckets"]["models"]
    listed = aws.call("s3", "ListObjectsV2", Bucket=models, Prefix="releases/")
    assert [item["Key"] for item in listed["Contents"]] == ["releases/1.json"]
    assert aws.call("s3", "GetObject", Bucket=models, Key="releases/1.json")["Body"].read() == b"{}"


def test_a_promotion_talks_to_mlflow_and_to_no_other_environment_s(running: Delivered, promote: Aws):
    promote.ask("sagemaker:CallMlflowAppApi", running.outputs["dev"]["mlflow"])
    with pytest.raises(RefusedError, match="sagemaker:CallMlflowAppApi"):
        running.acting("prod", "promote").ask("sagemaker:CallMlflowAppApi", running.outputs["dev"]["mlflow"])


def of_bucket(purpose: str, key: str = "a") -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda outputs: {"Bucket": outputs["buckets"][purpose], "Key": key}


REFUSED: dict[str, tuple[str, str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "raw data": ("s3", "GetObject", of_bucket("raw")),
    "tables": ("s3", "GetObject", of_bucket("tables")),
    "captured predictions": ("s3", "GetObject", of_bucket("capture")),
    "a model": ("s3", "GetObject", of_bucket("models", "candidates/model.tar.gz")),
    "another environment's state": (
        "s3",
        "GetObject",
        lambda _: {"Bucket": STATE, "Key": STACK.replace("dev", "prod")},
    ),
    "the state, written": ("s3", "PutObject", lambda _: {"Bucket": STATE, "Key": STACK, "Body": b""}),
    "the state, deleted": ("s3", "DeleteObject", lambda _: {"Bucket": STATE, "Key": STACK}),
    "a release, written": (
        "s3",
        "PutObject",
        lambda outputs: {**of_bucket("models", "releases/2.json")(outputs), "Body": b""},
    ),
    "the listing of data": ("s3", "ListObjectsV2", lambda outputs: {"Bucket": outputs["buckets"]["raw"]}),
    "an image, pushed": (
        "ecr",
        "PutImage",
        lambda outputs: {"repositoryName": outputs["image_repository"].partition("/")[2], "imageManifest": "{}"},
    ),
    "an endpoint, deleted": ("sagemaker", "DeleteEndpoint", lambda outputs: {"EndpointName": outputs["endpoint_name"]}),
    "an endpoint, asked": (
        "sagemaker-runtime",
        "InvokeEndpoint",
        lambda outputs: {"EndpointName": outputs["endpoint_name"], "Body": b""},
    ),
    "a role": ("iam", "CreateRole", lambda _: {"RoleName": "r", "AssumeRolePolicyDocument": "{}"}),
    "another role": (
        "sts",
        "AssumeRole",
        lambda outputs: {"RoleArn": outputs["roles"]["releaser"], "RoleSessionName": "session"},
    ),
}


@pytest.mark.parametrize("whose", ["preview", "promote"])
@pytest.mark.parametrize("what", REFUSED)
def test_nothing_else_is_read_and_nothing_written(
    running: Delivered, what: str, whose: str, request: pytest.FixtureRequest
):
    service, operation, parameters = REFUSED[what]
    with pytest.raises((RefusedError, ClientError), match="is not authorized to perform"):
        request.getfixturevalue(whose).call(service, operation, **parameters(running.outputs["dev"]))


@pytest.mark.parametrize("whose", ["preview", "promote"])
def test_no_secret_s_value_is_read(running: Delivered, whose: str, request: pytest.FixtureRequest):
    secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:mlops-demo-dev-tracking"
    for action in ("secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue"):
        with pytest.raises(RefusedError, match="is not authorized to perform"):
            request.getfixturevalue(whose).ask(action, secret)


def test_the_preview_role_reads_no_data_whatever_it_is_given_beside(running: Delivered):
    everything = policy(Action="*", Resource="*")
    give = {"RoleName": "mlops-demo-prod-preview", "PolicyName": "all", "PolicyDocument": everything}
    running.aws.call("iam", "PutRolePolicy", **give)
    previewer, outputs = running.acting("prod", "preview"), running.outputs["dev"]
    previewer.call("sagemaker", "ListModels")
    for service, operation, parameters in (REFUSED["raw data"], REFUSED["a model"], REFUSED["an image, pushed"]):
        with pytest.raises(RefusedError, match=r"-0-preview, statement \d+ denies it"):
            previewer.call(service, operation, **parameters(outputs))


@pytest.mark.parametrize("env", ["dev", "prod"])
@pytest.mark.parametrize(
    ("purpose", "event"), [("preview", "pull_request"), ("deploy", "environment:{}"), ("promote", "environment:{}")]
)
def test_each_role_is_for_its_own_event_alone(running: Delivered, env: str, purpose: str, event: str):
    name = running.outputs["roles"][env][purpose].rpartition("/")[2]
    trust = running.aws.call("iam", "GetRole", RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    trust = trust if isinstance(trust, str) else json.dumps(trust)
    events = ["pull_request", "environment:dev", "environment:prod", "environment:dev2", "ref:refs/heads/main"]
    taken = [other for other in events if not refusal(trust, claims(other))]
    assert taken == [event.format(env)]
