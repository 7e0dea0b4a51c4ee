"""Addresses of images in ECR."""

import re
from dataclasses import dataclass

ADDRESS = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.[^/]+/(?P<repository>[^:@]+)(:(?P<tag>[^@]+))?(@(?P<digest>.+))?")
"""docs.aws.amazon.com/AmazonECR/latest/userguide/docker-pull-ecr-image.html"""


@dataclass(frozen=True, kw_only=True)
class EcrImage:
    """Where an image is; tag and digest are None where the address has none."""

    account: str
    repository: str
    tag: str | None
    digest: str | None


def ecr_image(address: str) -> EcrImage | None:
    """The image of an address; None for another registry's."""
    found = ADDRESS.fullmatch(address)
    return EcrImage(**found.groupdict()) if found else None
