"""ECR repositories and their policies."""

import json
from typing import Any

from infra.rehearsal.aws import Aws
from infra.rehearsal.entry import Entry, Inputs, Made
from infra.rehearsal.names import Naming


def create_repository(inputs: Inputs, aws: Aws) -> Made:
    rename = {"name": "repositoryName", "tagsAll": "tags", "encryptionConfigurations": "encryptionConfiguration"}
    repository = aws.send("ecr", "CreateRepository", inputs, rename)["repository"]
    return Made(
        id=inputs["name"],
        outputs={
            "arn": repository["repositoryArn"],
            "registryId": repository["registryId"],
            "repositoryUrl": repository["repositoryUri"],
        },
    )


def delete_repository(name: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("ecr", "DeleteRepository", repositoryName=name, force=True)


def create_lifecycle_policy(inputs: Inputs, aws: Aws) -> Made:
    policy = inputs["policy"] if isinstance(inputs["policy"], str) else json.dumps(inputs["policy"])
    aws.call("ecr", "PutLifecyclePolicy", repositoryName=inputs["repository"], lifecyclePolicyText=policy)
    return Made(id=inputs["repository"], outputs={"registryId": aws.account})


def delete_lifecycle_policy(repository: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("ecr", "DeleteLifecyclePolicy", repositoryName=repository)


def create_repository_policy(inputs: Inputs, aws: Aws) -> Made:
    aws.send("ecr", "SetRepositoryPolicy", inputs, {"repository": "repositoryName", "policy": "policyText"})
    return Made(id=inputs["repository"], outputs={"registryId": aws.account})


def delete_repository_policy(repository: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("ecr", "DeleteRepositoryPolicy", repositoryName=repository)


def put_image(repository: str, tag: str, aws: Aws, *, digest: str = "") -> str:
    """Puts the manifest of an image without layers under a tag, and under a digest if one is given; returns its digest.

    moto takes any digest; ECR, only the manifest's own.
    """
    config = "sha256:" + "0" * 64
    manifest: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": len(tag), "digest": config},
        "layers": [],
    }
    image = aws.call(
        "ecr",
        "PutImage",
        repositoryName=repository,
        imageTag=tag,
        imageManifest=json.dumps(manifest),
        imageManifestMediaType=manifest["mediaType"],
        **({"imageDigest": digest} if digest else {}),
    )["image"]
    return image["imageId"]["imageDigest"]


def remaining(aws: Aws) -> list[str]:
    return [item["repositoryArn"] for item in aws.pages("ecr", "DescribeRepositories", "repositories")]


ENTRIES = {
    "aws:ecr/repository:Repository": Entry(
        create=create_repository,
        delete=delete_repository,
        naming=Naming(limit=256, lower=True),
        note="no image is scanned",
    ),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": Entry(
        create=create_lifecycle_policy, delete=delete_lifecycle_policy, note="no image expires"
    ),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": Entry(
        create=create_repository_policy, delete=delete_repository_policy
    ),
}
