"""The dynamic resources of the tracking server: a certificate and passwords, none of whose secrets leaves AWS."""

import json
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from moto import mock_aws

from infra import certificate, password
from infra.certificate import CertificateProvider, issued
from infra.password import PasswordProvider

AT = {"region": "eu-west-1", "profile": "", "endpoints": {}}
HOST = "internal-demo.eu-west-1.elb.amazonaws.com"
NAMED: dict[str, Any] = {"names": [HOST, "localhost"], "tags": {"Stack": "demo"}, "connection": AT}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield


def verified(leaf: bytes, authority: bytes, host: str) -> None:
    store = Store(x509.load_pem_x509_certificates(authority))
    verifier = PolicyBuilder().store(store).build_server_verifier(x509.DNSName(host))
    verifier.verify(x509.load_pem_x509_certificate(leaf), [])


@pytest.mark.parametrize("host", [HOST, "localhost"])
def test_whoever_trusts_the_authority_trusts_the_certificate_for_its_names(host: str):
    leaf, _, authority, _ = issued([HOST, "localhost"])
    verified(leaf, authority, host)
    ssl.create_default_context(cadata=authority.decode())


def test_it_is_good_for_no_other_name_and_by_no_other_authority():
    leaf, _, authority, _ = issued([HOST])
    _, _, another, _ = issued([HOST])
    with pytest.raises(VerificationError):
        verified(leaf, authority, "evil.example.com")
    with pytest.raises(VerificationError):
        verified(leaf, another, HOST)


def test_the_certificate_is_in_acm_and_nothing_of_its_key_is_in_the_state(account):
    made = CertificateProvider().create(NAMED)
    assert made.outs is not None
    assert set(made.outs) == {*NAMED, "arn", "authority", "expires"}
    assert "PRIVATE KEY" not in json.dumps(made.outs)
    assert x509.load_pem_x509_certificate(made.outs["authority"].encode()).extensions
    held = boto3.client("acm", region_name="eu-west-1").get_certificate(CertificateArn=made.id)
    verified(held["Certificate"].encode(), made.outs["authority"].encode(), HOST)


def test_it_is_renewed_in_its_place_when_its_end_comes_near_and_not_before(account):
    provider = CertificateProvider()
    made = provider.create(NAMED)
    assert made.outs is not None
    assert not provider.diff(made.id, made.outs, NAMED).changes
    near = (datetime.now(UTC) + certificate.RENEWED_BEFORE - timedelta(hours=1)).isoformat()
    assert provider.diff(made.id, {**made.outs, "expires": near}, NAMED).changes
    renewed = provider.update(made.id, made.outs, NAMED).outs
    assert renewed is not None
    assert renewed["arn"] == made.id
    assert renewed["authority"] != made.outs["authority"]


def test_another_name_needs_another_certificate_and_a_deleted_one_is_gone(account):
    provider = CertificateProvider()
    made = provider.create(NAMED)
    assert provider.diff(made.id, made.outs or {}, {**NAMED, "names": ["other.example.com"]}).replaces == ["names"]
    provider.delete(made.id, NAMED)
    assert boto3.client("acm", region_name="eu-west-1").list_certificates()["CertificateSummaryList"] == []
    provider.delete(made.id, NAMED)


@pytest.fixture
def secret(account) -> dict[str, Any]:
    arn = boto3.client("secretsmanager", region_name="eu-west-1").create_secret(Name="a")["ARN"]
    return {"secret": arn, "beside": {"username": "jobs", "authority": "first"}, "connection": AT}


def value(props: dict[str, Any]) -> dict[str, str]:
    held = boto3.client("secretsmanager", region_name="eu-west-1").get_secret_value(SecretId=props["secret"])
    return json.loads(held["SecretString"])


def test_a_password_is_made_in_the_secret_and_is_not_in_the_state(secret):
    made = PasswordProvider().create(secret)
    held = value(secret)
    assert held["username"] == "jobs"
    assert len(held["password"]) == password.LENGTH
    assert held["password"].isalnum()
    assert held["password"] not in json.dumps(made.outs)


def test_what_is_beside_it_changes_without_it(secret):
    provider = PasswordProvider()
    made = provider.create(secret)
    before = value(secret)
    news = {**secret, "beside": {"username": "jobs", "authority": "second"}}
    assert not provider.diff(made.id, made.outs or {}, secret).changes
    assert provider.diff(made.id, made.outs or {}, news).changes
    updated = provider.update(made.id, made.outs or {}, news).outs or {}
    assert value(secret) == {**before, "authority": "second"}
    assert updated["version"] != (made.outs or {})["version"]


def test_a_password_that_a_person_has_put_there_stays(secret):
    text = json.dumps({"password": "of a person"})
    boto3.client("secretsmanager", region_name="eu-west-1").put_secret_value(
        SecretId=secret["secret"], SecretString=text
    )
    PasswordProvider().create(secret)
    assert value(secret)["password"] == "of a person"


@pytest.mark.parametrize("provider", [CertificateProvider(), PasswordProvider()])
def test_what_is_missing_is_named(provider):
    assert "connection" in {failure.property for failure in provider.check({}, {}).failures}
