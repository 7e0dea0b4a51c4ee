"""Where a stack lives: its account, its region, and the names of things there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import pulumi
import pulumi_aws as aws

from infra import tags
from infra.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Place:
    """The account and region of a stack, and what its names start with."""

    account: pulumi.Output[str]
    region: str
    prefix: str
    endpoint_name: str
    """Fixed: clients, alarms and log groups know it before and after every release."""
    metrics_namespace: str
    """The CloudWatch namespace of what the jobs publish."""
    tags: Mapping[str, str]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The place that the credentials and the stack's settings point to."""
        account = aws.get_caller_identity_output().account_id
        return cls(
            account=account,
            region=settings.region,
            prefix=settings.prefix,
            endpoint_name=settings.prefix,
            metrics_namespace=f"{settings.project}/{settings.environment}",
            tags=tags.of(settings),
        )

    def arn(self, service: str, resource: str) -> pulumi.Output[str]:
        """The ARN of a regional resource in this account."""
        return self.account.apply(lambda account: f"arn:aws:{service}:{self.region}:{account}:{resource}")

    @property
    def root_arn(self) -> pulumi.Output[str]:
        """The account itself as a principal: who in it may do something is for its IAM policies to say."""
        return self.account.apply(lambda account: f"arn:aws:iam::{account}:root")
