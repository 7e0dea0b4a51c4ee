import json

import pytest
from pulumi.runtime.mocks import MockResourceArgs

from infra.rehearsal.apply import Cloud, RehearsalError
from infra.rehearsal.aws import RefusedError
from infra.rehearsal.entry import How
from tests.rehearsal.programs import ENDPOINT, ROLE, VERSIONED_BUCKET


def test_outputs_flow_into_the_inputs_of_what_depends_on_them(apply, aws):
    applied = apply(VERSIONED_BUCKET + 'pulumi.export("bucket", bucket.bucket)\npulumi.export("arn", bucket.arn)')
    bucket = applied.outputs["bucket"]
    assert bucket.startswith("data-")
    assert applied.outputs["arn"] == f"arn:aws:s3:::{bucket}"
    assert aws.call("s3", "GetBucketVersioning", Bucket=bucket)["Status"] == "Enabled"
    assert aws.call("s3", "GetBucketTagging", Bucket=bucket)["TagSet"] == [{"Key": "team", "Value": "ml"}]


def test_what_is_depended_on_is_made_first(apply):
    program = """
    buckets = [aws.s3.Bucket(f"b{i}") for i in range(5)]
    last = aws.s3.Bucket("last", opts=pulumi.ResourceOptions(depends_on=buckets))
    aws.s3.BucketVersioning("versioning", bucket=last.id, versioning_configuration={"status": "Enabled"})
    aws.sns.Topic("alone")
    """
    apply(program)
    names = [resource.name for resource in apply.cloud.resources]
    assert len(names) == 8
    assert max(names.index(f"b{i}") for i in range(5)) < names.index("last") < names.index("versioning")


def test_a_refused_call_names_the_resource_its_type_the_call_and_the_reason(apply):
    with pytest.raises(RehearsalError) as refused:
        apply('aws.s3.Bucket("data", bucket="No_Such_Name!")')
    message = str(refused.value)
    assert message.startswith("data (aws:s3/bucket:Bucket): s3:CreateBucket: ")
    assert "Invalid bucket name" in message


def test_a_request_that_botocore_refuses_is_named_the_same_way(apply):
    program = ROLE + 'aws.sagemaker.Model("model", execution_role_arn=role.arn, vpc_config={"subnets": ["s"]})'
    with pytest.raises(RehearsalError, match=r"^model \(aws:sagemaker/model:Model\): sagemaker:CreateModel: Param"):
        apply(program)


def test_nothing_more_is_made_after_a_refusal(aws):
    cloud = Cloud(aws)
    bad = MockResourceArgs("aws:sns/topic:Topic", "bad", {"name": "no name"}, custom=True)
    with pytest.raises(RehearsalError, match="bad"):
        cloud.new_resource(bad)
    with pytest.raises(RehearsalError, match="bad"):
        cloud.new_resource(MockResourceArgs("aws:sns/topic:Topic", "good", {}, custom=True))
    assert cloud.resources == []
    assert aws.call("sns", "ListTopics")["Topics"] == []


def test_a_name_over_its_limit_is_refused_before_the_api_is_asked(apply):
    with pytest.raises(RehearsalError, match="has 78 characters, at most 63 are allowed"):
        apply(f'aws.s3.Bucket("{"b" * 70}")')


def test_a_type_without_an_entry_is_listed_and_its_outputs_flow_on(apply):
    program = """
    queue = aws.dynamodb.Table("queue", attributes=[{"name": "a", "type": "S"}], hash_key="a")
    pulumi.export("arn", queue.arn)
    pulumi.export("name", queue.name)
    """
    applied = apply(program)
    queue = apply.made("queue")
    assert queue.how is How.NOT
    assert queue.note == "no entry in the table of infra/rehearsal/table.py"
    assert applied.outputs["arn"] == f"arn:aws:dynamodb:eu-west-1:123456789012:not-rehearsed/{applied.outputs['name']}"


def test_a_component_is_recorded_and_nothing_is_made_for_it(apply):
    apply('pulumi.ComponentResource("mlops:index:Thing", "thing")')
    assert [(made.name, made.how) for made in apply.cloud.resources] == [("thing", How.COMPONENT)]


def test_what_exists_already_is_looked_up_and_not_made(apply, aws):
    apply('aws.s3.Bucket.get("old", "somebody-elses-bucket")')
    assert apply.made("old").how is How.NOT
    assert apply.made("old").note == "looked up by its id, not made"
    assert aws.call("s3", "ListBuckets")["Buckets"] == []


def test_an_input_that_no_api_takes_is_said(apply):
    apply('aws.s3.Bucket("data", acceleration_status="Enabled")')
    assert apply.made("data").note == "not sent to the API: accelerationStatus"


def test_functions_of_the_provider_are_answered_by_the_account(apply):
    program = """
    pulumi.export("account", aws.get_caller_identity().account_id)
    pulumi.export("region", aws.get_region_output().region)
    """
    assert apply(program).outputs == {"account": "123456789012", "region": "eu-west-1"}


def test_a_function_without_an_answer_says_where_to_add_it(apply):
    with pytest.raises(Exception, match="ec2/getAmi") as unanswered:
        apply('pulumi.export("ami", aws.ec2.get_ami().id)')
    assert "infra/rehearsal/invokes.py" in str(apply.cloud.failure)
    assert "infra/rehearsal/invokes.py" in str(unanswered.value)


def test_default_tags_of_a_provider_reach_the_resources(apply, aws):
    program = """
    provider = aws.Provider("mine", region="eu-west-1", default_tags={"tags": {"project": "small", "team": "none"}})
    bucket = aws.s3.Bucket("data", tags={"team": "ml"}, opts=pulumi.ResourceOptions(provider=provider))
    """
    apply(program)
    bucket = apply.made("data").id
    tags = {tag["Key"]: tag["Value"] for tag in aws.call("s3", "GetBucketTagging", Bucket=bucket)["TagSet"]}
    assert tags == {"project": "small", "team": "ml"}


def bucket_with(**statement: object) -> str:
    return (
        VERSIONED_BUCKET
        + f"""
statement = {{"Principal": "*", "Resource": [bucket.arn, pulumi.Output.concat(bucket.arn, "/*")], **{statement!r}}}
document = {{"Version": "2012-10-17", "Statement": [statement]}}
aws.s3.BucketPolicy("policy", bucket=bucket.id, policy=pulumi.Output.json_dumps(document))
"""
    )


def test_a_tls_only_policy_is_kept_whole_and_does_not_close_the_bucket(apply, aws):
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    apply(bucket_with(Effect="Deny", Action="s3:*", Condition=plain))
    bucket = apply.made("data").id
    aws.call("s3", "PutObject", Bucket=bucket, Key="key", Body=b"1")
    (kept,) = json.loads(aws.call("s3", "GetBucketPolicy", Bucket=bucket)["Policy"])["Statement"]
    assert kept["Condition"] == plain
    assert apply.made("policy").note == ""


def test_a_denial_without_a_condition_is_obeyed(apply, aws):
    apply(bucket_with(Effect="Deny", Action="s3:PutObject"))
    with pytest.raises(RefusedError, match=r"s3:PutObject on resource: arn:aws:s3:::data-\w+/key because policy of"):
        aws.call("s3", "PutObject", Bucket=apply.made("data").id, Key="key", Body=b"1")


def test_what_a_model_of_ours_made_says_so_and_what_answers_for_it(apply, aws):
    apply(ENDPOINT + 'aws.sagemaker.MlflowApp("app", artifact_store_uri="s3://b/p", role_arn=role.arn)')
    app, endpoint = apply.made("app"), apply.made("endpoint")
    assert (app.how, endpoint.how) == (How.MODEL, How.MODEL)
    assert "a real MLflow server on this machine" in app.note
    assert "model-server processes on this machine" in endpoint.note
    assert aws.call("sagemaker", "DescribeMlflowApp", Arn=app.outputs["arn"])["Status"] == "Created"
    assert aws.call("sagemaker", "DescribeEndpoint", EndpointName=endpoint.id)["EndpointStatus"] == "InService"


READER = """
reads = aws.iam.RolePolicy("reads", role=role.name, policy=json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::releases/*"}]}))
"""


def test_an_endpoint_that_fails_stops_the_rehearsal_with_the_reason_and_is_not_left(apply, aws):
    aws.call("s3", "CreateBucket", Bucket="releases", CreateBucketConfiguration={"LocationConstraint": aws.region})
    aws.call("s3", "PutObject", Bucket="releases", Key="model.tar.gz", Body=b"1")

    def lose(**_event: object) -> None:
        aws.call("s3", "DeleteObject", Bucket="releases", Key="model.tar.gz")

    events = aws.client("sagemaker").meta.events
    events.register("before-call.sagemaker.CreateEndpoint", lose)
    with pytest.raises(RehearsalError) as refused:
        apply(
            ENDPOINT.replace("model = aws", READER + "model = aws").replace(
                '{"image": "i"}',
                '{"image": "i", "model_data_url": "s3://releases/model.tar.gz"}, '
                "opts=pulumi.ResourceOptions(depends_on=[reads])",
            )
        )
    events.unregister("before-call.sagemaker.CreateEndpoint", lose)
    message = str(refused.value)
    assert message.startswith("endpoint (aws:sagemaker/endpoint:Endpoint): sagemaker:DescribeEndpoint: Failed: ")
    assert "Could not find model data at s3://releases/model.tar.gz." in message
    assert aws.call("sagemaker", "ListEndpoints")["Endpoints"] == []


def test_a_pinned_image_has_a_stand_in_under_its_digest(apply, aws):
    digest = f"sha256:{'a' * 64}"
    program = f"""
repository = aws.ecr.Repository("app")
for name in ("first", "second"):
    aws.sagemaker.Model(name, execution_role_arn=role.arn, primary_container={{
        "image": pulumi.Output.concat(repository.repository_url, "@{digest}")}})
"""
    apply(ROLE + program)
    [image] = aws.call("ecr", "DescribeImages", repositoryName=apply.made("app").id)["imageDetails"]
    assert image["imageDigest"] == digest
    notes = [apply.made(name).note for name in ("first", "second")]
    assert sum("an empty manifest stands under its digest" in note for note in notes) == 1


def test_a_subscription_by_mail_says_that_it_waits_for_a_click(apply):
    program = """
    topic = aws.sns.Topic("topic")
    aws.sns.TopicSubscription("mail", topic=topic.arn, protocol="email", endpoint="a@example.com")
    """
    apply(program)
    assert "waits for a click" in apply.made("mail").note
