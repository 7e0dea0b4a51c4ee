"""What `docs/rollback.md` says that `pulumi up` and `pulumi destroy` need is enough, and all of it is needed."""

import json
from functools import partial

import pytest
from botocore.exceptions import ClientError

from infra import retained
from infra.converged import ConvergedProvider, NotConvergedError
from infra.rehearsal.aws import Aws
from infra.rehearsal.credentials import Credentials
from infra.rehearsal.environment import aws_variables, environment
from infra.rehearsal.services.sagemaker import delete_endpoint
from infra.rehearsal.waiting import wait
from infra.retained import Owned, RetainedProvider
from infra.source import ROOT
from tests.rehearsal.front.hosted import GUARDED

pytestmark = pytest.mark.slow

ACTIONS = {
    "sagemaker": [
        "DescribeEndpoint",
        "DescribeEndpointConfig",
        "ListEndpointConfigs",
        "ListModels",
        "ListTags",
        "DeleteEndpointConfig",
        "DeleteModel",
    ],
    "cloudwatch": ["DescribeAlarms", "DescribeAlarmHistory"],
}
ALL = [f"{service}:{action}" for service, actions in ACTIONS.items() for action in actions]
OWNED: Owned = {"configs": "c-", "models": "m-", "stack": "shop-dev"}
VARIANT = {"VariantName": "v", "InstanceType": "ml.m5.large", "InitialInstanceCount": 2, "InitialVariantWeight": 1}


def role(aws: Aws, name: str, trust: dict[str, str], actions: list[str]) -> str:
    """The ARN of a role that may do the actions on everything."""
    trusted = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": trust}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    arn = aws.call("iam", "CreateRole", RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    allowed = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    aws.call("iam", "PutRolePolicy", RoleName=name, PolicyName="allowed", PolicyDocument=document)
    return arn


def served(aws: Aws) -> None:
    """The endpoint `e` on `c-1`, with an alarm that went off, beside `c-2`."""
    serving = role(aws, "serving", {"Service": "sagemaker.amazonaws.com"}, ["cloudwatch:DescribeAlarms"])
    tags = [{"Key": "Stack", "Value": "shop-dev"}]
    alarm = {"Namespace": "AWS/SageMaker", "MetricName": "Invocation5XXErrors", "Statistic": "Sum", "Period": 60}
    over = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 0, "EvaluationPeriods": 1}
    aws.call("cloudwatch", "PutMetricAlarm", AlarmName="errors", **alarm, **over)
    for number in (1, 2):
        model = {"ModelName": f"m-{number}", "ExecutionRoleArn": serving, "PrimaryContainer": {"Image": "i"}}
        aws.call("sagemaker", "CreateModel", **model, Tags=tags)
        variants = [{**VARIANT, "ModelName": f"m-{number}"}]
        aws.call(
            "sagemaker",
            "CreateEndpointConfig",
            EndpointConfigName=f"c-{number}",
            ProductionVariants=variants,
            Tags=tags,
        )
    aws.call("sagemaker", "CreateEndpoint", EndpointName="e", EndpointConfigName="c-1", DeploymentConfig=GUARDED)
    look = partial(aws.call, "sagemaker", "DescribeEndpoint", EndpointName="e")
    wait("sagemaker:DescribeEndpoint", look, "EndpointStatus", {"Creating"}, {"InService"})
    aws.call("cloudwatch", "SetAlarmState", AlarmName="errors", StateValue="ALARM", StateReason="a test")


def walk(aws: Aws, actions: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A rolled-back update, a revert that collects, and a destroy, by who may do the actions."""
    served(aws)
    arn = role(aws, "deployer", {"AWS": f"arn:aws:iam::{aws.account}:root"}, actions)
    key = aws.call("sts", "AssumeRole", RoleArn=arn, RoleSessionName="deployment")["Credentials"]
    deployer = Credentials(key["AccessKeyId"], key["SecretAccessKey"], key["SessionToken"])
    monkeypatch.setattr(retained, "KEPT", 0)
    # The record of a restoration that never was: who may not look for it is told the rest.
    record = "s3://none/releases/restorations/a.json"
    props = {
        "endpoint": "e",
        "owned": OWNED,
        "record": record,
        "connection": {"region": aws.region, "profile": "", "endpoints": {}},
    }
    with environment(aws_variables(aws.endpoint, aws.region, deployer)):
        with pytest.raises(NotConvergedError, match=r"by an alarm: errors \("):
            ConvergedProvider().update("e", {}, {**props, "config": "c-2"})
        ConvergedProvider().update("e", {}, {**props, "config": "c-1"})
    assert [item["ModelName"] for item in aws.call("sagemaker", "ListModels")["Models"]] == ["m-1"]
    delete_endpoint("e", {}, aws)
    with environment(aws_variables(aws.endpoint, aws.region, deployer)):
        RetainedProvider().delete("e", props)
    assert aws.call("sagemaker", "ListModels")["Models"] == []
    assert aws.call("sagemaker", "ListEndpointConfigs")["EndpointConfigs"] == []


def test_what_the_page_names_is_enough(aws: Aws, monkeypatch: pytest.MonkeyPatch):
    walk(aws, ALL, monkeypatch)
    page = (ROOT / "docs" / "rollback.md").read_text()
    assert [action for actions in ACTIONS.values() for action in actions if f"{action}`" not in page] == []


@pytest.mark.parametrize("lacking", ALL)
def test_without_one_of_them_it_is_refused(aws: Aws, monkeypatch: pytest.MonkeyPatch, lacking: str):
    with pytest.raises(ClientError, match=rf"AccessDenied.*not authorized to perform: {lacking} "):
        walk(aws, [action for action in ALL if action != lacking], monkeypatch)
