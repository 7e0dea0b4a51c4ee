"""Each thing that needs a person is planted, shown and named; what is in order is called fine."""

import re
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from moto.backends import get_backend

from infra.status import examination
from tests.infra.status.conftest import alarmed, name_of

pytestmark = pytest.mark.slow

ENDPOINT = "mlops-demo-dev"


def test_an_environment_in_order_needs_nobody(seen):
    found = seen()
    assert (found.code, [text for part in examination.PARTS for text in found.of(part)]) == (0, [])
    assert found.parts["endpoint"]["status"] == "InService"
    (variant,) = found.parts["endpoint"]["variants"]
    assert (variant["name"], variant["release"], variant["weight"]) == ("champion", "", 1.0)
    assert variant["capacity"] == "serverless, 2048 MB, 5 at a time"
    assert re.search(r"of (\d+), \1 in order", found.of("alarms", "fine")[0])
    assert [note.split()[0] for note in found.of("runs", "note")] == ["mlops-demo-dev-watch", "the"]
    assert found.of("who is told", "fine") == ["ml-team@example.com by email -> "]
    assert found.parts["budget"] == {"limit": 100.0, "actual": 0.0, "forecast": 0.0}
    assert found.parts["tracking"]["status"] == "Created"
    assert not [text for part in examination.PARTS for text in found.of(part, "unknown")]


def test_an_alarm_that_is_off_is_named_with_its_reason_and_its_runbook(up, seen):
    with alarmed(up, "runs") as name:
        found = seen()
    assert found.code == 1
    (text,) = found.of("alarms")
    assert text.startswith(f"{name} is in ALARM since ")
    assert text.endswith("Threshold Crossed: 1 datapoint -> docs/runbooks/runs.md")
    listed = {alarm["name"]: alarm for alarm in found.parts["alarms"]["alarms"]}
    assert (listed[name]["state"], listed[name]["reason"]) == ("ALARM", "Threshold Crossed: 1 datapoint")


def test_an_alarm_that_pages_brings_the_page_with_it(up, seen):
    with alarmed(up, "failing") as name:
        found = seen()
    page, failing = found.of("alarms")
    assert page.startswith("mlops-demo-dev-overview-page is in ALARM")
    assert page.endswith("docs/runbooks/page.md")
    assert name in failing


def test_an_alarm_that_is_silenced_or_missing_is_named(up, seen):
    silenced, gone = name_of(up, "latency"), name_of(up, "runs")
    up.call("cloudwatch", "DisableAlarmActions", AlarmNames=[silenced])
    (before,) = up.call("cloudwatch", "DescribeAlarms", AlarmNames=[gone])["MetricAlarms"]
    up.call("cloudwatch", "DeleteAlarms", AlarmNames=[gone])
    found = seen()
    up.call("cloudwatch", "EnableAlarmActions", AlarmNames=[silenced])
    kept = (
        "AlarmName",
        "AlarmDescription",
        "Namespace",
        "MetricName",
        "Dimensions",
        "Statistic",
        "Period",
        "Threshold",
    )
    kept += ("ComparisonOperator", "EvaluationPeriods", "TreatMissingData")
    up.call("cloudwatch", "PutMetricAlarm", **{name: before[name] for name in kept})
    assert found.code == 1
    assert found.of("alarms") == ["the alarm mlops-demo-dev-watch-runs is not there -> pulumi up --refresh --stack dev"]
    (note,) = found.of("alarms", "note")
    assert note.endswith(f"enable-alarm-actions --alarm-names {silenced}")


def test_an_endpoint_on_another_configuration_than_last_asked_for_is_named(up, seen):
    endpoint = up.call("sagemaker", "DescribeEndpoint", EndpointName=ENDPOINT)
    running = endpoint["EndpointConfigName"]
    config = up.call("sagemaker", "DescribeEndpointConfig", EndpointConfigName=running)
    tags = up.call("sagemaker", "ListTags", ResourceArn=config["EndpointConfigArn"])["Tags"]
    newer = f"{running}2"
    # moto keeps whole seconds.
    time.sleep(1.1)
    up.call(
        "sagemaker",
        "CreateEndpointConfig",
        EndpointConfigName=newer,
        ProductionVariants=config["ProductionVariants"],
        Tags=tags,
    )
    found = seen()
    up.call("sagemaker", "DeleteEndpointConfig", EndpointConfigName=newer)
    assert found.code == 1
    assert found.of("endpoint") == [
        f"runs the configuration {running}, last asked for was {newer}: it was rolled back -> docs/rollback.md"
    ]
    assert (found.parts["endpoint"]["config"], found.parts["endpoint"]["requested_config"]) == (running, newer)


def test_an_endpoint_that_failed_is_named_with_the_way_to_make_it_again(up, seen):
    endpoint = get_backend("sagemaker")["123456789012"]["eu-west-1"].endpoints[ENDPOINT]
    vars(endpoint).update(endpoint_status="Failed", failure_reason="no capacity")
    found = seen()
    vars(endpoint).update(endpoint_status="InService", failure_reason=None)
    assert found.code == 1
    (text,) = found.of("endpoint")
    assert text == (
        f"Failed on {endpoint.endpoint_config_name}: no capacity -> "
        f"aws sagemaker delete-endpoint --endpoint-name {ENDPOINT} && "
        f"aws sagemaker wait endpoint-deleted --endpoint-name {ENDPOINT} && pulumi up --refresh --stack dev"
    )


def test_settings_that_were_not_brought_up_are_named(status, shipped: Path):
    file = shipped / "Pulumi.dev.yaml"
    before = file.read_text()
    sha256 = "a" * 64
    file.write_text(
        before.replace("mode: serverless", "mode: serverless\n    maxConcurrency: 9")
        + f"  mlops-demo:model:\n    url: s3://models/approved/{sha256}/model.tar.gz\n    sha256: {sha256}\n"
    )
    done = status("dev")
    file.write_text(before)
    assert done.exit_code == 1
    said = " ".join(done.stdout.replace("│", " ").split())
    assert "champion runs release none (the baseline), the settings have aaaaaaaaaaaa" in said
    assert "has serverless, 2048 MB, 5 at a time, the settings have serverless, 2048 MB, 9 at a time" in said
    assert "pulumi up --stack dev" in said


@pytest.fixture
def job(up):
    """Makes a run of a job that came to an end, until the test is over."""
    jobs = get_backend("sagemaker")["123456789012"]["eu-west-1"].processing_jobs
    (role,) = [role for role in up.pages("iam", "ListRoles", "Roles") if "watch-job-role" in role["RoleName"]]
    cluster = {"InstanceCount": 1, "InstanceType": "ml.t3.medium", "VolumeSizeInGB": 30}

    def make(name: str, status: str, reason: str = "") -> None:
        up.call(
            "sagemaker",
            "CreateProcessingJob",
            ProcessingJobName=name,
            RoleArn=role["Arn"],
            AppSpecification={"ImageUri": "i"},
            ProcessingResources={"ClusterConfig": cluster},
        )
        vars(jobs[name]).update(processing_job_status=status, failure_reason=reason)

    yield make
    jobs.clear()


def test_a_job_that_failed_is_named_with_its_reason(job, seen):
    job("mlops-demo-dev-watch-1", "Failed", "AlgorithmError: there is no bucket")
    # Of a stack whose name ends as this one's.
    job("another-mlops-demo-dev-watch-2", "Failed")
    found = seen()
    assert found.code == 1
    (text,) = found.of("runs")
    assert text.startswith("mlops-demo-dev-watch-1 of ")
    assert "is Failed: AlgorithmError: there is no bucket -> aws logs tail" in text


def test_a_job_that_failed_before_the_last_one_is_past(job, seen):
    job("mlops-demo-dev-watch-1", "Failed", "AlgorithmError: there is no bucket")
    time.sleep(1.1)
    job("mlops-demo-dev-watch-2", "Completed")
    assert seen().of("runs") == []


def test_a_schedule_that_is_off_is_named(up, seen):
    listed = up.pages("scheduler", "ListSchedules", "Schedules")
    (name,) = [found["Name"] for found in listed if "watch-job" in found["Name"]]
    schedule = up.call("scheduler", "GetSchedule", Name=name)
    kept = {key: schedule[key] for key in ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")}
    up.call("scheduler", "UpdateSchedule", **kept, State="DISABLED")
    found = seen()
    up.call("scheduler", "UpdateSchedule", **kept, State="ENABLED")
    (text,) = found.of("runs")
    assert text == f"the schedule {name} is DISABLED, the settings have ENABLED -> pulumi up --refresh --stack dev"


@pytest.mark.parametrize("folder", ["capture/{}/%Y-%m-%d", "platform/{}/champion/%Y/%m/%d/07"])
def test_the_newest_capture_is_told(up, seen, folder: str):
    assert "nothing was captured for 14 days" in seen().of("capture", "note")[0]
    bucket = seen().parts["capture"]["bucket"]
    key = f"{datetime.now(UTC):{folder.format(ENDPOINT)}}/a.gz"
    up.call("s3", "PutObject", Bucket=bucket, Key=key, Body=b"1")
    found = seen()
    up.call("s3", "DeleteObject", Bucket=bucket, Key=key)
    assert found.parts["capture"]["last"].startswith(f"{datetime.now(UTC):%Y-%m-%d}")
    assert bucket in found.of("capture", "fine")[0]


def test_a_subscriber_who_has_not_confirmed_or_has_left_is_named(up, seen):
    (topic,) = {found["TopicArn"] for found in up.pages("sns", "ListTopics", "Topics")}
    added = up.call(
        "sns", "Subscribe", TopicArn=topic, Protocol="email", Endpoint="b@example.com", ReturnSubscriptionArn=True
    )
    found = seen()
    up.call("sns", "Unsubscribe", SubscriptionArn=added["SubscriptionArn"])
    assert found.code == 1
    (text,) = found.of("who is told")
    assert text.startswith("b@example.com has not confirmed: it is told of nothing -> follow the link")
    assert found.parts["who is told"]["subscriptions"][-1] == {
        "protocol": "email",
        "address": "b@example.com",
        "confirmed": False,
    }
