import json

import pytest

from infra.rehearsal.aws import Aws, RefusedError
from infra.rehearsal.platform import Platform


def test_a_service_says_that_it_works_in_the_region_of_its_call(aws):
    """As the role of a log's subscription trusts CloudWatch Logs, by the ARN that it works for."""
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "logs.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringLike": {"aws:SourceArn": f"arn:aws:logs:us-east-1:{aws.account}:*"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = aws.call("iam", "CreateRole", RoleName="sender", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    Platform(Aws(aws.endpoint, "us-east-1")).assume(role, service="logs")
    with pytest.raises(RefusedError, match="aws:SourceArn"):
        Platform(Aws(aws.endpoint, "eu-west-1")).assume(role, service="logs")


def test_a_session_with_policies_of_its_own_is_refused_and_not_given_the_whole_role(aws):
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    with pytest.raises(RefusedError, match="policies of its own is not rehearsed"):
        aws.call("sts", "AssumeRole", RoleArn="arn:aws:iam::1:role/any", RoleSessionName="narrow", Policy=policy)
