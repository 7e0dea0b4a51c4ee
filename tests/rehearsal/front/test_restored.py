"""After a restoration on labels, as the monitor's own code does it: what `pulumi up` then says."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import ANY

import pytest
from botocore.exceptions import ClientError

from ml import deployed, releases
from ml.monitoring import job, restoration
from ml.wiring import Wiring
from tests.ml.labels import labelled
from tests.rehearsal.front.engine import EngineError
from tests.rehearsal.front.hosted import GUARDED
from tests.rehearsal.front.rolled_out import Stack, passing

pytestmark = pytest.mark.slow
WIRING = Wiring(**{**dict.fromkeys(Wiring.__dataclass_fields__, "x"), "endpoint_name": "e", "models_bucket": "data"})


class Monitor:
    """The last step of the monitor on the modelled control plane, with labels that show a worse release."""

    def __init__(self, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
        self.given_back: list[tuple[str, str]] = []
        self.endpoint = deployed.SageMakerEndpoint("e")

        def registry(*_of: object) -> Any:
            return SimpleNamespace(give_back=lambda bad, before, reasons: self.given_back.append((bad, before)))

        monkeypatch.setattr(restoration, "Registry", registry)
        monkeypatch.setattr(restoration, "_bundle", lambda _wiring, seen: seen)
        monkeypatch.setattr(job, "observe", lambda _wiring, window, now: SimpleNamespace(frame=window))
        monkeypatch.setattr(restoration.paired, "answers", lambda window, *_: labelled(window, 0.3, 7))
        passing(stack, monkeypatch, module=deployed)

    def run(self, day: int) -> dict[str, Any] | None:
        return restoration.run(WIRING, self.endpoint, now=datetime.now(UTC) + timedelta(days=day))


@pytest.fixture
def monitor(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Monitor:
    for name, value in {"AWS_ENDPOINT_URL": stack.connection["endpoints"]["s3"], "AWS_REGION": "eu-west-1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    return Monitor(stack, monkeypatch)


def instances(stack: Stack) -> int:
    (variant,) = stack.account.describe()["ProductionVariants"]
    return variant["DesiredInstanceCount"]


def scaled(stack: Stack, to: int) -> None:
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "endpoint/e/variant/champion",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    stack.account.scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=9)
    wanted = [{"VariantName": "champion", "DesiredInstanceCount": to}]
    stack.account.sagemaker.update_endpoint_weights_and_capacities(EndpointName="e", DesiredWeightsAndCapacities=wanted)
    stack.account.clock.step()


def told(stack: Stack) -> list[str]:
    seen = stack.account.cloudwatch.list_metrics(Namespace=WIRING.metrics_namespace)["Metrics"]
    return [metric["MetricName"] for metric in seen]


def test_a_busy_endpoint_is_given_back_with_as_many_instances_as_it_has(stack: Stack, monitor: Monitor):
    stack.up("one")
    first = stack.running
    assert monitor.run(0) is None
    stack.up("two")
    scaled(stack, to=5)
    record = monitor.run(8)
    assert record
    assert (record["outcome"], record["to"]) == ("restored", {"release": "one", "config": first})
    assert (stack.running, instances(stack)) == (first, 5)
    assert monitor.given_back == [("two", "one")]
    # Without its alarms, the provider would replace the endpoint.
    guarded = stack.account.describe()["LastDeploymentConfig"]["AutoRollbackConfiguration"]
    assert guarded == GUARDED["AutoRollbackConfiguration"]
    kept = stack.account.s3.get_object(Bucket="data", Key=restoration.key("two"))["Body"].read()
    assert json.loads(kept) == record
    assert told(stack) == ["Restorations"]


def test_what_sagemaker_refuses_is_the_record_s_outcome_and_is_not_tried_again(stack: Stack, monitor: Monitor):
    stack.up("one")
    assert monitor.run(0) is None
    stack.instance = "ml.m5.xlarge"
    stack.up("two")
    scaled(stack, to=5)
    record = monitor.run(8)
    assert record
    assert record["outcome"].startswith("not restored: The instance type of endpoint/e/variant/champion cannot change")
    assert told(stack) == ["Restorations"]
    assert monitor.run(9) is None
    assert (stack.running, instances(stack), monitor.given_back) == (stack.config, 5, [])


def test_what_cannot_begin_while_something_else_is_under_way_is_no_refusal(stack: Stack, monitor: Monitor):
    stack.up("one")
    other = stack.configure("two")
    stack.account.update(other)
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        monitor.endpoint.switch(stack.config)


def test_after_a_restoration_on_labels_each_run_fails_and_names_the_record_until_git_says_the_same(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
):
    """The monitor moves the endpoint by its own code, on the same modelled control plane."""
    stack.up("one")
    first = stack.running
    stack.up("two")
    for name, value in {"AWS_ENDPOINT_URL": stack.connection["endpoints"]["s3"], "AWS_REGION": "eu-west-1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    passing(stack, monkeypatch, module=deployed)
    monitor = deployed.SageMakerEndpoint("e")
    two = releases.Running(config=stack.config, sha256="two", since=ANY, shape="real-time champion")
    assert monitor.running() == two
    assert monitor.has(first)
    assert not monitor.has("shop-dev-gone")
    monitor.switch(first)
    assert stack.running == first
    record = {
        "at": "2026-11-25T12:00:00+00:00",
        "from": {"release": "two"},
        "to": {"release": "one"},
        "reasons": ["loss is 0.09 higher"],
        "outcome": "restored",
    }
    stack.account.s3.put_object(Bucket="data", Key=restoration.key("two"), Body=json.dumps(record).encode())
    for _ in range(2):
        with pytest.raises(EngineError) as failed:
            stack.up("two")
        for part in (
            f"InService on the configuration {first}, expected InService on {stack.config}",
            "gave the endpoint back to release one on labels, at 2026-11-25T12:00:00+00:00 (restored): loss is 0.09",
            "The record is s3://data/releases/restorations/two.json: revert the pull request",
        ):
            assert part in str(failed.value)
    assert stack.up("one") == "update"
    assert stack.running == stack.config != first
    assert stack.up("one") == "same"


def test_the_monitor_says_so_where_sagemaker_goes_back_or_takes_too_long(stack: Stack, monkeypatch: pytest.MonkeyPatch):
    stack.up("one")
    monkeypatch.setenv("AWS_ENDPOINT_URL", stack.connection["endpoints"]["sagemaker"])
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monitor, other = deployed.SageMakerEndpoint("e"), stack.configure("two")
    stack.account.s3.delete_object(Bucket="data", Key="shop-dev-endpoint-two-0000002/model.tar.gz")
    passing(stack, monkeypatch, module=deployed)
    with pytest.raises(deployed.EndpointError, match=f"is InService on {stack.config}, expected InService on {other}"):
        monitor.switch(other)
    stack.account.update(other)
    assert monitor.running() is None
    stack.account.clock.step(4)
    monkeypatch.setattr(deployed, "LIMIT_SECONDS", -60)
    with pytest.raises(deployed.EndpointError, match="does not run"):
        monitor.switch(stack.config)
