"""Who would bring the stack up, where, and for how long."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from infra.doctor.result import Result, fault, fine, unknown, warning

CREDENTIALS, ACCOUNT, REGION, LIFETIME = "credentials", "account", "region", "credential lifetime"
EXPIRATION = "AWS_CREDENTIAL_EXPIRATION"
"""What `aws configure export-credentials` and others say beside credentials in variables: botocore reads it too."""
BESIDE_MINUTES = 30
"""What `pulumi up` takes beside the endpoint's update: the image's build, a database, MLflow. An estimate from
the durations in docs/rehearsal.md: nothing here was measured on AWS."""


def account(client: Callable[[str], Any], allowed: list[str]) -> Iterator[Result]:
    """Who the credentials are of, and whether the stack is for their account. Raises ClientError, BotoCoreError."""
    identity = client("sts").get_caller_identity()
    yield fine(CREDENTIALS, f"they are of {identity['Arn']}")
    if not allowed:
        yield warning(
            ACCOUNT,
            f"the credentials are of {identity['Account']}, and the stack is bound to no account",
            f'bind it: `pulumi config set --path "aws:allowedAccountIds[0]" {identity["Account"]}`',
        )
    elif identity["Account"] in allowed:
        yield fine(ACCOUNT, f"{identity['Account']} is the stack's")
    else:
        yield fault(
            ACCOUNT,
            f"the credentials are of {identity['Account']}, expected {' or '.join(allowed)} (aws:allowedAccountIds)",
            "take the credentials of the stack's account: another AWS_PROFILE, or another role",
        )


def region(client: Callable[[str], Any], session: boto3.Session, wanted: str) -> Iterator[Result]:
    """Whether the account may use the stack's region, and whether the shell means the same. Raises ClientError."""
    found = client("ec2").describe_regions(RegionNames=[wanted], AllRegions=True)["Regions"]
    if found and found[0].get("OptInStatus") == "not-opted-in":
        text = f"{wanted} is switched off for this account"
        yield fault(REGION, text, f"aws account enable-region --region-name {wanted}")
        return
    own = session.region_name
    if own and own != wanted:
        text = f"the stack lives in {wanted}, and the shell's own region is {own}: commands of the AWS CLI go there"
        yield warning(REGION, text, f"export AWS_REGION={wanted}")
    else:
        yield fine(REGION, f"{wanted} is open to the account")


def lifetime(session: boto3.Session, update_minutes: int, now: datetime | None = None) -> Iterator[Result]:
    """Whether the credentials outlive an update: Pulumi loses what it did after they expired (pulumi/pulumi#19452)."""
    needed = timedelta(minutes=update_minutes + BESIDE_MINUTES)
    text = f"an update may take {needed.total_seconds() / 60:.0f} minutes"
    credentials = session.get_credentials()
    if credentials is None or not credentials.get_frozen_credentials().token:
        yield fine(LIFETIME, f"{text}, and the credentials do not expire")
        return
    until = _expiry(credentials)
    if until is None:
        fix = f"see that they last that long, or export {EXPIRATION} with them so that this can be checked"
        yield unknown(LIFETIME, f"{text}; the credentials are temporary and do not say until when", fix)
        return
    left = until - (now or datetime.now(UTC))
    text += f", and the credentials last {left.total_seconds() / 60:.0f} more"
    if left >= needed:
        yield fine(LIFETIME, text)
    else:
        yield fault(LIFETIME, text, "log in anew, with a longer session: aws sso login, or --duration-seconds")


def _expiry(credentials: Any) -> datetime | None:
    """botocore keeps the time of credentials that it can renew; variables may carry it beside them."""
    until = getattr(credentials, "_expiry_time", None)
    if until is None and (text := os.environ.get(EXPIRATION)):
        until = datetime.fromisoformat(text)
    return until if until is None or until.tzinfo else until.replace(tzinfo=UTC)
