from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.front.hosted import ARN, ROLE, Account

HOURLY = "cron(0 * ? * * *)"
NOW = {"ScheduleExpression": "NOW", "DataAnalysisStartTime": "-PT5H", "DataAnalysisEndTime": "-PT0H"}


class Schedules:
    """Schedules of a data quality definition that looks at the endpoint `e`, which captures."""

    def __init__(self, account: Account) -> None:
        self.account, self.sagemaker, self.clock = account, account.sagemaker, account.clock
        account.create()
        self.clock.step()
        self.definition("checked")

    def definition(self, name: str, *, endpoint: str = "e", seconds: int = 3600, kind: str = "data_quality") -> None:
        camel = kind.title().replace("_", "")
        given = {"EndpointName": endpoint, "LocalPath": "/opt/ml/processing/input"}
        job_input: dict[str, Any] = {"EndpointInput": given}
        application: dict[str, Any] = {"ImageUri": self.account.image}
        if kind == "model_quality":
            job_input["GroundTruthS3Input"] = {"S3Uri": "s3://data/labels"}
            application["ProblemType"] = "BinaryClassification"
        output = {"S3Output": {"S3Uri": "s3://data/reports", "LocalPath": "/opt/ml/processing/output"}}
        getattr(self.sagemaker, f"create_{kind}_job_definition")(
            JobDefinitionName=name,
            RoleArn=ROLE,
            JobResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}},
            StoppingCondition={"MaxRuntimeInSeconds": seconds},
            **{
                f"{camel}AppSpecification": application,
                f"{camel}JobInput": job_input,
                f"{camel}JobOutputConfig": {"MonitoringOutputs": [output]},
            },
        )

    def config(self, schedule: dict | str = HOURLY, definition: str = "checked", kind: str = "DataQuality") -> dict:
        schedule = {"ScheduleExpression": schedule} if isinstance(schedule, str) else schedule
        return {"ScheduleConfig": schedule, "MonitoringJobDefinitionName": definition, "MonitoringType": kind}

    def create(self, *config: Any, name: str = "s", **request: Any) -> dict:
        return self.sagemaker.create_monitoring_schedule(
            MonitoringScheduleName=name, MonitoringScheduleConfig=self.config(*config), **request
        )

    def call(self, operation: str, **request: Any) -> dict:
        return getattr(self.sagemaker, f"{operation}_monitoring_schedule")(MonitoringScheduleName="s", **request)

    @property
    def status(self) -> str:
        return self.call("describe")["MonitoringScheduleStatus"]

    def names(self, **request: Any) -> list[str]:
        listed = self.sagemaker.list_monitoring_schedules(**request)["MonitoringScheduleSummaries"]
        return [item["MonitoringScheduleName"] for item in listed]


@pytest.fixture
def schedules(modelled, clock) -> Schedules:
    return Schedules(Account(modelled, clock))


def test_a_schedule_is_pending_and_then_scheduled_stopped_and_started(schedules):
    assert schedules.create()["MonitoringScheduleArn"] == f"{ARN}:monitoring-schedule/s"
    assert schedules.status == "Pending"
    schedules.clock.step()
    made = schedules.call("describe")
    assert made["MonitoringScheduleStatus"] == "Scheduled"
    assert (made["EndpointName"], made["MonitoringType"]) == ("e", "DataQuality")
    assert made["MonitoringScheduleConfig"] == schedules.config()
    for operation, status in (("stop", "Stopped"), ("start", "Scheduled")):
        schedules.call(operation)
        assert schedules.status == "Pending"
        schedules.clock.step()
        assert schedules.status == status


def test_an_update_changes_the_schedule(schedules):
    schedules.create()
    schedules.clock.step()
    schedules.call("update", MonitoringScheduleConfig=schedules.config("cron(0 12 ? * * *)"))
    assert schedules.status == "Pending"
    schedules.clock.step()
    config = schedules.call("describe")["MonitoringScheduleConfig"]
    assert config["ScheduleConfig"]["ScheduleExpression"] == "cron(0 12 ? * * *)"


@pytest.mark.parametrize("operation", ["stop", "start", "delete"])
def test_a_pending_schedule_is_left_alone(schedules, operation):
    schedules.create()
    with pytest.raises(ClientError, match=r"\(ValidationException\).*Monitoring schedule in status Pending"):
        schedules.call(operation)


def test_a_deleted_schedule_is_gone(schedules):
    schedules.create()
    schedules.clock.step()
    schedules.call("delete")
    assert schedules.names() == []


@pytest.mark.parametrize("operation", ["describe", "stop", "start", "delete", "update"])
def test_what_is_not_there_is_not_found(schedules, operation):
    request = {"MonitoringScheduleConfig": schedules.config()} if operation == "update" else {}
    with pytest.raises(ClientError, match=r"\(ResourceNotFound\).*schedule s does not exist"):
        schedules.call(operation, **request)


def test_a_name_is_used_once(schedules):
    schedules.create()
    with pytest.raises(ClientError, match=r"\(ResourceInUse\).*schedule s already exists"):
        schedules.create()


@pytest.mark.parametrize(
    "schedule",
    [HOURLY, "cron(0 0 ? * * *)", "cron(0 23 ? * * *)", "cron(0 17/12 ? * * *)", "cron(0 00/01 ? * * *)", NOW, {}],
    ids=str,
)
def test_supported_schedules(schedules, schedule):
    config = schedules.config(schedule)
    if not schedule:
        del config["ScheduleConfig"]
    schedules.sagemaker.create_monitoring_schedule(MonitoringScheduleName="s", MonitoringScheduleConfig=config)


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ("cron(0/30 * ? * * *)", "is not supported"),
        ("cron(15 * ? * * *)", "is not supported"),
        ("cron(0 24 ? * * *)", "is not supported"),
        ("cron(0 0/25 ? * * *)", "is not supported"),
        ("cron(0 0 ? * MON *)", "is not supported"),
        ("rate(1 hour)", "is not supported"),
        ({"ScheduleExpression": "NOW"}, "are required when ScheduleExpression is NOW"),
        ({**NOW, "DataAnalysisStartTime": "-PT25H"}, "24 hours later at most"),
        ({**NOW, "DataAnalysisEndTime": "-PT5H"}, "must end after it starts"),
        ({**NOW, "DataAnalysisEndTime": "yesterday"}, "not an offset in hours"),
    ],
    ids=str,
)
def test_unsupported_schedules(schedules, schedule, message):
    with pytest.raises(ClientError, match=rf"\(ValidationException\).*{message}"):
        schedules.create(schedule)


@pytest.mark.parametrize(
    ("kind", "type_", "schedule", "allowed"),
    [
        ("data_quality", "DataQuality", HOURLY, 3600),
        ("model_quality", "ModelQuality", HOURLY, 1800),
        ("data_quality", "DataQuality", "cron(0 0/2 ? * * *)", 7200),
        ("data_quality", "DataQuality", "cron(0 12 ? * * *)", 86_400),
    ],
)
def test_a_job_ends_before_the_next_one(schedules, kind, type_, schedule, allowed):
    schedules.definition("at-limit", kind=kind, seconds=allowed)
    schedules.create(schedule, "at-limit", type_)
    schedules.definition("over", kind=kind, seconds=allowed + 1)
    with pytest.raises(ClientError, match=rf"MaxRuntimeInSeconds is {allowed + 1}, at most {allowed} are allowed"):
        schedules.create(schedule, "over", type_, name="other")


def test_definition_endpoint_and_capture_must_be_there(schedules):
    with pytest.raises(ClientError, match=r"Could not find a DataQuality job definition named 'no'"):
        schedules.create(HOURLY, "no")
    with pytest.raises(ClientError, match=r"Could not find a ModelQuality job definition named 'checked'"):
        schedules.create(HOURLY, "checked", "ModelQuality")
    schedules.definition("of-no-endpoint", endpoint="no")
    with pytest.raises(ClientError, match=rf'Could not find endpoint "{ARN}:endpoint/no"'):
        schedules.create(HOURLY, "of-no-endpoint")
    schedules.account.serverless("small")
    schedules.sagemaker.create_endpoint(EndpointName="silent", EndpointConfigName="small")
    schedules.definition("of-no-capture", endpoint="silent")
    with pytest.raises(ClientError, match=rf'Data capture is not enabled on endpoint "{ARN}:endpoint/silent"'):
        schedules.create(HOURLY, "of-no-capture")


def test_a_schedule_whose_endpoint_went_meanwhile_fails_and_can_only_be_mended(schedules):
    schedules.create()
    schedules.sagemaker.delete_endpoint(EndpointName="e")
    schedules.clock.step()
    failed = schedules.call("describe")
    assert (failed["MonitoringScheduleStatus"], failed["FailureReason"]) == ("Failed", "The endpoint e is not there.")
    schedules.account.create()
    schedules.call("start")
    schedules.clock.step()
    assert schedules.status == "Scheduled"
    assert "FailureReason" not in schedules.call("describe")


def test_a_definition_may_be_given_inline(schedules):
    given = {"EndpointName": "e", "LocalPath": "/opt/ml/processing/input"}
    output = {"S3Output": {"S3Uri": "s3://data/reports", "LocalPath": "/opt/ml/processing/output"}}
    definition = {
        "MonitoringInputs": [{"EndpointInput": given}],
        "MonitoringOutputConfig": {"MonitoringOutputs": [output]},
        "MonitoringResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}
        },
        "MonitoringAppSpecification": {"ImageUri": schedules.account.image},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3601},
        "RoleArn": ROLE,
    }
    config = {"ScheduleConfig": {"ScheduleExpression": HOURLY}, "MonitoringJobDefinition": definition}
    request = {"MonitoringScheduleName": "s", "MonitoringScheduleConfig": config}
    with pytest.raises(ClientError, match="at most 3600 are allowed"):
        schedules.sagemaker.create_monitoring_schedule(**request)
    definition["StoppingCondition"] = {"MaxRuntimeInSeconds": 3600}
    schedules.sagemaker.create_monitoring_schedule(**request)
    assert schedules.call("describe")["EndpointName"] == "e"


def test_schedules_are_listed_filtered_and_tagged(schedules):
    schedules.create(name="s", Tags=[{"Key": "team", "Value": "ml"}])
    schedules.clock.step()
    schedules.create(name="other")
    assert schedules.names() == ["other", "s"]
    assert schedules.names(StatusEquals="Scheduled") == ["s"]
    assert schedules.names(NameContains="th") == ["other"]
    assert schedules.names(EndpointName="no") == []
    assert schedules.names(MonitoringJobDefinitionName="checked", MonitoringTypeEquals="DataQuality") == ["other", "s"]
    assert schedules.names(SortBy="Name", SortOrder="Ascending", MaxResults=1) == ["other"]
    arn = f"{ARN}:monitoring-schedule/s"
    assert schedules.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "ml"}]
