import pytest

from infra.rehearsal.apply import RehearsalError
from infra.rehearsal.entry import How

pytestmark = pytest.mark.slow

TOPIC = """
class Topics(pulumi.dynamic.ResourceProvider):
    def check(self, olds, news):
        wrong = [] if news["name"].islower() else [pulumi.dynamic.CheckFailure("name", "is not lower case")]
        return pulumi.dynamic.CheckResult(news, wrong)

    def create(self, props):
        import boto3
        arn = boto3.client("sns").create_topic(Name=props["name"])["TopicArn"]
        return pulumi.dynamic.CreateResult(arn, {**props, "arn": arn})

    def delete(self, id, props):
        import boto3
        boto3.client("sns").delete_topic(TopicArn=props["arn"])


class Topic(pulumi.dynamic.Resource):
    arn: pulumi.Output[str]

    def __init__(self, name):
        super().__init__(Topics(), name, {"name": name, "arn": None})
"""
IMAGE = """
from infra.build import ImageBuild

trust = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
role = aws.iam.Role("role", assume_role_policy=json.dumps(trust))
builds = aws.iam.RolePolicy("builds", role=role.name, policy=json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["s3:*", "ecr:*", "logs:*"], "Resource": "*"}]}))
sources = aws.s3.Bucket("sources")
source = aws.s3.BucketObjectv2("source", bucket=sources.id, key="source.zip", content="a zip")
repository = aws.ecr.Repository("images")
project = aws.codebuild.Project("build", service_role=role.arn, artifacts={"type": "NO_ARTIFACTS"},
    source={"type": "S3", "location": pulumi.Output.concat(sources.id, "/source.zip"),
        "buildspec": "{version: 0.2, phases: {build: {commands: [make]}}}"},
    environment={"type": "LINUX_CONTAINER", "image": "i", "compute_type": "BUILD_GENERAL1_SMALL",
        "environment_variables": [
            {"name": "REPOSITORY", "value": repository.repository_url}, {"name": "TAG", "value": "abc123"}]})
image = ImageBuild("image", repository=repository.name, tag="abc123", project=project.name,
    opts=pulumi.ResourceOptions(depends_on=[builds, source]),
    connection={"region": "eu-west-1", "profile": "mine", "endpoints": {"ecr": "https://ecr.example.com"}})
pulumi.export("digest", image.digest)
"""


def test_a_dynamic_provider_is_run_against_the_rehearsals_account(apply, aws):
    program = apply(TOPIC + 'pulumi.export("arn", Topic("mine").arn)')
    assert program.outputs["arn"] == "arn:aws:sns:eu-west-1:123456789012:mine"
    assert [topic["TopicArn"] for topic in aws.call("sns", "ListTopics")["Topics"]] == [program.outputs["arn"]]
    assert apply.made("mine").how is How.MOTO
    assert apply.made("mine").note == "Topics was run"
    assert not apply.destroy()
    assert aws.call("sns", "ListTopics")["Topics"] == []


def test_inputs_that_the_provider_refuses_are_named(apply):
    with pytest.raises(RehearsalError, match=r"^Mine \(pulumi-python:dynamic:Resource\): name: is not lower case$"):
        apply(TOPIC + 'Topic("Mine")')


def test_a_build_leaves_an_image_under_its_tag_and_is_listed_as_replaced(apply, aws):
    """Neither the profile nor the endpoints that the stack's settings name are asked."""
    digest = apply(IMAGE).outputs["digest"]
    images = aws.call("ecr", "DescribeImages", repositoryName=apply.made("images").id)["imageDetails"]
    assert [(image["imageTags"], image["imageDigest"]) for image in images] == [(["abc123"], digest)]
    assert apply.made("image").how is How.REPLACED
    assert "no image is built" in apply.made("image").note
    assert not apply.destroy()


def test_outside_of_a_rehearsed_provider_a_build_leaves_nothing(apply, aws):
    apply(IMAGE)
    repository = apply.made("images").id
    aws.call("ecr", "BatchDeleteImage", repositoryName=repository, imageIds=[{"imageTag": "abc123"}])
    aws.call("codebuild", "StartBuild", projectName=apply.made("build").inputs["name"])
    assert aws.call("ecr", "DescribeImages", repositoryName=repository)["imageDetails"] == []
