"""The alarms of one release: what they read is what its containers write."""

import re

from infra import release_alarms
from infra.offline import Program
from ml import bundle
from ml.serving import emitted
from ml.serving.emitted import Emitted
from ml.serving.habits import Habits
from tests.infra.planned import one
from tests.ml.serving.small_models import GOOD, REFERENCE

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
REAL_TIME = {"serving": {"mode": "real-time", "instances": 2}, "rollout": {"strategy": "canary", "percent": 50}}
LIMIT = 10
"""docs.aws.amazon.com/sagemaker/latest/APIReference/API_AutoRollbackConfig.html"""


def release(letter: str) -> dict[str, str]:
    return {"url": f"s3://models/approved/{letter * 64}/model.tar.gz", "sha256": letter * 64}


def of_release(program: Program) -> dict[str, dict]:
    return {
        entry.name.partition("-release-")[2]: entry.inputs
        for entry in program.of_type(ALARM)
        if "-release-" in entry.name
    }


def metrics(inputs: dict) -> list[dict]:
    return (
        [query["metric"] for query in inputs["metricQueries"] if "metric" in query]
        if "metricQueries" in inputs
        else [inputs]
    )


def watched(found: dict[str, dict]) -> set[str]:
    """The releases that alarms read."""
    read = {metric["dimensions"].get("Release") for inputs in found.values() for metric in metrics(inputs)}
    return {release for release in read if release}


def test_the_alarms_turn_to_each_release_before_the_update_that_brings_it(planned):
    program = planned(**REAL_TIME, model=release("a"))
    found = of_release(program)
    assert set(found) == {"failures", "slow", "refusals", "missing", "out-of-range", "scores"}
    assert watched(found) == {"a" * 12}
    assert not any("name" in inputs for inputs in found.values())
    endpoint = one(program, ENDPOINT)
    rolling_back = [
        alarm["alarmName"] for alarm in endpoint.inputs["deploymentConfig"]["autoRollbackConfiguration"]["alarms"]
    ]
    assert len(rolling_back) == len(found) + 2
    made = {entry.urn for entry in program.of_type(ALARM) if "-release-" in entry.name}
    assert made <= set(endpoint.dependencies)
    other = planned(**REAL_TIME, model=release("b"))
    assert watched(of_release(other)) == {"b" * 12}
    # A changed list of alarms makes the endpoint anew: hashicorp/terraform-provider-aws, endpoint.go, ForceNew.
    assert one(other, ENDPOINT).inputs["deploymentConfig"] == endpoint.inputs["deploymentConfig"]


def test_the_first_release_of_all_is_the_image_s_baseline(prod: Program):
    assert release_alarms.BASELINE == emitted.BASELINE
    assert watched(of_release(prod)) == {"baseline"}


def test_a_release_is_called_as_its_containers_and_captures_call_it(planned):
    from infra.settings import Release

    asked = Release.model_validate(release("c"))
    assert release_alarms.short(asked) == bundle.release(asked.sha256)


def test_a_serverless_endpoint_has_none_for_nothing_could_be_rolled_back(dev: Program):
    assert of_release(dev) == {}


def test_a_challenger_is_watched_too_and_all_together_are_what_sagemaker_takes(planned):
    config = {**REAL_TIME, "rollout": {"strategy": "a-b"}, "model": release("a"), "challenger": release("c")}
    program = planned(**config)
    assert {"challenger-failures", "challenger-slow"} < set(of_release(program))
    assert watched(of_release(program)) == {"a" * 12, "c" * 12}
    rollback = one(program, ENDPOINT).inputs["deploymentConfig"]["autoRollbackConfiguration"]
    assert len(rollback["alarms"]) == LIMIT


def test_a_shadow_answers_nobody_and_rolls_nothing_back(planned):
    config = {**REAL_TIME, "rollout": {"strategy": "shadow"}, "model": release("a"), "challenger": release("c")}
    assert watched(of_release(planned(**config))) == {"a" * 12}


def test_a_challenger_that_is_the_champion_is_watched_once(planned):
    config = {**REAL_TIME, "rollout": {"strategy": "a-b"}, "model": release("a"), "challenger": release("a")}
    assert len(of_release(planned(**config))) == 6


def test_what_the_alarms_read_is_what_a_container_writes(prod: Program):
    """Namespace, names and dimensions: an alarm on another one would never go off."""
    written = Emitted(namespace="mlops-demo/prod", endpoint="mlops-demo-prod", release="baseline", descriptor=-1)
    written.use(Habits(REFERENCE))
    written.predicted(0.1, [GOOD], [0.5])
    written.answered("/invocations", 200)
    document = written._document()
    known = {
        (directive["Namespace"], metric["Name"], tuple(sorted((name, document[name]) for name in dimensions)))
        for directive in document["_aws"]["CloudWatchMetrics"]  # ty: ignore[not-subscriptable]
        for metric in directive["Metrics"]
        for dimensions in directive["Dimensions"]
    }
    read = {
        (metric["namespace"], metric["metricName"], tuple(sorted(metric["dimensions"].items())))
        for inputs in of_release(prod).values()
        for metric in metrics(inputs)
    }
    assert read == known
    # Each is paid for, so none is written that nobody reads.
    assert len(read) == 14


def test_silence_rolls_nothing_back_and_a_comparison_needs_rows_on_both_sides(prod: Program):
    for inputs in of_release(prod).values():
        assert inputs["treatMissingData"] == "notBreaching"
        if queries := inputs.get("metricQueries"):
            worse, *sums = queries
            assert [query["metric"]["stat"] for query in sums] == ["Sum"] * 4
            assert worse["returnData"]
            assert "IF(own_of >= 50 AND all_of - own_of >= 50, " in worse["expression"]


def difference(inputs: dict, **sums: float) -> float:
    """What CloudWatch would make of the alarm's expression, with Python's own arithmetic."""
    expression = inputs["metricQueries"][0]["expression"].replace("AND", "and").replace("ABS", "abs")
    parts = re.fullmatch(r"IF\((.*?), (.*), 0\)", expression)
    assert parts
    condition, worse = parts.groups()
    return eval(worse, {}, sums) if eval(condition, {}, sums) else 0  # noqa: S307


def test_a_release_goes_back_for_what_it_does_otherwise_than_the_one_beside_it(prod: Program):
    found = of_release(prod)
    missing, scores = found["missing"], found["scores"]
    # Half of both's rows lack a feature: a fault of who asks, not of the release.
    assert difference(missing, own=50, own_of=100, all=100, all_of=200) == 0
    assert difference(missing, own=90, own_of=100, all=95, all_of=200) > 0.8 > missing["threshold"]
    # Fewer odd rows than before is what a release is for.
    assert difference(missing, own=0, own_of=100, all=90, all_of=200) < 0
    assert difference(scores, own=10, own_of=100, all=70, all_of=200) >= 0.5 > scores["threshold"]
    assert difference(missing, own=9, own_of=9, all=9, all_of=200) == 0
    assert difference(missing, own=90, own_of=100, all=90, all_of=100) == 0


def test_the_thresholds_are_settings(planned):
    monitor = {"inputShift": 0.2, "scoreShift": 0.5, "latencyP99Ms": 80}
    found = of_release(planned(**REAL_TIME, monitor=monitor))
    thresholds = {name.removeprefix(""): inputs["threshold"] for name, inputs in found.items()}
    assert thresholds == {
        "failures": 1,
        "slow": 80,
        "refusals": 0.1,
        "missing": 0.2,
        "out-of-range": 0.2,
        "scores": 0.5,
    }
