"""An EKS cluster in an empty account, and what a refusal of its API looks like."""

import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

PREFIX = "arn:aws:eks:eu-west-1:123456789012"
VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class Clusters:
    """A cluster `c`, and the roles that it names."""

    def __init__(self, modelled: Any, clock: Any, mode: str | None = "API") -> None:
        self.eks, self.clock, self.iam = modelled("eks"), clock, modelled("iam")
        policy = json.dumps({"Version": "2012-10-17", "Statement": []})
        self.role, self.other = (
            self.iam.create_role(RoleName=name, Path="/team/", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
            for name in ("first", "second")
        )
        self.make("c", **({"accessConfig": {"authenticationMode": mode}} if mode else {}))

    def make(self, name: str, **request: Any) -> None:
        self.eks.create_cluster(
            name=name,
            version="1.33",
            roleArn="arn:aws:iam::123456789012:role/c",
            resourcesVpcConfig={"subnetIds": ["subnet-1", "subnet-2"]},
            **request,
        )

    def describe(self) -> dict[str, Any]:
        return self.eks.describe_cluster(name="c")["cluster"]

    def nodes(self) -> None:
        self.eks.create_nodegroup(
            clusterName="c", nodegroupName="n", nodeRole="arn:aws:iam::123456789012:role/n", subnets=["subnet-1"]
        )

    def addon(self, name: str) -> dict[str, Any]:
        return self.eks.describe_addon(clusterName="c", addonName=name)["addon"]

    def access(self, operation: str, principal: str = "", **request: Any) -> dict[str, Any]:
        return getattr(self.eks, operation)(clusterName="c", principalArn=principal or self.role, **request)


@contextmanager
def refused(code: str, status: int, message: str) -> Generator[None]:
    """The call inside is refused with this code, status and, somewhere in it, message."""
    with pytest.raises(ClientError, match=rf"\({code}\).*{re.escape(message)}") as error:
        yield
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
