import pytest
from moto.backup.models import backup_backends

from infra.rehearsal import table
from infra.rehearsal.aws import RefusedError
from infra.rehearsal.destroy import LEFT, PROTECTED, RETAINED, destroy
from infra.rehearsal.entry import Entry, How, Made, Resource
from tests.rehearsal.programs import ENDPOINT, EVERYTHING, VERSIONED_BUCKET

pytestmark = pytest.mark.slow


def test_everything_is_deleted_and_nothing_is_left(apply, aws):
    apply(EVERYTHING)
    listed = "\n".join(table.inventory(aws) - apply.before)
    for service in table.SERVICES:
        name = service.__name__.rpartition(".")[2]
        listing = {"observability": ":logs:", "firewall": ":security-group/", "functions": ":lambda:"}
        assert listing.get(name, f":{name}:") in listed, f"{name} does not list what it made"
    leftovers = apply.destroy()
    assert not leftovers
    assert str(leftovers) == "nothing is left"
    assert table.inventory(aws) == apply.before


def test_the_last_made_is_deleted_first(apply, aws):
    apply(VERSIONED_BUCKET + 'aws.sns.Topic("topic", opts=pulumi.ResourceOptions(depends_on=[versioning]))')
    made, events = [resource.name for resource in apply.cloud.resources], []
    destroy(apply.cloud.resources, aws, before=apply.before, on_event=events.append)
    assert events == [f"deleted {name}" for name in reversed(made)]


def test_versions_delete_markers_and_unfinished_uploads_go_with_their_bucket(apply, aws):
    apply(VERSIONED_BUCKET)
    bucket = apply.made("data").id
    for body in (b"first", b"second"):
        aws.call("s3", "PutObject", Bucket=bucket, Key="key", Body=body)
    aws.call("s3", "DeleteObject", Bucket=bucket, Key="key")
    aws.call("s3", "CreateMultipartUpload", Bucket=bucket, Key="unfinished")
    assert not apply.destroy()


def test_a_bucket_of_more_versions_than_a_page_is_emptied(apply, aws):
    apply(VERSIONED_BUCKET)
    bucket = apply.made("data").id
    for number in range(1005):
        aws.call("s3", "PutObject", Bucket=bucket, Key=f"key/{number % 7}", Body=b"")
    assert not apply.destroy()


def test_an_object_that_cannot_be_deleted_is_named_and_not_waited_for(apply, aws, monkeypatch):
    apply(VERSIONED_BUCKET)
    bucket = apply.made("data").id
    aws.call("s3", "PutObject", Bucket=bucket, Key="locked", Body=b"")
    call = aws.call
    refused = {"Errors": [{"Key": "locked", "Code": "AccessDenied", "Message": "not today"}]}
    monkeypatch.setattr(
        aws, "call", lambda service, name, **r: refused if name == "DeleteObjects" else call(service, name, **r)
    )
    leftovers = apply.destroy()
    assert leftovers.refused == ["data (aws:s3/bucket:Bucket): s3:DeleteObjects: AccessDenied: locked: not today"]
    assert leftovers.found == [f"arn:aws:s3:::{bucket}"]


def test_what_the_loop_put_there_beside_the_program_is_found(apply, aws):
    apply(VERSIONED_BUCKET)
    aws.call("s3", "CreateBucket", Bucket="planted", CreateBucketConfiguration={"LocationConstraint": aws.region})
    aws.call("logs", "CreateLogGroup", logGroupName="/planted")
    leftovers = apply.destroy()
    assert leftovers
    planted = ["arn:aws:logs:eu-west-1:123456789012:log-group:/planted:*", "arn:aws:s3:::planted"]
    assert leftovers.found == planted
    assert str(leftovers).splitlines() == [f"left over: {arn}" for arn in planted]


def test_what_the_models_hold_is_found_too(apply, aws):
    apply(ENDPOINT)
    role = apply.made("role").outputs["arn"]
    app = aws.call("sagemaker", "CreateMlflowApp", Name="app", ArtifactStoreUri="s3://b/p", RoleArn=role)["Arn"]
    aws.call("sagemaker", "CreateMonitoringSchedule", **schedule(role))
    assert apply.destroy().found == [app, "arn:aws:sagemaker:eu-west-1:123456789012:monitoring-schedule/planted"]


def schedule(role: str) -> dict:
    """The request for an hourly schedule of a container of ours, which looks at what a batch job captured."""
    capture = {
        "DataCapturedDestinationS3Uri": "s3://b/captured",
        "DatasetFormat": {"Csv": {"Header": True}},
        "LocalPath": "/opt/ml/processing/input",
    }
    output = {"S3Output": {"S3Uri": "s3://b/reports", "LocalPath": "/opt/ml/processing/output"}}
    cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}
    definition = {
        "MonitoringInputs": [{"BatchTransformInput": capture}],
        "MonitoringOutputConfig": {"MonitoringOutputs": [output]},
        "MonitoringResources": {"ClusterConfig": cluster},
        "MonitoringAppSpecification": {"ImageUri": "i"},
        "RoleArn": role,
    }
    config = {"ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"}, "MonitoringJobDefinition": definition}
    return {"MonitoringScheduleName": "planted", "MonitoringScheduleConfig": config}


def test_what_was_there_before_is_no_leftover(apply, aws):
    aws.call("sns", "CreateTopic", Name="older")
    apply.before = table.inventory(aws)
    apply(VERSIONED_BUCKET)
    assert not apply.destroy()
    assert len(aws.call("sns", "ListTopics")["Topics"]) == 1


def test_destroying_twice_is_the_same_as_once(apply):
    apply(EVERYTHING)
    assert not apply.destroy()
    assert not apply.destroy()


def test_what_somebody_deleted_meanwhile_is_fine(apply, aws):
    apply(EVERYTHING)
    aws.call("sns", "DeleteTopic", TopicArn=apply.made("topic").id)
    aws.call("sagemaker", "DeleteModel", ModelName=apply.made("model").id)
    aws.call("logs", "DeleteLogGroup", logGroupName=apply.made("logs").id)
    assert not apply.destroy()


def test_a_refused_deletion_is_named_and_tried_again_by_the_next(aws):
    refusals = [RefusedError("sns:DeleteTopic", "AccessDenied: not today")]

    def delete(_id, _inputs, _aws):
        if refusals:
            raise refusals.pop()

    entries = {"a:b:C": Entry(create=lambda _inputs, _aws: Made(id="unused"), delete=delete)}
    standing = [
        Resource(type="a:b:C", name="stubborn", how=How.MOTO),
        Resource(type="a:b:C", name="easy", how=How.MOTO),
    ]
    standing.reverse()
    before = table.inventory(aws)
    leftovers = destroy(standing, aws, before=before, entries=entries)
    assert leftovers.refused == ["stubborn (a:b:C): sns:DeleteTopic: AccessDenied: not today"]
    assert [resource.name for resource in standing] == ["stubborn"]
    assert not destroy(standing, aws, before=before, entries=entries)
    assert standing == []


def test_what_was_only_looked_up_is_left_alone(apply, aws):
    aws.call("sns", "CreateTopic", Name="older")
    arn = aws.call("sns", "ListTopics")["Topics"][0]["TopicArn"]
    apply.before = table.inventory(aws)
    apply(f'aws.sns.Topic.get("older", "{arn}")')
    assert not apply.destroy()
    assert aws.call("sns", "ListTopics")["Topics"]


def test_what_carries_the_stacks_tag_is_found_whichever_service_holds_it(apply, aws):
    apply(VERSIONED_BUCKET.replace('tags={"team": "ml"}', 'tags={"Stack": "small-dev"}'))
    # The mock runs in this process; no API call of the program makes vaults.
    vaults = backup_backends[aws.account][aws.region]
    for name, stack in (("planted", "small-dev"), ("another", "large-dev")):
        vaults.create_backup_vault(name, {"Stack": stack}, "", "")
    assert apply.destroy().found == ["arn:aws:backup:eu-west-1:123456789012:backup-vault:planted"]


def test_a_real_destroy_keeps_what_is_protected_or_retained_and_says_why(apply):
    apply(VERSIONED_BUCKET)
    apply.made("data").note = PROTECTED
    apply.made("versioning").note = f"a remark; {RETAINED}"
    left = apply.destroy()
    assert not left
    assert left.kept == [f"{PROTECTED}: data", f"{LEFT}: versioning"]


def test_what_is_retained_goes_last_and_is_not_kept_where_the_program_has_removed_it(apply, aws):
    apply("\n".join(f'aws.cloudwatch.LogGroup("{name}")' for name in ("first", "removed", "left", "last")))
    for name in ("removed", "left"):
        apply.made(name).note = RETAINED
    # Made last, they would be deleted first.
    apply.cloud.resources.sort(key=lambda resource: resource.name in {"removed", "left"})
    aws.call("logs", "DeleteLogGroup", logGroupName=apply.made("removed").id)
    events = []
    left = destroy(apply.cloud.resources, aws, before=apply.before, on_event=events.append)
    assert set(events[-2:]) == {"deleted removed", "deleted left"}
    assert left.kept == [f"{LEFT}: left"]
