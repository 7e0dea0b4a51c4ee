"""What the shipped environments ask of the cloud."""

import ast
import re

from infra import alarms, tags
from infra.offline import STACK, Program
from infra.policies import belonging
from infra.settings import Settings
from infra.source import ROOT
from ml.monitoring import checks
from ml.serving.capture import FORMAT
from ml.wiring import Wiring
from tests.infra.planned import one, statements

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def test_the_program_is_a_table_of_contents():
    text = (ROOT / "infra/program.py").read_text()
    assert len(text.splitlines()) < 70
    assert "pulumi_aws" not in text


def test_the_program_s_file_imports_it_and_says_what_is_wrong_with_the_source():
    body = ast.parse((ROOT / "__main__.py").read_text()).body
    *imports, guarded = body
    assert all(isinstance(node, ast.ImportFrom) for node in imports)
    assert isinstance(guarded, ast.Try)
    assert [ast.unparse(node) for node in guarded.body] == ["import infra.program"]


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
            assert entry.inputs["tags"].keys() >= set(tags.KEYS), entry.name


def test_a_captured_line_goes_from_the_endpoint_s_log_to_where_the_monitor_looks(dev: Program):
    lines = one(dev, "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter").inputs
    stream = one(dev, "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream")
    assert lines["logGroup"] == f"/aws/sagemaker/Endpoints/{dev.outputs['endpoint_name']}"
    assert stream.name in lines["destinationArn"]
    destination = stream.inputs["extendedS3Configuration"]
    assert destination["bucketArn"] == f"arn:aws:s3:::{dev.outputs['buckets']['capture']}"
    assert destination["prefix"] == f"capture/{dev.outputs['endpoint_name']}/!{{timestamp:yyyy-MM-dd}}/"
    # The line that the server writes is one that the filter lets through.
    assert lines["filterPattern"] == f"{{ $.capture = {FORMAT} }}"


def test_the_monitor_s_alarms_are_on_the_checks_that_are_acted_on():
    assert set(alarms.CHECKS) == set(checks.ACTED_ON)


def test_the_monitor_may_publish_to_the_namespace_that_its_alarms_read(program: Program):
    role = one(program, "aws:iam/rolePolicy:RolePolicy", "watch-job-role-policy")
    conditions = [statement.get("Condition", {}).get("StringEquals", {}) for statement in statements(role)]
    granted = [known["cloudwatch:namespace"] for known in conditions if "cloudwatch:namespace" in known]
    namespaces = {entry.inputs.get("namespace") for entry in program.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")}
    assert {each for each in namespaces if each and not each.startswith("AWS/")} == {
        f"mlops-demo/{program.environment}"
    }
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


def test_everything_that_takes_tags_has_the_expiry_owner_and_cost_centre_of_the_settings(planned):
    program = planned(expires="2027-06-30", owner="search", costCenter="4711")
    tagged = [entry.inputs["tags"] for entry in program.resources if entry.custom and belonging.takes_tags(entry.type)]
    assert len(tagged) > 25
    assert {(found["Expires"], found["Owner"], found["CostCenter"]) for found in tagged} == {
        ("2027-06-30", "search", "4711")
    }
