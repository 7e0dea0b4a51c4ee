"""A certificate that a listener uses is not deleted: the stack's own provider waits for the listener to go."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra import certificate
from infra.certificate import CertificateInUseError, CertificateProvider
from infra.rehearsal.credentials import ADMIN


@pytest.fixture
def used(modelled: Any, _modelled: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A certificate, where it is, and the load balancer and the listener that use it."""
    for name, value in ADMIN.variables.items():
        monkeypatch.setenv(name, value)
    at = {"region": "eu-west-1", "profile": "", "endpoints": {"acm": _modelled}}
    arn = CertificateProvider().create({"names": ["localhost"], "tags": {"Stack": "s"}, "connection": at}).id
    ec2, elb = modelled("ec2"), modelled("elbv2")
    network = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=network, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"eu-west-1{zone}")
        for number, zone in enumerate("ab")
    ]
    places = [made["Subnet"]["SubnetId"] for made in subnets]
    balancer = elb.create_load_balancer(Name="front", Subnets=places)["LoadBalancers"][0]["LoadBalancerArn"]
    target = elb.create_target_group(Name="server", Protocol="HTTP", Port=80, VpcId=network)
    listener = elb.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTPS",
        Port=443,
        Certificates=[{"CertificateArn": arn}],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": target["TargetGroups"][0]["TargetGroupArn"]}],
    )["Listeners"][0]["ListenerArn"]
    return {"arn": arn, "at": {"connection": at}, "elb": elb, "balancer": balancer, "listener": listener}


def test_it_is_refused_and_its_users_named_while_a_listener_has_it(used: dict[str, Any], modelled: Any):
    acm = modelled("acm")
    with pytest.raises(ClientError, match=f"ResourceInUseException.*{used['arn']} in account 123456789012 is in use"):
        acm.delete_certificate(CertificateArn=used["arn"])
    assert acm.describe_certificate(CertificateArn=used["arn"])["Certificate"]["InUseBy"] == [used["balancer"]]
    used["elb"].delete_listener(ListenerArn=used["listener"])
    assert acm.describe_certificate(CertificateArn=used["arn"])["Certificate"]["InUseBy"] == []
    acm.delete_certificate(CertificateArn=used["arn"])
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        acm.describe_certificate(CertificateArn=used["arn"])


def test_the_provider_waits_for_the_listener_to_go(used: dict[str, Any], modelled: Any, monkeypatch):
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            used["elb"].delete_listener(ListenerArn=used["listener"])

    monkeypatch.setattr(certificate.time, "sleep", wait)
    CertificateProvider().delete(used["arn"], used["at"])
    assert waits == [certificate.WAIT_SECONDS] * 2
    assert modelled("acm").list_certificates()["CertificateSummaryList"] == []


def test_the_wait_has_an_end_that_names_the_certificate_and_its_users(used: dict[str, Any], modelled: Any, monkeypatch):
    monkeypatch.setattr(certificate, "LIMIT_SECONDS", -1)
    with pytest.raises(CertificateInUseError, match=f"{used['arn']} is in use .*, by {used['balancer']}: delete what"):
        CertificateProvider().delete(used["arn"], used["at"])
    assert len(modelled("acm").list_certificates()["CertificateSummaryList"]) == 1
