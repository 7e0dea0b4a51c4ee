"""Certificates in ACM: one that a listener still uses is not deleted, and says by which load balancers it is used.

That ACM takes minutes to see that a listener is gone is not modelled.
"""

from infra.rehearsal.front.call import Call
from infra.rehearsal.front.errors import ApiError
from infra.rehearsal.front.models.state import Clock, Operation, backend

SOURCES = (
    "https://docs.aws.amazon.com/acm/latest/APIReference/API_DeleteCertificate.html",
    "https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateDetail.html",
)


def describe(call: Call, _clock: Clock) -> None:
    """moto answers, once it knows what it never looks up."""
    arn = call.parameters["CertificateArn"]
    if held := backend("acm", call)._certificates.get(arn):
        held.in_use_by = _users(arn, call)


def delete(call: Call, _clock: Clock) -> None:
    arn = call.parameters["CertificateArn"]
    if _users(arn, call):
        raise ApiError("ResourceInUseException", f"Certificate {arn} in account {arn.split(':')[4]} is in use.")


def _users(arn: str, call: Call) -> list[str]:
    balancers = backend("elbv2", call).load_balancers.values()
    return [
        balancer.arn
        for balancer in balancers
        if any(arn in listener.certificates for listener in balancer.listeners.values())
    ]


OPERATIONS: dict[str, Operation] = {
    "acm:DescribeCertificate": describe,
    "acm:DeleteCertificate": delete,
}
