"""The provider's functions (`aws.get_...`) answered from the rehearsal's own account."""

from collections.abc import Callable
from typing import Any

from infra.rehearsal.aws import Aws

Arguments = dict[str, Any]


def caller_identity(_arguments: Arguments, aws: Aws) -> Arguments:
    identity = aws.call("sts", "GetCallerIdentity")
    return {
        "accountId": identity["Account"],
        "arn": identity["Arn"],
        "userId": identity["UserId"],
        "id": identity["Account"],
    }


def region(_arguments: Arguments, aws: Aws) -> Arguments:
    return {"region": aws.region, "name": aws.region, "id": aws.region}


def partition(_arguments: Arguments, _aws: Aws) -> Arguments:
    return {"partition": "aws", "dnsSuffix": "amazonaws.com", "reverseDnsPrefix": "com.amazonaws", "id": "aws"}


def availability_zones(_arguments: Arguments, aws: Aws) -> Arguments:
    zones = aws.call("ec2", "DescribeAvailabilityZones")["AvailabilityZones"]
    names, ids = [zone["ZoneName"] for zone in zones], [zone["ZoneId"] for zone in zones]
    return {"names": names, "zoneIds": ids, "id": aws.region}


INVOKES: dict[str, Callable[[Arguments, Aws], Arguments]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": caller_identity,
    "aws:index/getRegion:getRegion": region,
    "aws:index/getPartition:getPartition": partition,
    "aws:index/getAvailabilityZones:getAvailabilityZones": availability_zones,
}
