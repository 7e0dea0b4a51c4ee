"""The addresses of a network's subnets, and what a block for them must be. Pure."""

from dataclasses import dataclass
from ipaddress import IPv4Network

PRIVATE = [IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
TAKEN = IPv4Network("172.17.0.0/16")
"""What services of AWS use themselves: docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"""
LONGEST, SHORTEST = 24, 16
"""Prefix lengths: AWS allows /28 to /16; below /24 a zone's subnet is too small for jobs that start side by side."""
EXAMPLE = "10.0.0.0/16"


@dataclass(frozen=True, kw_only=True)
class Zone:
    """One availability zone's subnets."""

    private: str
    public: str
    """Holds a NAT gateway and nothing else."""


def zones(cidr: str, count: int) -> list[Zone]:
    """The subnets of a block: a quarter of it for each zone, and of the last quarter a quarter for each NAT.

    A zone's addresses do not depend on how many zones there are: one more moves none.

    Args:
        count: at most 3.
    """
    *quarters, rest = IPv4Network(cidr).subnets(prefixlen_diff=2)
    public = rest.subnets(prefixlen_diff=2)
    return [Zone(private=str(quarter), public=str(next(public))) for quarter in quarters[:count]]


def problem(cidr: str) -> str | None:
    """Why a block cannot be a network's, and what was expected; None where it can."""
    try:
        block = IPv4Network(cidr, strict=False)
    except ValueError:
        return f"is no IPv4 block, expected one such as {EXAMPLE}"
    if str(block) != cidr:
        return f"is an address within a block, expected the block itself: {block}"
    if not SHORTEST <= block.prefixlen <= LONGEST:
        return f"has {block.num_addresses} addresses, expected a block of /{SHORTEST} to /{LONGEST}"
    if not any(block.subnet_of(private) for private in PRIVATE):
        return f"is not private, expected a block within {', '.join(map(str, PRIVATE))}"
    if block.overlaps(TAKEN):
        return f"overlaps {TAKEN}, which services of AWS use themselves, expected another such as {EXAMPLE}"
    return None
