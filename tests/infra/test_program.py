"""What the shipped environments ask of the cloud."""

import ast
import json
import re

import botocore.session
import pytest
from botocore.validate import ParamValidator

from infra import alarms, tags
from infra.offline import ROOT, STACK, Program
from infra.settings import Settings
from ml.monitoring import checks
from ml.serving.capture import FORMAT
from ml.wiring import Wiring
from tests.infra.planned import one, statements

UNAVOIDABLE = {"ecr:GetAuthorizationToken", "cloudwatch:PutMetricData"}
"""Actions that know no resource: AWS accepts only "*" for them."""


def test_the_program_is_a_table_of_contents():
    text = (ROOT / "infra/program.py").read_text()
    assert len(text.splitlines()) < 60
    assert "pulumi_aws" not in text


def test_the_program_s_file_imports_it_and_does_nothing_else():
    body = ast.parse((ROOT / "__main__.py").read_text()).body
    assert [type(node) for node in body] == [ast.Import]


def test_every_resource_of_aws_belongs_to_a_component_and_is_named_after_it(program: Program):
    components = {entry.urn: entry for entry in program.resources if not entry.custom}
    for entry in program.resources:
        if not entry.custom:
            continue
        assert f"::{STACK}$aws:" not in entry.urn, entry.name
        assert entry.name.startswith(components[entry.parent].name + "-"), entry.name


def test_no_two_resources_of_a_type_share_a_name(program: Program):
    seen = [(entry.type, entry.name) for entry in program.resources]
    assert len(seen) == len(set(seen))


def test_component_types_follow_one_pattern(program: Program):
    types = {entry.type for entry in program.resources if not entry.custom}
    assert all(re.fullmatch(r"mlops:index:[A-Z][A-Za-z]+", type_) for type_ in types), types


def test_every_taggable_resource_says_whose_it_is(program: Program):
    untagged = {entry.type for entry in program.resources if entry.custom and "tags" not in entry.inputs}
    assert not {"aws:s3/bucket:Bucket", "aws:kms/key:Key", "aws:sagemaker/endpoint:Endpoint"} & untagged
    assert sum("tags" in entry.inputs for entry in program.resources) > 25
    for entry in program.resources:
        if "tags" in entry.inputs:
            assert entry.inputs["tags"].keys() >= {"Project", "Environment", "Stack", "Owner", "CostCenter"}, entry.name


def test_every_bucket_is_private_versioned_encrypted_logged_and_tls_only(program: Program):
    buckets = [entry.name.removesuffix("-bucket") for entry in program.of_type("aws:s3/bucket:Bucket")]
    assert len(buckets) == 5
    for name in buckets:
        block = one(program, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", f"{name}-private").inputs
        assert [value for key, value in block.items() if key != "bucket"] == [True] * 4
        versioning = one(program, "aws:s3/bucketVersioning:BucketVersioning", f"{name}-versioning").inputs
        assert versioning["versioningConfiguration"] == {"status": "Enabled"}
        ownership = one(program, "aws:s3/bucketOwnershipControls:BucketOwnershipControls", f"{name}-ownership").inputs
        assert ownership["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
        lifecycle = one(
            program, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", f"{name}-lifecycle"
        )
        assert lifecycle.inputs["rules"][0]["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}
        denied = statements(one(program, "aws:s3/bucketPolicy:BucketPolicy", f"{name}-policy"))[0]
        assert denied["Effect"] == "Deny"
        assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        rule = one(
            program,
            "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
            f"{name}-encryption",
        ).inputs["rules"][0]
        logged = [
            entry for entry in program.of_type("aws:s3/bucketLogging:BucketLogging") if entry.name == f"{name}-logging"
        ]
        if name.endswith("-logs"):
            # S3 cannot write access logs under a key of ours.
            assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}
        else:
            assert rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"] == "aws:kms"
            assert rule["bucketKeyEnabled"]
            assert len(logged) == 1


def test_the_key_rotates_and_lets_alarms_budgets_and_logs_write_through_it(program: Program):
    key = one(program, "aws:kms/key:Key")
    assert key.inputs["enableKeyRotation"]
    services = json.dumps([statement["Principal"] for statement in statements(key)])
    for service in ("logs.eu-west-1.amazonaws.com", "cloudwatch.amazonaws.com", "budgets.amazonaws.com"):
        assert service in services


def test_prod_protects_and_keeps_its_data_with_the_key_that_reads_it(prod: Program):
    held = {entry.type for entry in prod.resources if entry.protect}
    assert held == {"aws:s3/bucket:Bucket", "aws:kms/key:Key"}
    kept = {entry.name for entry in prod.resources if entry.retain_on_delete}
    assert {entry.name for entry in prod.resources if entry.protect} <= kept
    # A bucket that stays must not lose its privacy.
    assert {entry.name for entry in prod.of_type("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")} <= kept


def test_dev_can_be_destroyed_with_all_that_it_holds(dev: Program):
    assert not [entry.name for entry in dev.resources if entry.protect]
    assert all(entry.inputs["forceDestroy"] for entry in dev.of_type("aws:s3/bucket:Bucket"))
    assert one(dev, "aws:ecr/repository:Repository").inputs["forceDelete"]


def test_no_policy_names_every_resource_where_it_could_name_one(program: Program):
    policies = program.of_type("aws:iam/rolePolicy:RolePolicy")
    assert policies
    for entry in policies:
        for statement in statements(entry):
            assert "*" not in statement["Action"]
            assert not [action for action in statement["Action"] if action.endswith(":*")], entry.name
            if statement["Resource"] == "*":
                assert set(statement["Action"]) <= UNAVOIDABLE, entry.name


SAID_BY = {
    "firehose.amazonaws.com": {"StringEquals": {"sts:ExternalId": "123456789012"}},
    "logs.amazonaws.com": {"StringLike": {"aws:SourceArn": "arn:aws:logs:eu-west-1:123456789012:*"}},
}
"""How services say for which account they work, where it is not by `aws:SourceAccount`."""


def test_every_role_is_for_one_service_or_for_those_outside_and_for_this_account_only(program: Program):
    roles = program.of_type("aws:iam/role:Role")
    assert len(roles) >= 11
    people = []
    for entry in roles:
        (trust,) = statements(entry, "assumeRolePolicy")
        service = trust["Principal"].get("Service")
        if service is None:
            people.append(entry.name.rpartition("-")[2])
            assert trust["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
            continue
        assert isinstance(service, str)
        by_account = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
        assert trust["Condition"] == SAID_BY.get(service, by_account), entry.name
    assert sorted(people) == ["caller", "producer", "releaser"]


def test_who_brings_data_reads_no_model_and_who_calls_the_endpoint_writes_nothing(program: Program):
    producer = statements(one(program, "aws:iam/rolePolicy:RolePolicy", "access-producer-policy"))
    caller = statements(one(program, "aws:iam/rolePolicy:RolePolicy", "access-caller-policy"))
    assert program.outputs["buckets"]["models"] not in json.dumps(producer)
    assert not re.search(r"Put|Delete|GenerateDataKey", json.dumps(caller))
    assert f"endpoint/{program.outputs['endpoint_name']}" in json.dumps(caller)


def test_a_captured_line_goes_from_the_endpoint_s_log_to_where_the_monitor_looks(program: Program):
    lines = one(program, "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter").inputs
    stream = one(program, "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream")
    assert lines["logGroup"] == f"/aws/sagemaker/Endpoints/{program.outputs['endpoint_name']}"
    assert stream.name in lines["destinationArn"]
    destination = stream.inputs["extendedS3Configuration"]
    assert destination["bucketArn"] == f"arn:aws:s3:::{program.outputs['buckets']['capture']}"
    assert destination["prefix"] == f"capture/{program.outputs['endpoint_name']}/!{{timestamp:yyyy-MM-dd}}/"
    # The line that the server writes is one that the filter lets through.
    assert lines["filterPattern"] == f"{{ $.capture = {FORMAT} }}"


def test_a_role_that_starts_jobs_passes_its_job_s_role_to_sagemaker_only(program: Program):
    for ending in ("train-job-scheduler-policy", "watch-job-scheduler-policy"):
        passing = [
            s
            for s in statements(one(program, "aws:iam/rolePolicy:RolePolicy", ending))
            if "iam:PassRole" in s["Action"]
        ]
        assert passing[0]["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
        assert passing[0]["Resource"].endswith("-job-role-0000000")


def test_every_alarm_has_dimensions_actions_and_a_meaning_for_silence(program: Program):
    found = program.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    assert len(found) == 6
    topic = f":{program.project}-{program.environment}-notify-topic"
    for entry in found:
        assert entry.inputs["dimensions"]["EndpointName"] == f"mlops-demo-{program.environment}"
        assert topic in entry.inputs["alarmActions"][0]
        assert entry.inputs["treatMissingData"] in ("breaching", "notBreaching", "ignore")
        assert entry.inputs["period"] * entry.inputs["evaluationPeriods"] <= 604_800
        assert ("statistic" in entry.inputs) != ("extendedStatistic" in entry.inputs)


def test_the_monitor_s_alarms_are_on_the_checks_that_are_acted_on():
    assert set(alarms.CHECKS) == set(checks.ACTED_ON)


def test_the_monitor_may_publish_to_the_namespace_that_its_alarms_read(program: Program):
    role = one(program, "aws:iam/rolePolicy:RolePolicy", "watch-job-role-policy")
    granted = [s["Condition"]["StringEquals"]["cloudwatch:namespace"] for s in statements(role) if "Condition" in s]
    namespaces = {entry.inputs["namespace"] for entry in program.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")}
    assert namespaces - {"AWS/SageMaker"} == {f"mlops-demo/{program.environment}"}
    assert [f"mlops-demo/{program.environment}"] in granted


def test_the_topic_is_encrypted_and_a_person_is_told(program: Program):
    assert one(program, "aws:sns/topic:Topic").inputs["kmsMasterKeyId"]
    assert one(program, "aws:sns/topicSubscription:TopicSubscription").inputs["protocol"] == "email"
    budget = one(program, "aws:budgets/budget:Budget").inputs
    assert budget["costFilters"] == [
        {"name": "TagKeyValue", "values": [f"user:Stack$mlops-demo-{program.environment}"]}
    ]


def test_the_budget_counts_by_a_tag_that_everything_has(prod: Program):
    stack = Settings.model_validate(
        {"project": "a", "environment": "b", "region": "eu-west-1", "alertEmail": "a@example.com"}
    )
    assert tags.of(stack)[tags.STACK] == "a-b"
    assert one(prod, "aws:kms/key:Key").inputs["tags"]["Stack"] == "mlops-demo-prod"


def test_the_wiring_that_is_exported_is_the_one_that_ml_reads(program: Program):
    assert set(program.outputs["wiring"]) == set(Wiring.variables())
    wiring = Wiring.from_env(program.outputs["wiring"])
    assert wiring.endpoint_name == program.outputs["endpoint_name"]
    assert wiring.tables_bucket == program.outputs["buckets"]["tables"]
    assert wiring.tracking_uri == program.outputs["mlflow"]


def test_the_monitor_s_settings_are_those_that_its_trigger_reads(program: Program):
    from ml.monitoring.trigger import TriggerSettings

    assert TriggerSettings.parse(program.outputs["wiring"]["MLOPS_MONITOR"]).window_days == 7


@pytest.mark.parametrize(("job", "command"), [("train", "pipeline"), ("watch", "monitor")])
def test_a_schedule_starts_the_image_as_a_processing_job_with_the_whole_wiring(
    program: Program, job: str, command: str
):
    target = one(program, "aws:scheduler/schedule:Schedule", f"{job}-job-schedule").inputs["target"]
    assert target["arn"] == "arn:aws:scheduler:::aws-sdk:sagemaker:createProcessingJob"
    request = json.loads(target["input"])
    assert request["AppSpecification"]["ContainerEntrypoint"] == ["python", "-m", "ml.cli", command]
    assert request["AppSpecification"]["ImageUri"].partition("@sha256:")[2]
    region = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"}
    assert request["Environment"] == region | program.outputs["wiring"]
    assert request["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"]
    # What CreateProcessingJob allows.
    assert all(len(value) <= 256 for value in request["Environment"].values())
    run = request["ProcessingJobName"].replace("<aws.scheduler.execution-id>", "0" * 36)
    assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", run)
    assert {"Key": "Stack", "Value": f"mlops-demo-{program.environment}"} in request["Tags"]


@pytest.mark.parametrize("job", ["train", "watch"])
def test_the_request_of_a_schedule_is_one_that_sagemaker_knows(program: Program, job: str):
    target = one(program, "aws:scheduler/schedule:Schedule", f"{job}-job-schedule").inputs["target"]
    model = botocore.session.get_session().get_service_model("sagemaker")
    shape = model.operation_model("CreateProcessingJob").input_shape
    assert not ParamValidator().validate(json.loads(target["input"]), shape).has_errors()


def test_a_job_on_an_instance_with_a_disk_of_its_own_asks_for_no_key(planned):
    program = planned(training={"instance": "ml.g5.xlarge"})
    target = one(program, "aws:scheduler/schedule:Schedule", "train-job-schedule").inputs["target"]
    assert "VolumeKmsKeyId" not in json.loads(target["input"])["ProcessingResources"]["ClusterConfig"]


def test_a_run_may_be_started_under_its_name_only(program: Program):
    request = json.loads(
        one(program, "aws:scheduler/schedule:Schedule", "train-job-schedule").inputs["target"]["input"]
    )
    starting = statements(one(program, "aws:iam/rolePolicy:RolePolicy", "train-job-scheduler-policy"))[0]
    allowed = starting["Resource"].partition("processing-job/")[2]
    assert request["ProcessingJobName"].startswith(allowed.removesuffix("*"))
