import re
from typing import Any

import pytest

from infra import source
from infra.offline import Program
from tests.infra.planned import one, statements
from tests.infra.ways import ALARM, CONFIG, ENDPOINT, MODEL, REAL_TIME, release


def test_before_any_release_the_endpoint_answers_with_the_image_s_baseline(program: Program):
    container = one(program, MODEL).inputs["primaryContainer"]
    assert "modelDataUrl" not in container
    assert "MLOPS_MODEL_SHA256" not in container["environment"]
    assert one(program, ENDPOINT).inputs["name"] == program.outputs["endpoint_name"]


def test_a_release_is_served_from_its_address_and_checked_by_its_digest(planned):
    container = one(planned(model=release("a"), owner="one"), MODEL).inputs["primaryContainer"]
    assert container["modelDataUrl"] == release("a")["url"]
    assert container["environment"]["MLOPS_MODEL_SHA256"] == "a" * 64


@pytest.mark.slow
def test_a_new_release_gives_a_new_configuration_and_the_same_one_does_not(planned):
    first, again, second = (
        one(planned(model=release(letter), owner=owner), CONFIG).inputs["namePrefix"]
        for letter, owner in (("a", "one"), ("a", "another"), ("b", "one"))
    )
    assert first == again != second


@pytest.mark.slow
def test_a_model_s_name_starts_with_a_hash_of_what_is_in_it(planned):
    """A release that comes back has the same start again, behind which Pulumi puts other digits."""
    digests = [{"image": {"digest": f"sha256:{letter * 64}"}} for letter in "de"]
    first, again, released, imaged = (
        one(planned(**config), MODEL).name
        for config in (
            {"model": release("a"), "owner": "one"} | digests[0],
            {"model": release("a"), "owner": "another"} | digests[0],
            {"model": release("b")} | digests[0],
            {"model": release("a")} | digests[1],
        )
    )
    assert re.fullmatch("mlops-demo-try-endpoint-[0-9a-f]{8}", first)
    assert first == again
    assert len({first, released, imaged}) == 3


def test_two_variants_of_one_release_have_a_model_each(planned):
    tested = {**REAL_TIME, "rollout": {"strategy": "a-b", "percent": 10}}
    program = planned(**tested, model=release("a"), challenger=release("a"))
    assert len({model.name for model in program.of_type(MODEL)}) == 2


def test_a_model_of_the_image_that_the_account_builds_is_named_before_it_is_built(planned, monkeypatch):
    before = one(planned(owner="one"), MODEL).name
    monkeypatch.setattr(source, "digest", lambda _files: "another source")
    assert one(planned(owner="another"), MODEL).name != before


def test_names_that_must_outlive_a_release_are_fixed_and_those_that_must_not_collide_are_not(program: Program):
    config = one(program, CONFIG).inputs
    assert config["productionVariants"][0]["variantName"] == "champion"
    assert "name" not in config
    assert "name" not in one(program, MODEL).inputs


def test_the_previous_release_stays_for_a_rollback(program: Program):
    assert one(program, MODEL).retain_on_delete
    assert one(program, CONFIG).retain_on_delete
    assert not one(program, ENDPOINT).retain_on_delete


def test_what_the_endpoint_runs_is_asked_after_it_and_what_it_left_behind_is_removed_after_it(program: Program):
    endpoint, config = one(program, ENDPOINT), one(program, CONFIG)
    converged = one(program, "pulumi-python:dynamic:Converged")
    retained = one(program, "pulumi-python:dynamic:Retained")
    assert {endpoint.urn, config.urn} <= set(converged.dependencies)
    # Pulumi deletes in the reverse order: first the endpoint, then its configurations.
    assert retained.urn in endpoint.dependencies
    assert converged.inputs["endpoint"] == retained.inputs["endpoint"] == endpoint.inputs["name"]
    assert converged.parent == retained.parent == endpoint.parent


def test_the_collector_knows_the_names_and_the_tag_of_what_the_endpoint_leaves_behind(planned):
    program = planned(**{**REAL_TIME, "rollout": {"strategy": "shadow"}, "challenger": release("c")})
    owned = one(program, "pulumi-python:dynamic:Converged").inputs["owned"]
    assert one(program, "pulumi-python:dynamic:Retained").inputs["owned"] == owned
    made = [*program.of_type(MODEL), *program.of_type(CONFIG)]
    assert len(made) == 3
    assert all(entry.inputs["tags"]["Stack"] == owned["stack"] for entry in made)
    assert all(entry.name.startswith(owned["models"]) for entry in program.of_type(MODEL))
    assert one(program, CONFIG).inputs["namePrefix"].startswith(owned["configs"])


def test_serverless_has_no_isolation_and_writes_a_line_for_each_prediction(dev: Program):
    model, config = one(dev, MODEL).inputs, one(dev, CONFIG).inputs
    assert model["enableNetworkIsolation"] is False
    assert model["primaryContainer"]["environment"]["MLOPS_CAPTURE"] == "stdout"
    assert "dataCaptureConfig" not in config
    assert config["productionVariants"][0]["serverlessConfig"] == {"memorySizeInMb": 2048, "maxConcurrency": 5}
    assert "deploymentConfig" not in one(dev, ENDPOINT).inputs


def test_real_time_is_isolated_and_captured_by_the_platform(prod: Program):
    model, config = one(prod, MODEL).inputs, one(prod, CONFIG).inputs
    assert model["enableNetworkIsolation"] is True
    assert model["primaryContainer"]["environment"]["MLOPS_CAPTURE"] == "off"
    capture = config["dataCaptureConfig"]
    assert capture["destinationS3Uri"] == f"s3://{prod.outputs['buckets']['capture']}/platform"
    assert capture["initialSamplingPercentage"] == 100
    assert config["productionVariants"][0]["initialInstanceCount"] == 2


def test_disks_are_encrypted_where_sagemaker_lets_us(program: Program, planned):
    assert one(program, CONFIG).inputs["kmsKeyArn"]
    serving = {**REAL_TIME["serving"], "instance": "ml.m5d.large"}
    assert "kmsKeyArn" not in one(planned(**{**REAL_TIME, "serving": serving}), CONFIG).inputs


def test_the_alarms_that_roll_back_are_made_before_the_endpoint(prod: Program):
    endpoint = one(prod, ENDPOINT)
    rollback: Any = endpoint.inputs["deploymentConfig"]["autoRollbackConfiguration"]["alarms"]
    of_any_release = ["mlops-demo-prod-watch-errors-0000000", "mlops-demo-prod-watch-latency-0000000"]
    assert [alarm["alarmName"] for alarm in rollback[:2]] == of_any_release
    made = {entry.urn for entry in prod.of_type(ALARM) if entry.name.endswith(("errors", "latency"))}
    assert made <= set(endpoint.dependencies)


def test_sagemaker_may_see_the_alarms_that_it_rolls_back_by(dev: Program, prod: Program):
    without = statements(one(dev, "aws:iam/rolePolicy:RolePolicy", "endpoint-role-policy"))
    assert not [statement for statement in without if "cloudwatch:DescribeAlarms" in statement["Action"]]
    found = statements(one(prod, "aws:iam/rolePolicy:RolePolicy", "endpoint-role-policy"))
    (watching,) = [statement for statement in found if statement["Action"] == ["cloudwatch:DescribeAlarms"]]
    rollback: Any = one(prod, ENDPOINT).inputs["deploymentConfig"]["autoRollbackConfiguration"]["alarms"]
    assert watching["Resource"] == [
        f"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{alarm['alarmName']}" for alarm in rollback
    ]


def test_alarms_watch_the_variant_that_the_endpoint_has(prod: Program):
    errors = one(prod, ALARM, "watch-errors").inputs
    assert errors["dimensions"]["VariantName"] == one(prod, CONFIG).inputs["productionVariants"][0]["variantName"]


def test_prod_gives_its_canary_half_of_the_traffic(prod: Program):
    routing = one(prod, ENDPOINT).inputs["deploymentConfig"]["blueGreenUpdatePolicy"]["trafficRoutingConfiguration"]
    assert routing == {
        "type": "CANARY",
        "canarySize": {"type": "CAPACITY_PERCENT", "value": 50},
        "waitIntervalInSeconds": 600,
    }


def test_a_change_of_serving_mode_replaces_the_endpoint_and_frees_its_name_first(dev: Program, prod: Program):
    for program, mode in ((dev, "serverless"), (prod, "real-time")):
        request = one(program, ENDPOINT).request
        assert request.replacement_trigger.string_value == mode
        assert request.deleteBeforeReplace


@pytest.mark.parametrize(
    ("strategy", "weights", "shadows"),
    [
        ("a-b", [("champion", 90), ("challenger", 10)], []),
        ("shadow", [("champion", 1)], ["challenger"]),
    ],
)
def test_a_challenger_is_a_second_variant_or_a_shadow(planned, strategy, weights, shadows):
    config = {**REAL_TIME, "rollout": {"strategy": strategy}, "challenger": release("c")}
    inputs = one(planned(**config), CONFIG).inputs
    assert [(v["variantName"], v["initialVariantWeight"]) for v in inputs["productionVariants"]] == weights
    assert [v["variantName"] for v in inputs.get("shadowProductionVariants", [])] == shadows


def test_the_endpoint_reads_models_and_writes_only_what_it_must(dev: Program, prod: Program):
    def objects(program: Program) -> dict[str, str]:
        found = statements(one(program, "aws:iam/rolePolicy:RolePolicy", "endpoint-role-policy"))
        on_objects = [s for s in found if {"s3:GetObject", "s3:PutObject"} & set(s["Action"])]
        return {s["Resource"][0].partition("-bucket-0000000/")[2]: " ".join(s["Action"]) for s in on_objects}

    assert objects(dev) == {"approved/*": "s3:GetObject"}
    assert objects(prod) == {"approved/*": "s3:GetObject", "platform/*": "s3:PutObject s3:AbortMultipartUpload"}


def test_an_mlflow_server_that_exists_is_used_and_none_is_made(planned):
    program = planned(tracking={"mode": "url", "url": "https://mlflow.example.com"})
    assert not program.of_type("aws:sagemaker/mlflowApp:MlflowApp")
    assert program.outputs["wiring"]["MLOPS_TRACKING_URI"] == "https://mlflow.example.com"
