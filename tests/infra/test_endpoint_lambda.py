"""The endpoint as a Lambda function: the same image behind a URL that asks who calls."""

import json
from collections.abc import Callable

import pytest

from infra import notes
from infra.endpoint_lambda import ALIAS, COMMAND
from infra.offline import Program
from infra.source import ROOT
from tests.infra.planned import one, refusal, settings_of, statements
from tests.infra.ways import LAMBDA
from tests.rehearsal.stack import RELEASE

FUNCTION = "aws:lambda/function:Function"
POLICY = "aws:iam/rolePolicy:RolePolicy"


@pytest.fixture(scope="module")
def served(planned: Callable[..., Program]) -> Program:
    return planned(**LAMBDA, model=RELEASE)


def test_it_is_the_image_by_digest_with_another_command_and_the_endpoint_s_name(served: Program):
    inputs = one(served, FUNCTION).inputs
    assert inputs["name"] == served.outputs["endpoint_name"]
    assert inputs["packageType"] == "Image"
    assert "@sha256:" in inputs["imageUri"]
    assert inputs["imageUri"].startswith(served.outputs["image_repository"])
    assert inputs["architectures"] == ["x86_64"]
    assert inputs["imageConfig"] == {"commands": [COMMAND]}
    assert f"{COMMAND}) exec python -m awslambdaric ml.serving.function.handler ;;" in (ROOT / "Dockerfile").read_text()
    assert (inputs["memorySize"], inputs["timeout"], inputs["reservedConcurrentExecutions"]) == (3000, 20, 7)


def test_it_fetches_the_release_by_its_digest(served: Program):
    variables = one(served, FUNCTION).inputs["environment"]["variables"]
    assert (variables["MLOPS_MODEL_URL"], variables["MLOPS_MODEL_SHA256"]) == (RELEASE["url"], RELEASE["sha256"])


def test_without_a_release_it_answers_with_the_baseline(planned: Callable[..., Program]):
    assert "MLOPS_MODEL_URL" not in one(planned(**LAMBDA), FUNCTION).inputs["environment"]["variables"]


@pytest.mark.parametrize("settings", [{"model": RELEASE}, {}])
def test_its_role_reads_approved_models_alone_with_or_without_a_release(
    settings: dict, planned: Callable[..., Program]
):
    program = planned(**LAMBDA, **settings)
    granted = statements(one(program, POLICY, "endpoint-role-policy"))
    models = program.outputs["buckets"]["models"]
    assert [(s["Action"], s["Resource"]) for s in granted if s["Action"][0].startswith("s3:")] == [
        (["s3:ListBucket"], f"arn:aws:s3:::{models}"),
        (["s3:GetObject"], [f"arn:aws:s3:::{models}/approved/*"]),
    ]
    assert {action.partition(":")[0] for s in granted for action in s["Action"]} == {"s3", "kms", "logs"}


def test_its_url_takes_signed_requests_to_the_alias_alone(served: Program):
    inputs = one(served, "aws:lambda/functionUrl:FunctionUrl").inputs
    assert (inputs["authorizationType"], inputs["qualifier"]) == ("AWS_IAM", ALIAS)
    asked = [
        (s["Action"], s["Resource"].rpartition(":function:")[2], s["Condition"])
        for s in statements(one(served, POLICY, "access-caller-policy"))
        if s["Action"][0].startswith("lambda:")
    ]
    live = f"{served.outputs['endpoint_name']}:{ALIAS}"
    assert asked == [
        (["lambda:InvokeFunctionUrl"], live, {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}}),
        (["lambda:InvokeFunction"], live, {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}),
    ]


def test_lambda_may_pull_the_image_for_this_function_alone(served: Program):
    (statement,) = statements(one(served, "aws:ecr/repositoryPolicy:RepositoryPolicy"))
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
    sources = statement["Condition"]["StringLike"]["aws:SourceArn"]
    assert {arn.partition(":function:")[2] for arn in sources} == {"mlops-demo-try", "mlops-demo-try:*"}


def test_its_lines_reach_the_bucket_from_an_encrypted_log(served: Program):
    group = one(served, "aws:cloudwatch/logGroup:LogGroup", "endpoint-logs").inputs
    assert group["kmsKeyId"]
    assert one(served, FUNCTION).inputs["loggingConfig"]["logGroup"] == group["name"]
    assert one(served, "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter").inputs["logGroup"] == group["name"]
    assert one(served, FUNCTION).inputs["environment"]["variables"]["MLOPS_CAPTURE"] == "stdout"


@pytest.mark.slow
def test_a_canary_is_watched_by_the_alarms_on_requests_and_all_at_once_by_none(planned: Callable[..., Program]):
    def shifted(**rollout: object) -> dict:
        return one(planned(**LAMBDA, rollout=rollout), "pulumi-python:dynamic:Shifted").inputs

    canary = shifted(strategy="canary", percent=20, bakeMinutes=5)
    assert (canary["percent"], canary["bake_minutes"]) == (20, 5)
    assert [name.removeprefix("mlops-demo-try-watch-") for name in canary["alarms"]] == [
        "errors-0000000",
        "latency-0000000",
    ]
    assert shifted(strategy="all-at-once")["percent"] == 0


def test_the_alarms_are_on_what_lambda_counts(served: Program):
    def alarm(name: str) -> dict:
        return one(served, "aws:cloudwatch/metricAlarm:MetricAlarm", f"watch-{name}").inputs

    function = {"FunctionName": served.outputs["endpoint_name"]}
    assert alarm("errors")["metricName"] == "Url5xxCount"
    # Lambda's latency is in milliseconds, SageMaker's in microseconds.
    assert (alarm("latency")["metricName"], alarm("latency")["threshold"]) == ("UrlRequestLatency", 500)
    assert (alarm("concurrency")["metricName"], alarm("concurrency")["threshold"]) == ("ConcurrentExecutions", 6.3)
    assert alarm("throttled")["metricName"] == "Throttles"
    assert {json.dumps(alarm(name)["dimensions"]) for name in ("errors", "latency", "concurrency", "throttled")} == {
        json.dumps(function)
    }


@pytest.mark.parametrize("strategy", ["linear", "blue-green", "rolling", "shadow", "a-b"])
def test_strategies_that_an_alias_does_not_know_are_refused(strategy: str):
    more = {"challenger": RELEASE} if strategy in ("shadow", "a-b") else {}
    text = refusal(**LAMBDA, rollout={"strategy": strategy, "bakeMinutes": 4}, **more)
    assert f"rollout.strategy is '{strategy}', expected all-at-once or canary: an alias of a function" in text


def test_bounds_and_scaling_are_refused_in_words():
    assert "serving.memoryMb is 256, expected 512 to 10240" in refusal(serving={"mode": "lambda", "memoryMb": 256})
    scaling = {"minInstances": 1, "maxInstances": 2, "metric": "invocations", "target": 5}
    assert "lambda scales by itself, up to serving.concurrency" in refusal(**LAMBDA, scaling=scaling)


def test_the_plan_says_what_it_keeps_of_the_account():
    (said,) = [remark for remark in notes.of(settings_of(**LAMBDA)) if remark.startswith("serving.mode lambda: ")]
    assert "keeps 7 of the account's concurrent executions" in said
