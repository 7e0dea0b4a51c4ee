import pytest

from infra.rehearsal.images import ecr_image

REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
DIGEST = f"sha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("rest", "repository", "tag", "digest"),
    [
        ("app", "app", None, None),
        ("team/app:v1", "team/app", "v1", None),
        (f"app@{DIGEST}", "app", None, DIGEST),
        (f"app:v1@{DIGEST}", "app", "v1", DIGEST),
    ],
)
def test_an_address_is_taken_apart(rest, repository, tag, digest):
    image = ecr_image(f"{REGISTRY}/{rest}")
    assert image is not None
    assert (image.account, image.repository, image.tag, image.digest) == ("123456789012", repository, tag, digest)


@pytest.mark.parametrize("address", ["", "docker.io/library/python:3.11", REGISTRY, "12345.dkr.ecr.eu-west-1.x/app"])
def test_another_registry_s_address_is_none_of_ecr_s(address):
    assert ecr_image(address) is None
