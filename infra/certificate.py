"""A dynamic resource that gives the tracking server a TLS certificate of its own, in ACM.

The private key is made in memory, handed to ACM and forgotten: no state, file or log has it. The authority that signs
it signs nothing else, since its key is forgotten too; whoever trusts its certificate trusts this server alone.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

from infra.session import client, given

VALID = timedelta(days=397)
RENEWED_BEFORE = timedelta(days=120)
"""How long before its end a certificate is renewed by the next `pulumi up`."""
WAIT_SECONDS, LIMIT_SECONDS = 10, 300
"""ACM takes its time to see that a listener is gone (github.com/hashicorp/terraform-provider-aws/issues/3866)."""


class CertificateInUseError(Exception):
    """ACM does not let go of the certificate: something still uses it."""


class CertificateProvider(ResourceProvider):
    """Imports a certificate for some names, and another into the same place when its end comes near."""

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        return given(news, ("names", "tags", "connection"))

    def create(self, props: dict[str, Any]) -> CreateResult:
        tags = [{"Key": key, "Value": value} for key, value in props["tags"].items()]
        imported = _import(props, Tags=tags)
        return CreateResult(imported["arn"], {**props, **imported})

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        # A listener's certificate cannot become one for other names: a new one takes its place.
        replaces = ["names"] if _olds.get("names") != _news.get("names") else []
        left = datetime.fromisoformat(_olds["expires"]) - datetime.now(UTC)
        return DiffResult(changes=bool(replaces) or left < RENEWED_BEFORE, replaces=replaces)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        return UpdateResult({**_news, **_import(_news, CertificateArn=_id)})

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        acm, deadline = client("acm", _props["connection"]), time.monotonic() + LIMIT_SECONDS
        while not _deleted(acm, _id):
            if time.monotonic() > deadline:
                users = acm.describe_certificate(CertificateArn=_id)["Certificate"].get("InUseBy", [])
                raise CertificateInUseError(
                    f"the certificate {_id} is in use after {LIMIT_SECONDS // 60} minutes, by "
                    f"{', '.join(users) or 'nothing that ACM names'}: delete what uses it, and run the command again"
                )
            time.sleep(WAIT_SECONDS)


def _deleted(acm: Any, arn: str) -> bool:
    """Whether the certificate is gone; not while it is in use."""
    try:
        acm.delete_certificate(CertificateArn=arn)
    except acm.exceptions.ResourceNotFoundException:
        return True
    except acm.exceptions.ResourceInUseException:
        return False
    return True


def _import(props: dict[str, Any], **request: Any) -> dict[str, str]:
    certificate, key, authority, expires = issued(props["names"])
    answer = client("acm", props["connection"]).import_certificate(
        Certificate=certificate, PrivateKey=key, CertificateChain=authority, **request
    )
    return {"arn": answer["CertificateArn"], "authority": authority.decode(), "expires": expires.isoformat()}


def issued(names: list[str]) -> tuple[bytes, bytes, bytes, datetime]:
    """A certificate for DNS names, its key, its authority's certificate, all PEM, and when it ends."""
    # A plan makes none: it starts sooner without.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    # Clocks differ.
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    end = start + VALID
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "MLflow of one stack, authority")])
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "MLflow of one stack")])

    def builder(subject: x509.Name, public: ec.EllipticCurvePublicKey, *, is_ca: bool) -> x509.CertificateBuilder:
        uses = dict.fromkeys(
            ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only"), False
        )
        usage = x509.KeyUsage(
            digital_signature=not is_ca, key_cert_sign=is_ca, crl_sign=is_ca, decipher_only=False, **uses
        )
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(ca_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=0 if is_ca else None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        )

    authority = builder(ca_name, ca_key.public_key(), is_ca=True).sign(ca_key, hashes.SHA256())
    leaf = (
        builder(name, key.public_key(), is_ca=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(given_name) for given_name in names]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return leaf.public_bytes(pem), private, authority.public_bytes(pem), end


class Certificate(Resource, name="Certificate"):
    """A certificate in ACM, and the authority that its clients must trust."""

    arn: pulumi.Output[str]
    authority: pulumi.Output[str]
    """PEM; nothing secret."""

    def __init__(
        self,
        name: str,
        *,
        names: list[pulumi.Input[str]],
        tags: dict[str, str],
        connection: dict[str, Any],
        opts: pulumi.ResourceOptions,
    ) -> None:
        props = {
            "names": names,
            "tags": tags,
            "connection": connection,
            "arn": None,
            "authority": None,
            "expires": None,
        }
        super().__init__(CertificateProvider(), name, props, opts)
