"""What the services of an account say of themselves."""

import json

import pytest

from infra.rehearsal.aws import Aws, RefusedError
from infra.rehearsal.platform import Platform

TRUST = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "logs.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringLike": {"aws:SourceArn": "arn:aws:logs:us-east-1:123456789012:*"}},
    },
}


def test_a_service_says_the_region_that_it_works_in(aws):
    role = aws.call("iam", "CreateRole", RoleName="sender", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    assert Platform(Aws(aws.endpoint, "us-east-1")).assume(role, service="logs").credentials.token
    with pytest.raises(RefusedError, match=r"the request has arn:aws:logs:eu-west-1:123456789012:"):
        Platform(aws).assume(role, service="logs")
