"""After a restoration on labels, as the monitor's own code does it: what `pulumi up` then says."""

import json
from unittest.mock import ANY

import pytest

from ml import deployed, releases
from ml.monitoring import restoration
from tests.rehearsal.front.engine import EngineError
from tests.rehearsal.front.rolled_out import Stack, passing

pytestmark = pytest.mark.slow


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
    assert monitor.running() == releases.Running(config=stack.config, sha256="", since=ANY)
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
    stack.account.s3.delete_object(Bucket="data", Key="shop-dev-endpoint-champion-0000002/model.tar.gz")
    passing(stack, monkeypatch, module=deployed)
    with pytest.raises(deployed.EndpointError, match=f"is InService on {stack.config}, expected InService on {other}"):
        monitor.switch(other)
    stack.account.update(other)
    assert monitor.running() is None
    stack.account.clock.step(4)
    monkeypatch.setattr(deployed, "LIMIT_SECONDS", -60)
    with pytest.raises(deployed.EndpointError, match="does not run"):
        monitor.switch(stack.config)
