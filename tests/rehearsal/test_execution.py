"""The pipeline as SageMaker runs it: started by the clock or by the monitor's event, each step a process of its own."""

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from infra.rehearsal.aws import RefusedError
from infra.rehearsal.environment import environment
from infra.rehearsal.execution import Execution
from infra.rehearsal.rehearse import Rehearsal, rehearse
from infra.rehearsal.starting import Starting
from ml import events, ingest
from ml.dataset import START, arrivals
from ml.registry import Registry
from ml.steps import STEPS, Step
from ml.store import Bucket
from ml.wiring import Wiring

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
NOW = START + timedelta(days=70)
ALL = [item.name for item in STEPS if isinstance(item, Step)]


@pytest.fixture(scope="module")
def stack(shipped: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    with (
        rehearse(shipped, "dev", tmp_path_factory.mktemp("rehearsal")) as rehearsal,
        environment(rehearsal.environ),
    ):
        wiring = Wiring.from_env()
        with rehearsal.acting("ingest"):
            for table, frame in arrivals(START, NOW).items():
                ingest.ingest(wiring, table, frame, batch_id="first", start=START, end=NOW, now=NOW)
        yield rehearsal


def decide(stack: Rehearsal, decision: str) -> None:
    """What the monitor does once it has decided."""
    import boto3

    with stack.acting("watch"):
        entry = events.entry("mlops-demo-dev", decision=decision, reason=f"because of {decision}")
        boto3.client("events").put_events(Entries=[entry])


def test_the_monitor_s_event_starts_one_run_that_leaves_a_release(stack: Rehearsal, tmp_path: Path):
    decide(stack, "first")
    decide(stack, "first")
    # EventBridge may deliver an event twice.
    first, twice = stack.started()
    assert first.parameters == {"Reason": "because of first", "Decision": "first"}
    assert first.execute(tmp_path, NOW) == ""
    steps = [path.parent.name for path in sorted(tmp_path.glob("containers/*/log"), key=os.path.getmtime)]
    assert steps == ALL
    release = json.loads((tmp_path / "release.json").read_text())
    with stack.acting("release"):
        wiring = Wiring.from_env()
        assert Registry(wiring).address(release["version"])[1] == release["sha256"]
    again = tmp_path / "again"
    again.mkdir()
    assert twice.execute(again, NOW) == ""
    assert [path.name for path in (again / "containers").iterdir()] == ["prepare"]
    assert "has started run" in json.loads((again / "job.json").read_text())["why"]


def test_the_gate_fails_the_run_with_its_reasons(stack: Rehearsal, tmp_path: Path):
    with stack.acting("release"):
        wiring = Wiring.from_env()
        Registry(wiring).promote("1")
    arn = Starting(stack.aws).started(stack.outputs["schedules"]["train"])
    execution = Execution(stack.aws, arn, tmp_path, stack._replaced, os.environ)
    execution.parameters["Until"] = NOW.isoformat()
    ended = execution.run()
    # The same rows give the same model, which is not better than itself.
    assert (ended.status, ended.reason.partition(":")[0]) == ("Failed", "not surely better")
    assert execution.ran == ALL[:-1]
    with stack.acting("train"):
        models = Bucket(wiring.models_bucket)
        assert models.get("runs/running.json") is None
        assert models.get_json("runs/ended.json")["outcome"] == "refused"


def test_what_an_isolated_step_is_given_does_not_lead_anywhere(stack: Rehearsal, tmp_path: Path, monkeypatch):
    arn = Starting(stack.aws).started(stack.outputs["schedules"]["train"])
    execution = Execution(stack.aws, arn, tmp_path, stack._replaced, {"PATH": os.environ["PATH"]})
    seen: dict[str, dict[str, str]] = {}

    class Done:
        returncode, stdout, stderr = 0, "", ""

    def started(_command: list[str], env: dict[str, str], **_how: object) -> Done:
        seen[env["MLOPS_OPT_ML"]] = env
        return Done()

    monkeypatch.setattr("subprocess.run", started)
    for isolated in (True, False):
        root = tmp_path / str(isolated)
        root.mkdir()
        request = {"AppSpecification": {"ContainerEntrypoint": ["python"]}, "Environment": {}}
        execution._process("step", request, root, stack.aws, isolated=isolated)
    closed, opened = seen[str(tmp_path / "True")], seen[str(tmp_path / "False")]
    assert closed["AWS_ENDPOINT_URL"] != opened["AWS_ENDPOINT_URL"] == stack.aws.endpoint
    assert "AWS_ACCESS_KEY_ID" not in closed
    assert "MLFLOW_TRACKING_PASSWORD" not in closed


def test_a_start_that_is_refused_goes_to_the_queue(stack: Rehearsal):
    role = next(r for r in stack.aws.pages("iam", "ListRoles", "Roles") if "start-decider" in r["RoleName"])["RoleName"]
    (policy,) = stack.aws.pages("iam", "ListRolePolicies", "PolicyNames", RoleName=role)
    stack.aws.call("iam", "DeleteRolePolicy", RoleName=role, PolicyName=policy)
    decide(stack, "refused")
    assert stack.started() == []
    (url,) = stack.aws.pages("sqs", "ListQueues", "QueueUrls")
    (message,) = stack.aws.call("sqs", "ReceiveMessage", QueueUrl=url)["Messages"]
    assert json.loads(message["Body"])["detail"]["decision"] == "refused"
    assert any("StartPipelineExecution" in reason for reason in stack.aws.refusals())
    with pytest.raises(RefusedError):
        stack.aws.call("sqs", "DeleteQueue", QueueUrl="http://127.0.0.1/1/none")
