"""Whether the account's quotas let the program be made."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from infra.doctor.needs import Need
from infra.doctor.result import Result, fault, fine, unknown

CHECK = "quotas"
ROOM = "room for"
VPCS, ADDRESSES, TRAILS = "aws:ec2/vpc:Vpc", "aws:ec2/eip:Eip", "aws:cloudtrail/trail:Trail"
TRAIL_LIMIT = 5
"""A region's trails. AWS raises it for nobody.

docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
"""
OF_TYPE = {VPCS: ("vpc", "VPCs per Region"), ADDRESSES: ("ec2", "EC2-VPC Elastic IPs")}
NAMES = {VPCS: "VPCs", ADDRESSES: "Elastic IP addresses", TRAILS: "trails"}


def check(client: Callable[[str], Any], needed: Iterable[Need], region: str) -> Iterator[Result]:
    """Compares each need with the account's quota in this region. Raises ClientError."""

    @cache
    def values(service: str) -> dict[str, tuple[float, str]]:
        return _values(client("service-quotas"), service)

    for need in needed:
        quota = values(need.service).get(need.quota)
        if quota is None:
            yield _unlisted(need, region)
            continue
        value, code = quota
        asked = f"{need.quota}: the account has {value:g}, expected at least {need.amount:g} ({need.why})"
        if value < need.amount:
            yield fault(CHECK, asked, _raise(need.service, code, need.amount, region))
        else:
            yield fine(CHECK, asked)


def room(
    client: Callable[[str], Any], counts: Mapping[str, int], tag: tuple[str, str], region: str
) -> Iterator[Result]:
    """Whether as many more as the program makes fit in, beside what others have. Raises ClientError.

    Args:
        tag: the key and value that what is the stack's own carries; the value is also what its names start with.
    """
    for kind in (VPCS, ADDRESSES, TRAILS):
        if not counts.get(kind):
            continue
        others = _others(client, kind, tag)
        if kind == TRAILS:
            limit, fix = (
                TRAIL_LIMIT,
                "delete a trail of this region that nobody reads: AWS raises this quota for nobody",
            )
        else:
            service, quota = OF_TYPE[kind]
            found = _values(client("service-quotas"), service).get(quota)
            if found is None:
                yield unknown(ROOM, f"{NAMES[kind]}: Service Quotas does not list {quota!r}")
                continue
            limit, code = found
            fix = _raise(service, code, others + counts[kind], region)
        text = f"{NAMES[kind]}: {others} of {limit:g} are taken by others, {counts[kind]} more are asked for"
        yield fine(ROOM, text) if others + counts[kind] <= limit else fault(ROOM, text, fix)


def _others(client: Callable[[str], Any], kind: str, tag: tuple[str, str]) -> int:
    if kind == TRAILS:
        # Trails tell no tags here: the stack's own starts with its name.
        found = client("cloudtrail").describe_trails(includeShadowTrails=True)["trailList"]
        return sum(not trail["Name"].startswith(tag[1]) for trail in found)
    if kind == VPCS:
        pages = client("ec2").get_paginator("describe_vpcs").paginate()
        found = [item for page in pages for item in page["Vpcs"]]
    else:
        found = client("ec2").describe_addresses()["Addresses"]
    own = {"Key": tag[0], "Value": tag[1]}
    return sum(own not in item.get("Tags", ()) for item in found)


def _values(quotas: Any, service: str) -> dict[str, tuple[float, str]]:
    """Value and code of each quota by its name: the account's own, else AWS's default."""
    found: dict[str, tuple[float, str]] = {}
    # A quota that was never raised may only be among the defaults.
    for operation in ("list_aws_default_service_quotas", "list_service_quotas"):
        for page in quotas.get_paginator(operation).paginate(ServiceCode=service):
            found |= {quota["QuotaName"]: (quota["Value"], quota["QuotaCode"]) for quota in page["Quotas"]}
    return found


def _unlisted(need: Need, region: str) -> Result:
    instance, _, usage = need.quota.partition(" for ")
    if usage.endswith(" usage"):
        text = f"{need.quota}: {region} has no such quota, so SageMaker has no {instance} there for this ({need.why})"
        return fault(CHECK, text, "choose an instance type of this region in the settings")
    return unknown(CHECK, f"{need.quota}: Service Quotas does not list it")


def _raise(service: str, code: str, amount: float, region: str) -> str:
    return (
        f"aws service-quotas request-service-quota-increase --service-code {service} --quota-code {code} "
        f"--desired-value {amount:g} --region {region}"
    )
